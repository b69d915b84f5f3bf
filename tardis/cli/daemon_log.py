"""Where a daemon writes what it does: a file, standard error, or the system's log.

A log that cannot be written, as on a full disk, loses lines and harms no visit.
"""

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self

from tardis.render import escape_controls

from .log_files import open_log

SYSTEM_LOG: Final = "/dev/log"
"""Where the system's log listens, as syslog(3) has it."""

_FACILITY: Final = 3 << 3
"""Of daemons, in the numbers of syslog(3)."""

_PRIORITIES: Final = {"WARNING": 4, "INFO": 6}


class Target(Protocol):
    """Takes one line of a level, whole."""

    def write(self, level: str, text: str) -> None: ...

    def close(self) -> None: ...


class Log:
    """Takes lines from any thread.

    Args:
        target: Where they go; closed with this.
        level: 0 only trouble, 1 also a summary of each visit.
    """

    def __init__(self, target: Target, level: int) -> None:
        self._target = target
        self._level = level
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._target.close()

    def __call__(self, text: str, *, is_trouble: bool = False) -> None:
        """Write *text*, escaped, if the level wants it."""
        if is_trouble or self._level > 0:
            shown = "\n".join(escape_controls(line) for line in text.splitlines())
            with self._turn, suppress(OSError):
                self._target.write("WARNING" if is_trouble else "INFO", shown)

    def info(self, text: str) -> None:
        """Write a line about the daemon itself."""
        self(text)

    def turn_to(self, target: Target, level: int) -> None:
        """Write to *target* from now on, by *level*; the old one is closed."""
        with self._turn:
            before, self._target = self._target, target
            self._level = level
            before.close()


class FileTarget:
    """A log file, or standard error where *path* is empty.

    Raises:
        ConfigError: It cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._file = open_log(path) if path else sys.stderr
        self._is_ours = bool(path)

    def write(self, level: str, text: str) -> None:
        """Write one line with the time before it."""
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        head = f"{stamp},{int(now % 1 * 1000):03} {level} : [{os.getpid()}]: "
        self._file.write(f"{head}{text}\n")

    def close(self) -> None:
        """Close the file; standard error stays."""
        if self._is_ours:
            with suppress(OSError):
                self._file.close()


class SystemTarget:
    """The system's log, which knows the time by itself.

    Args:
        program: Who speaks.
        address: Of its socket.
    """

    def __init__(self, program: str, address: str = SYSTEM_LOG) -> None:
        self._program = program
        self._address = address
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def write(self, level: str, text: str) -> None:
        """Send one message."""
        head = f"<{_FACILITY | _PRIORITIES[level]}>{self._program}[{os.getpid()}]: {level} : "
        self._line.sendto(f"{head}{text}".encode(errors="backslashreplace"), self._address)

    def close(self) -> None:
        """Send nothing any more."""
        self._line.close()
