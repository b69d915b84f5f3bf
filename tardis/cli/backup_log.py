"""What `tardis` says while it works: remarks by level, to the logs that were asked for."""

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Final, Self

from tardis.config import Settings, table
from tardis.model import Observer
from tardis.render import escape_controls, escape_name

from .log_files import open_log

STREAMS: Final = {":STDERR:": "stderr", ":STDOUT:": "stdout"}
REMARKS, DIRECTORIES, FILES = 1, 2, 3
"""Levels of verbosity from which each is told."""


class BackupLog:
    """Writes lines to each log; with none, to standard error.

    Raises:
        ConfigError: A log cannot be written.
    """

    def __init__(self, settings: Settings) -> None:
        self.level = settings[table.VERBOSE]
        self._stamps = settings[table.LOG_TIME]
        self._open = ExitStack()
        self._files: list[IO[str]] = []
        names: tuple[str, ...] = settings[table.LOG]
        for name in dict.fromkeys(names or (":STDERR:",)):
            self._files.append(self._file(name))

    def _file(self, name: str) -> IO[str]:
        if name in STREAMS:
            stream: IO[str] = getattr(sys, STREAMS[name])
            return stream
        return self._open.enter_context(open_log(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def remark(self, path: bytes, reason: str) -> None:
        """Tell why *path* is passed over, if that is of interest."""
        if self.level >= REMARKS:
            self.write(f"{escape_name(path)}: {reason}")

    def write(self, text: str) -> None:
        """Write *text*, lines that are safe to print, to every log."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S ") if self._stamps else ""
        shown = "".join(f"{stamp}{escape_controls(line)}\n" for line in text.splitlines())
        for file in self._files:
            file.write(shown)


class LogObserver(Observer):
    """Tells of directories and files as they come, to a log that wants to know."""

    def __init__(self, log: BackupLog) -> None:
        self._log = log
        self._path = b""

    def working_on(self, path: bytes) -> None:
        """Name each directory once."""
        if path != self._path:
            self._path = path
            self._log.write(f"directory {escape_name(path)}")


class FileLogObserver(LogObserver):
    """Tells of single files too."""

    def file_done(self, path: bytes, kind: str, size: int) -> None:
        """Name each file that was dealt with."""
        self._log.write(f"{kind.lower()} {escape_name(path)} ({size} bytes)")
