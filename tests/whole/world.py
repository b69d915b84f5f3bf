"""A world for the real programs: a store, a daemon, clients, and nothing of this machine's.

Each program runs as its own process with a clean environment and a time limit, forked off
one that is loaded already unless something about its start matters; whatever a test leaves
running is ended by its process id.  `world.catalog()` opens a copy: a test never touches the
file that a program may be writing.
"""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.facilities import LONG
from tests.independent.checker import compare
from tests.whole.forks import PROGRAMS, Nursery

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60.0 * (30 if LONG else 1)
"""Seconds after which a program counts as hung."""

CLIENT: Final = "machine"
SETTLED: Final = ("--racy-window", "0")
"""Options of a run that trusts every ctime at once; without, all that is young is read again."""

NOTHING: Final[frozenset[str]] = frozenset()

INSTALLED: Final = os.environ.get("TARDIS_TEST_BIN")
"""Folder of installed programs that are to be tested instead."""


@dataclass(frozen=True, slots=True)
class Done:
    """A program that has ended."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {' '.join(self.words)}\n{self.out}{self.err}? {self.status}"


def install(folder: Path) -> Path:
    """Make a folder with one script for each program, as an installation would; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        script = folder / name
        script.write_text(
            f"#!{sys.executable}\n"
            f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            f"from tardis.cli.launch import {name}\n{name}()\n",
            encoding="utf-8",
        )
        script.chmod(0o755)
    return folder


def wait_until(claim: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Return once *claim* holds; fail when it does not come true."""
    limit = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < limit, f"waited in vain: {what}"
        time.sleep(0.005)


def end(process: subprocess.Popen[Any], number: int = signal.SIGKILL) -> int:
    """End a program of ours and what it started, wait for it, and return its status."""
    with suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    return process.wait(PATIENCE)


@dataclass
class World:
    """Everything one test works with.

    Attributes:
        place: Folder of its own.
        way: How clients reach the store: ``tcp``, ``unix`` or ``local``.
        base: Directory with the stores.
        rights: What the daemon lets its clients ask for.
        creating: Further options of the run that makes a store.
        is_forking: Programs are forked instead of started, see `forks`.
    """

    place: Path
    way: str = "tcp"
    base: Path = Path()
    rights: str = "add, list, restore, name, priority"
    creating: tuple[str, ...] = ()
    daemon: subprocess.Popen[bytes] | None = None
    port: int = 0
    started: list[subprocess.Popen[Any]] = field(default_factory=list)
    counter: int = 0
    is_forking: bool = not (LONG or INSTALLED)

    def __post_init__(self) -> None:
        self.base = self.base if self.base != Path() else self.place / "base"
        self.home = self.place / "home"
        self.home.mkdir()
        self.bin = Path(INSTALLED) if INSTALLED else install(self.place / "bin")
        self.socket = self.place / "daemon.socket"
        self.log = self.place / "daemon.log"

    # Programs

    def environment(self) -> dict[str, str]:
        """Return what programs see of the environment."""
        path = os.environ.get("PATH", os.defpath)
        return {
            "PATH": f"{self.bin}:{path}",
            "HOME": str(self.home),
            "TARDIS_DEFAULTS": str(self.home / "no.defaults"),
            "TARDIS_DAEMON_CONFIG": str(self.home / "no.cfg"),
            "TARDIS_LOCAL_CONFIG": str(self.home / "no.cfg"),
            "TARDIS_GLOBAL_EXCLUDES": os.devnull,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def start(self, program: str, *words: object, **more: Any) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own."""
        command = [str(self.bin / program), *map(str, words)]
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        before = more.pop("before", [])
        environment = {**self.environment(), **more.pop("env", {})}
        if self.is_forking and not before and more.keys() == {"stdout", "stderr"}:
            streams = (more["stdout"], more["stderr"])
            process: subprocess.Popen[bytes] = nursery().start(
                command, environment, str(self.place), streams
            )
        else:
            process = subprocess.Popen(
                before + command,
                stdin=subprocess.DEVNULL,
                env=environment,
                cwd=self.place,
                start_new_session=True,
                **more,
            )
        self.started.append(process)
        return process

    def finish(self, process: subprocess.Popen[bytes], words: Sequence[object] = ()) -> Done:
        """Wait for a program and return what it said."""
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            end(process)
            raise AssertionError(f"hangs: {' '.join(map(str, words))}") from error
        texts = (text.decode(errors="surrogateescape") for text in (out or b"", err or b""))
        return Done(tuple(map(str, words)), process.returncode, *texts)

    def run(self, program: str, *words: object, status: int | None = 0, **more: Any) -> Done:
        """Run a program to its end; it must have *status* unless that is None."""
        done = self.finish(self.start(program, *words, **more), (program, *words))
        assert status is None or done.status == status, str(done)
        assert "Traceback" not in done.err, str(done)
        return done

    # The daemon

    def start_daemon(self, *options: str | Path, before: Sequence[str] = ()) -> None:
        """Start tardisd, behind the words of another program if need be, until it answers."""
        assert self.daemon is None
        self.base.parent.mkdir(parents=True, exist_ok=True)
        self.base.mkdir(exist_ok=True)
        for _ in range(5):
            self.port = self.port or free_port()
            where = ["--local", str(self.socket)] if self.way == "unix" else []
            where = where or ["--bind", "127.0.0.1", "--port", str(self.port)]
            words = [
                "--database",
                str(self.base),
                "--allow-new-hosts",
                "--rights",
                self.rights,
                *where,
            ]
            with self.log.open("ab") as log:
                self.daemon = self.start(
                    "tardisd", *words, *options, stdout=log, stderr=log, before=list(before)
                )
            if self._answers():
                return
            self.daemon, self.port = None, 0
        raise AssertionError(f"the daemon does not start: {self.log.read_text()}")

    def _answers(self) -> bool:
        assert self.daemon is not None
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and self.daemon.poll() is None:
            with suppress(OSError):
                self.dial().close()
                return True
            time.sleep(0.02)
        return False

    def dial(self) -> socket.socket:
        """Connect to the daemon by hand."""
        if self.way == "unix":
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(PATIENCE)
            line.connect(str(self.socket))
            return line
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def stop_daemon(self, number: int = signal.SIGTERM) -> int:
        """End the daemon by a signal and return its status."""
        assert self.daemon is not None
        daemon, self.daemon = self.daemon, None
        status = end(daemon, number)
        self.socket.unlink(missing_ok=True)
        return status

    # Jobs

    def reach(self, client: str = CLIENT) -> list[str]:
        """Return the options by which a client finds its store."""
        if self.way == "local":
            return ["--local", "--database", str(self.base), "--client", client]
        if self.way == "unix":
            return ["--server", str(self.socket), "--client", client]
        return ["--server", "127.0.0.1", "--port", str(self.port), "--client", client]

    def is_new(self, client: str) -> bool:
        """Tell whether a client has no store yet."""
        return not (self.base / client / "tardis.db").exists()

    def backup(
        self,
        *words: str | Path,
        client: str = CLIENT,
        status: int | None = 0,
        settled: bool = True,
    ) -> Done:
        """Back up; a new client is created."""
        return self.run("tardis", *self.backup_words(client, settled), *words, status=status)

    def backup_words(self, client: str = CLIENT, settled: bool = True) -> list[str]:
        """Return the options of a usual run."""
        create = ["--create", *self.creating] if self.is_new(client) else []
        return [*self.reach(client), *create, *(SETTLED if settled else ())]

    def start_backup(
        self, *words: str | Path, client: str = CLIENT, settled: bool = True, **more: Any
    ) -> subprocess.Popen[bytes]:
        """Start a backup without waiting for it."""
        return self.start("tardis", *self.backup_words(client, settled), *words, **more)

    def restore(
        self,
        path: str | Path,
        *options: str | Path,
        number: int | str | None = None,
        client: str = CLIENT,
        status: int | None = 0,
    ) -> Path:
        """Restore a path as of a set (the newest complete one) and return where it is now."""
        self.counter += 1
        out = self.place / "restored" / str(self.counter)
        out.mkdir(parents=True)
        which = [] if number is None else ["--backup", str(number)]
        words = ["--database", self.base, "--client", client, *which, *options, "--output", out]
        self.run("regenerate", *words, path, status=status)
        return out / Path(path).name

    def check(
        self,
        path: Path,
        kept: Path,
        number: int | str | None = None,
        client: str = CLIENT,
        ignore: frozenset[str] = NOTHING,
    ) -> None:
        """Restore *path*, compare it with what was *kept*, and remove it again."""
        restored = self.restore(path, number=number, client=client)
        found = compare(kept, restored, ignore=ignore)
        assert not found, f"set {number}: {len(found)}, " + "; ".join(map(str, found[:10]))
        subprocess.run(["rm", "-rf", restored.parent], check=True)

    def keep(self, tree: Path) -> Path:
        """Put a copy of a tree aside, to compare with later."""
        self.counter += 1
        kept = self.place / "kept" / str(self.counter)
        kept.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", tree, kept], check=True)
        return kept

    # Looking at the store

    @contextmanager
    def catalog(self, client: str = CLIENT) -> Iterator[sqlite3.Connection]:
        """Open a copy of a client's catalog, its journal taken into account."""
        self.counter += 1
        folder = self.place / "catalogs" / str(self.counter)
        folder.mkdir(parents=True)
        for name in ("tardis.db", "tardis.db-journal"):
            with suppress(FileNotFoundError):
                shutil.copy2(self.base / client / name, folder / name)
        with closing(sqlite3.connect(folder / "tardis.db")) as catalog:
            yield catalog
        shutil.rmtree(folder)

    def rows(self, query: str, *values: object, client: str = CLIENT) -> list[tuple[Any, ...]]:
        """Ask a copy of the catalog."""
        with self.catalog(client) as catalog:
            return catalog.execute(query, values).fetchall()

    def complete(self, client: str = CLIENT) -> list[int]:
        """Return the numbers of the complete sets, by the catalog."""
        query = "SELECT number FROM backup_sets WHERE is_complete ORDER BY number"
        return [number for (number,) in self.rows(query, client=client)]

    def last(self, column: str, client: str = CLIENT) -> Any:
        """Return one column of the newest complete set."""
        query = f"SELECT {column} FROM backup_sets WHERE is_complete ORDER BY number DESC LIMIT 1"
        return self.rows(query, client=client)[0][0]

    def sets(self, client: str = CLIENT) -> Any:
        """Return what `sonic list --json` says."""
        words = ["list", "--database", str(self.base), "--client", client, "--json"]
        return json.loads(self.run("sonic", *words).out)

    def store_files(self, client: str = CLIENT) -> list[Path]:
        """Return every file of a client's store."""
        return [path for path in (self.base / client).rglob("*") if path.is_file()]

    def processes(self) -> list[int]:
        """Return the processes that work on this world's stores, whoever started them."""
        mark, found = os.fsencode(self.base), []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def close(self) -> None:
        """End whatever still runs."""
        if self.daemon is not None:
            self.stop_daemon()
        for process in self.started:
            if process.poll() is None:
                end(process)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        self.started.clear()
        for left in self.processes():
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)


@cache
def nursery() -> Nursery:
    """Return what this worker forks programs off."""
    made = Nursery()
    atexit.register(made.close)
    return made


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def messages_sent(done: Done) -> int:
    """Return how many messages the client sent, as `--stats` tells."""
    found = re.search(r"^Messages:\s+([\d,]+) sent", done.out + done.err, re.M)
    assert found, f"--stats does not tell messages: {done}"
    return int(found[1].replace(",", ""))
