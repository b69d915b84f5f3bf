"""Who watches a backup job: the log, the list of files, the progress on a terminal."""

import sys
from collections.abc import Iterable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tardis.cli.backup_log import DIRECTORIES, FILES, BackupLog, FileLogObserver, LogObserver
from tardis.cli.inode_log import InodeLog
from tardis.config import Settings, table
from tardis.model import Observer
from tardis.render import ProgressView
from tardis.scan import WalkRules, count_ahead


class FileList(Observer):
    """Keeps the files that were dealt with, for the report."""

    def __init__(self) -> None:
        self.files: list[tuple[bytes, str, int]] = []

    def file_done(self, path: bytes, kind: str, size: int) -> None:
        """Remember the file."""
        self.files.append((path, kind, size))


class Several(Observer):
    """Passes on to several observers."""

    def __init__(self, observers: list[Observer]) -> None:
        self._observers = observers

    def working_on(self, path: bytes) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.working_on(path)

    def file_done(self, path: bytes, kind: str, size: int) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.file_done(path, kind, size)

    def advanced(self, files: int, size_bytes: int) -> None:
        """Pass on."""
        for observer in self._observers:
            observer.advanced(files, size_bytes)


class Views:
    """The observers that the settings ask for.

    Attributes:
        observer: All of them as one; None when nobody watches.
    """

    def __init__(self, settings: Settings, log: BackupLog) -> None:
        self._over = Event()
        self._list = FileList() if settings[table.REPORT] else None
        self._progress: ProgressView | None = None
        if settings[table.PROGRESS] and sys.stderr.isatty():
            self._progress = ProgressView()
        self._inodes = InodeLog(settings[table.LOG_INODES]) if settings[table.LOG_INODES] else None
        several_views = (self._list, self._progress, self._inodes)
        observers: list[Observer] = [one for one in several_views if one]
        if log.level >= FILES:
            observers.append(FileLogObserver(log))
        elif log.level >= DIRECTORIES:
            observers.append(LogObserver(log))
        several = Several(observers) if len(observers) > 1 else None
        self.observer = several or (observers[0] if observers else None)

    @property
    def files(self) -> list[tuple[bytes, str, int]]:
        """The files that were dealt with, if anybody asked for them."""
        return self._list.files if self._list else []

    def count(self, roots: Iterable[bytes], rules: WalkRules) -> None:
        """Find out meanwhile what all will come to, if anybody watches."""
        progress = self._progress
        if progress is None:
            return

        def look() -> None:
            progress.expected = count_ahead(roots, rules, self._over.is_set)

        Thread(target=look, name="counting", daemon=True).start()

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._inodes is not None:
            self._inodes.close()
        if self._progress is not None:
            self._progress.stop()
