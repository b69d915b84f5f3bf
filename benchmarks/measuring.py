"""What the benchmarks share: timed processes, trees that have settled, facts of the machine."""

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parents[1]
RACY_SECONDS: Final = 61
"""Age of a ctime from which it is trusted, and a little more."""

CLIENT: Final = "bench"


class Failed(Exception):
    """A measured program did not end well."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: wall seconds, processor seconds, largest process in bytes."""

    wall: float
    processor: float
    peak: int


class Watch:
    """Samples the memory of a process and of those it starts, while they run."""

    def __init__(self, process: int) -> None:
        self._peak = 0
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the most memory that one process ever had, in bytes."""
        self._done.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._done.wait(0.03):
            waiting = [self._process]
            while waiting:
                process = waiting.pop()
                with suppress(OSError, StopIteration, ValueError):
                    self._peak = max(self._peak, peak_of(process))
                    for task in Path(f"/proc/{process}/task").iterdir():
                        waiting += map(int, (task / "children").read_text().split())


def peak_of(process: int) -> int:
    """Return the most memory that a running process ever had, in bytes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def timed(words: Sequence[str | Path], env: dict[str, str]) -> Run:
    """Run a program to its end and measure it; its peak is that of its largest process.

    The kernel's own account (ru_maxrss) counts the process that starts it, too, so it is taken
    where it is more than that: a process that lives briefly may not be seen otherwise.
    """
    with open(os.devnull, "wb") as nowhere:
        started = time.perf_counter()
        process = subprocess.Popen(list(map(str, words)), stdout=nowhere, stderr=2, env=env)
        watch = Watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    told = used.ru_maxrss << 10
    peak = max(watch.stop(), told if told > peak_of(os.getpid()) else 0)
    if process.returncode != 0:
        raise Failed(f"status {process.returncode}: {' '.join(map(str, words))}")
    return Run(wall, used.ru_utime + used.ru_stime, peak)


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without settings of the person at the keyboard."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TARDIS", "RESTIC", "PYTHON"))
    }
    home.mkdir(parents=True, exist_ok=True)
    none = str(home / "none")
    own = {"HOME": str(home), "TARDIS_DEFAULTS": none, "TARDIS_DAEMON_CONFIG": none}
    return {**kept, **own, "TARDIS_LOCAL_CONFIG": none, "PYTHONPATH": str(ROOT)}


def install(folder: Path, python: str = sys.executable) -> Path:
    """Make scripts of the programs, as pip does, so that modules come compiled; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tardis", "tardisd", "regenerate", "lstardis", "tardiff", "sonic", "tardisfs"):
        script = folder / name
        script.write_text(f"#!{python}\nfrom tardis.cli.launch import {name}\n{name}()\n")
        script.chmod(0o755)
    return folder


@dataclass
class Daemon:
    """A tardisd of our own, on any free port of the loopback, and the commands of one client.

    Attributes:
        client: Whose commands.
        login: Options that all of them take, those of an encrypted backup.
        more: Further options of a backup.
    """

    bin: Path
    base: Path
    env: dict[str, str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    client: str = CLIENT
    login: tuple[str | Path, ...] = ()
    more: tuple[str | Path, ...] = ()

    def as_client(
        self, client: str, login: Sequence[str | Path] = (), more: Sequence[str | Path] = ()
    ) -> "Daemon":
        """Return the commands of another client of the same daemon, which runs."""
        return replace(self, process=None, client=client, login=tuple(login), more=tuple(more))

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.base.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = ["--database", str(self.base), "--allow-new-hosts", "--bind", "127.0.0.1"]
        words += ["--port", str(self.port)]
        self.process = subprocess.Popen([str(self.bin / "tardisd"), *words], env=self.env)
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise Failed("the daemon does not start")

    def peak(self) -> int:
        """Return the most memory it ever had, in bytes."""
        assert self.process is not None
        return peak_of(self.process.pid)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def backup(self, *words: str | Path) -> list[str | Path]:
        """Return the command of one backup."""
        reach = ["--server", "127.0.0.1", "--port", str(self.port), "--client", self.client]
        create = [] if (self.base / self.client / "tardis.db").exists() else ["--create"]
        return [self.bin / "tardis", *reach, *create, *self.login, *self.more, *words]

    def restore(self, tree: Path, out: Path) -> list[str | Path]:
        """Return the command of a whole restore."""
        where = ["-D", str(self.base), "-C", self.client]
        return [self.bin / "regenerate", *where, *self.login, "-o", out, tree]

    def listing(self, tree: Path) -> list[str | Path]:
        """Return the command that lists every name of the newest set."""
        where = ["-D", str(self.base), "-C", self.client, *self.login, "--range", "Current"]
        return [self.bin / "lstardis", *where, "--recurse", "-a", "--versions", "none", tree]


@dataclass
class Table:
    """Measured runs by (step, program), in the order they were first seen."""

    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)

    def add(self, step: str, program: str, run: Run) -> None:
        """Note one run, and say it."""
        self.runs.setdefault((step, program), []).append(run)
        print(f"{step:24} {program:12} {run.wall:8.2f} s {run.peak >> 20:6} MiB", flush=True)

    def wall(self, step: str, program: str) -> float | None:
        """Return the median wall time."""
        found = self.runs.get((step, program))
        return median(run.wall for run in found) if found else None

    def least(self, step: str, program: str) -> float:
        """Return the shortest wall time."""
        return min(run.wall for run in self.runs[step, program])

    def peak(self, step: str, program: str) -> int:
        """Return the largest memory of any run."""
        return max(run.peak for run in self.runs[step, program])

    def ratio(self, step: str, program: str, other: str) -> float | None:
        """Return the median of the ratios of runs that were made in the same round."""
        ours, theirs = self.runs.get((step, program)), self.runs.get((step, other))
        if not ours or not theirs:
            return None
        pairs = zip(ours, theirs, strict=False)
        return median(one.wall / two.wall for one, two in pairs)


def settle(tree: Path) -> None:
    """Wait until the newest ctime of a tree has left the racy window."""
    newest = 0.0
    for folder, _, files in os.walk(tree):
        for name in ["", *files]:
            newest = max(newest, os.lstat(os.path.join(folder, name)).st_ctime)
    time.sleep(max(0.0, newest + RACY_SECONDS - time.time()))


def warm(tree: Path) -> None:
    """Read a whole tree, so that it lies in the page cache."""
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.path.isfile(path):
                with open(path, "rb") as file:
                    while file.read(1 << 20):
                        pass


def forget(*places: Path) -> None:
    """Remove trees, and let the disk come to rest before the next run."""
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
    os.sync()


def machine() -> str:
    """Return facts about this machine that name nobody."""
    model = platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return (
        f"{os.cpu_count()} x {model}, {memory} GiB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )
