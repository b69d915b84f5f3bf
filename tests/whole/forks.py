"""Programs that start at once: forked off a process that has loaded them all.

Most of what a short program does is loading itself, and the tests start thousands.  Here each
worker keeps one process that has everything loaded; a program is a fork of it, with its own
arguments, environment, folder, streams and session.  Tests that look at the start itself, at
memory or at another program around it, and all tests with full counts, start them the long way.
"""

import array
import gc
import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import IO, Any, Final

PROGRAMS: Final = (
    "tardis",
    "tardisd",
    "regenerate",
    "lstardis",
    "tardiff",
    "sonic",
    "tardisfs",
    "tardisremote",
)
_LINE: Final = 1 << 20
_FDS: Final = 3


class Forked(subprocess.Popen[bytes]):
    """A program that was forked; used like any other process."""

    def __init__(self, nursery: "Nursery", pid: int, args: list[str]) -> None:
        self._nursery = nursery
        self.pid, self.args, self.returncode = pid, args, None
        self.stdin = self.stdout = self.stderr = None
        self.text_mode = None
        self._child_created = True
        self._waitpid_lock = nursery.lock
        self._communication_started = False
        self._input = None

    def __del__(self, *_: object) -> None:
        """Do nothing: whoever started it waits for it."""

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.status(self.pid)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        limit = None if timeout is None else time.monotonic() + timeout
        delay = 0.0005
        while self._internal_poll() is None:
            if limit is not None and time.monotonic() > limit:
                raise subprocess.TimeoutExpired(self.args, float(timeout or 0))
            delay = min(delay * 2, 0.02)
            time.sleep(delay)
        return int(self.returncode or 0)


class Nursery:
    """The process that programs are forked off, one for each worker."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(far.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # as those of programs are: Python would seek in a file
            stderr=subprocess.PIPE,
            pass_fds=[far.fileno()],
            env=environment,
            start_new_session=True,
        )
        far.close()

    def start(
        self,
        words: Sequence[str],
        environment: dict[str, str],
        folder: str,
        streams: Sequence[int | IO[Any]],
    ) -> Forked:
        """Start a program.

        Args:
            words: Path of its script, and its arguments.
            environment: All of it.
            folder: Where it starts.
            streams: Its standard output and standard error, or `subprocess.PIPE`.
        """
        pipes: list[IO[bytes] | None] = []
        given: list[int] = [os.open(os.devnull, os.O_RDONLY)]
        for stream in streams:
            if stream == subprocess.PIPE:
                reading, writing = os.pipe()
                pipes.append(os.fdopen(reading, "rb"))
                given.append(writing)
            else:
                pipes.append(None)
                given.append(os.dup(stream if isinstance(stream, int) else stream.fileno()))
        request = json.dumps([list(words), environment, folder]).encode()
        with self.lock:
            self._near.sendmsg(
                [request],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))],
            )
            pid = int(self._near.recv(_LINE))
        for one in given:
            os.close(one)
        forked = Forked(self, pid, list(words))
        forked.stdout, forked.stderr = pipes
        return forked

    def status(self, pid: int) -> int | None:
        """Return the status of a program that has ended, below 0 for a signal; else None."""
        with self.lock:
            self._near.send(json.dumps(pid).encode())
            answer = json.loads(self._near.recv(_LINE))
        return None if answer is None else os.waitstatus_to_exitcode(answer)

    def close(self) -> None:
        """Let the process go."""
        self._near.close()
        self._process.communicate()


def main() -> None:
    """Fork programs until the other end closes; in a fork, be the program."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    line = socket.socket(fileno=int(sys.argv[1]))
    for name in PROGRAMS:
        with suppress(ImportError):  # of what is not installed
            importlib.import_module(f"tardis.cli.{name}")
    gc.collect()
    gc.freeze()
    program = _serve(line)
    if program is not None:
        program()


def _serve(line: socket.socket) -> Callable[[], None] | None:
    while True:
        request, streams, _, _ = socket.recv_fds(line, _LINE, _FDS)
        if not request:
            return None
        said = json.loads(request)
        if isinstance(said, int):
            pid, status = os.waitpid(said, os.WNOHANG)
            line.send(json.dumps(status if pid else None).encode())
            continue
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            line.close()
            os.close(reading)
            words, environment, folder = said
            return _become(words, environment, folder, streams, writing)
        os.close(writing)
        os.read(reading, 1)  # it has its own session by now
        for one in (*streams, reading):
            os.close(one)
        line.send(str(pid).encode())


def _become(
    words: list[str], environment: dict[str, str], folder: str, streams: list[int], ready: int
) -> Callable[[], None]:
    """Turn this process into the one that is wanted; return what it shall do."""
    os.setsid()
    os.close(ready)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    # What these were before may have been files, and pipes know no place to seek.
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    os.chdir(folder)
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    time.tzset()
    sys.argv = words
    launch = importlib.import_module("tardis.cli.launch")
    entry: Callable[[], None] = getattr(launch, os.path.basename(words[0]))
    return entry


if __name__ == "__main__":
    main()
