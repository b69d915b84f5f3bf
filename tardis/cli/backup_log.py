"""What `tardis` says while it works: remarks by level, to the logs that were asked for."""

import time

from tardis.config import Settings, table
from tardis.model import Observer
from tardis.render import escape_controls, escape_name

from .log_files import Logs

REMARKS, DIRECTORIES, FILES = 1, 2, 3
"""Levels of verbosity from which each is told."""


class BackupLog(Logs):
    """Writes lines to each log; with none, to standard error.

    Raises:
        ConfigError: A log cannot be written.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings[table.LOG])
        self.level = settings[table.VERBOSE]
        self._stamps = settings[table.LOG_TIME]

    def remark(self, path: bytes, reason: str) -> None:
        """Tell why *path* is passed over, if that is of interest."""
        if self.level >= REMARKS:
            self.write(f"{escape_name(path)}: {reason}")

    def write(self, text: str) -> None:
        """Write *text*, lines that are safe to print, to every log."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S ") if self._stamps else ""
        shown = "".join(f"{stamp}{escape_controls(line)}\n" for line in text.splitlines())
        for file in (*self.streams, *self.files):
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
