"""A private copy of a catalog as it was at one moment, so that long questions hold nobody up."""

import sqlite3
from contextlib import closing
from typing import Final

from .connection import connect_plain, connect_reader

_STEP: Final = 4096
"""Pages that are copied under one lock: some milliseconds."""

_PATIENCE: Final = 5
"""How often a copy may begin anew, because somebody wrote meanwhile, before it is made at once."""


class _Interrupted(Exception):
    """The catalog changed too often while it was copied in steps."""


def take_snapshot(path: str, target: str) -> None:
    """Copy the catalog *path* to the new file *target*, pages and damage included.

    No lock is held for longer than a step takes.  Only where a catalog is too large to be
    copied between two commits of a writer is all of it copied under one.

    Raises:
        StoreError: There is no catalog.
        SchemaError: It is of another age.
    """
    with closing(connect_reader(path)) as source, closing(connect_plain(target, "rwc")) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        try:
            source.backup(copy, pages=_STEP, progress=_Steps().count, sleep=0.01)
        except _Interrupted:
            source.backup(copy)


def open_snapshot(path: str) -> sqlite3.Connection:
    """Open a copy that `take_snapshot` made; nobody else has it, so anything may be done there."""
    db = connect_plain(path, "rw")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA temp_store = MEMORY")
    return db


class _Steps:
    """Sees a copy go on, and begin anew."""

    def __init__(self) -> None:
        self._left = -1
        self._restarts = 0

    def count(self, _status: int, left: int, _all: int) -> None:
        """Hear how many pages are *left*."""
        if self._left >= 0 and left > self._left:
            self._restarts += 1
        self._left = left
        if self._restarts > _PATIENCE:
            raise _Interrupted
