"""How the catalog is opened: pragmas, patience, and readers that may not write."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tardis.model import MODERN, StoreError

from . import migrations, slimming

Connection = sqlite3.Connection
"""For those outside who only say what they are handed."""

PATIENCE: Final = 60.0
"""Seconds to wait for another connection's short transaction."""

_CACHE_KIB: Final = 20 << 10
_READ_CACHE_KIB: Final = 8 << 10


def connect_writer(path: str, thrift: int = 1) -> sqlite3.Connection:
    """Open the catalog *path* for the one writer; usable from several threads in turn.

    What it keeps in memory of the catalog is divided by *thrift*.

    Raises:
        StoreError: There is no catalog.
        SchemaError: It is of another age.
    """
    db = connect_any(path)
    try:
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB // thrift}")
        migrations.check(db, path)
    except BaseException:
        db.close()
        raise
    return db


def connect_reader(path: str) -> sqlite3.Connection:
    """Open the catalog *path* for reading only.

    A transaction that a crash left behind is rolled back where the reader may write; where
    it may not, in a private copy.  So is one opened that a person put back of the copies.

    Raises:
        StoreError: There is no catalog.
        SchemaError: It is of another age.
    """
    _require(path)
    may_write = os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)
    db = connect_plain(path, "rw" if may_write else "ro")
    try:
        if not _can_be_read(db):
            db.close()
            if may_write or not _has_journal(path):
                raise StoreError(f"the catalog {path} cannot be read")
            db = _open_copy(path)
        elif slimming.is_slim(db):
            db = _filled_in(db)
        db.execute("PRAGMA query_only = ON")
        db.execute(f"PRAGMA cache_size = -{_READ_CACHE_KIB}")
        migrations.check(db, path, is_reading=True)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done within, or, when it fails, nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def bulk_transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Do as `transaction` does, for statements of many rows each.

    What would undo one such statement alone is kept in memory meanwhile.  In a file, as
    usual, a first backup would write some fifteen times what its catalog holds, to no use.
    """
    db.execute("PRAGMA temp_store = MEMORY")
    try:
        with transaction(db):
            yield
    finally:
        db.execute("PRAGMA temp_store = DEFAULT")


def connect_any(path: str) -> sqlite3.Connection:
    """Open the catalog *path* for one writer, whatever its age.

    Raises:
        StoreError: There is no catalog.
    """
    _require(path)
    db = connect_plain(path, "rw")
    try:
        _set_up_writer(db)
        if slimming.is_slim(db):
            with transaction(db):
                slimming.fill_in(db)
    except BaseException:
        db.close()
        raise
    return db


def create_catalog(path: str, script: str | None, scheme: str = MODERN) -> None:
    """Make a new catalog with the whole schema; the file must not exist."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    db = connect_plain(path, "rw")
    try:
        _set_up_writer(db)
        migrations.create(db, script, scheme)
    finally:
        db.close()


def connect_plain(path: str, mode: str) -> sqlite3.Connection:
    """Open the file *path*, whatever its name, in SQLite's *mode*: ``ro``, ``rw`` or ``rwc``."""
    uri = f"file:{quote(os.fsencode(path))}?mode={mode}"
    return sqlite3.connect(
        uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )


def _can_be_read(db: sqlite3.Connection) -> bool:
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def _set_up_writer(db: sqlite3.Connection) -> None:
    (mode,) = db.execute("PRAGMA journal_mode = TRUNCATE").fetchone()
    if mode != "truncate":
        raise StoreError(
            "the catalog was left in another journal mode by another program, which has it open",
            hint="End that program, then run again.",
        )
    for pragma in (
        "synchronous = FULL",
        "cache_spill = OFF",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIB}",
    ):
        db.execute(f"PRAGMA {pragma}")


def _require(path: str) -> None:
    if not os.path.isfile(path):
        raise StoreError(
            f"there is no backup store at {path}",
            hint="Check the database directory and the client's name; --create makes a new one.",
        )


def _has_journal(path: str) -> bool:
    try:
        return os.path.getsize(f"{path}-journal") > 0
    except OSError:
        return False


def _open_copy(path: str) -> sqlite3.Connection:
    """Open a private copy of catalog and journal, gone from the disk once it is open."""
    private = tempfile.mkdtemp(prefix="tardis-catalog-")
    try:
        copy = Path(private) / "tardis.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-journal", f"{copy}-journal")
        db = connect_plain(str(copy), "rw")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return db
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _filled_in(slim: sqlite3.Connection) -> sqlite3.Connection:
    """Return a private catalog, gone with its connection, of a copy that lacks its indexes."""
    db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    with closing(slim):
        slim.backup(db)
    slimming.fill_in(db)
    return db
