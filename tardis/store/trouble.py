"""What the operating system and SQLite say of the store, in our words."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tardis.model import NoSpaceError, StoreBusyError, StoreError, TardisError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_ROOM = "Make room on that file system, then run again; earlier sets are whole."


@contextmanager
def store_trouble(place: str) -> Iterator[None]:
    """Turn trouble with the files below *place* into the store's errors."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error, place) from error
    except sqlite3.Error as error:
        raise from_sqlite(error, place) from error


def failure_of(place: str, job: Callable[[], object]) -> TardisError | None:
    """Do *job*, which works below *place*; return what to raise in another thread, if it failed."""
    try:
        with store_trouble(place):
            job()
    except TardisError as error:
        return error
    except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
        failure = StoreError(f"the store could not be written: {error!r}")
        failure.__cause__ = error
        return failure
    return None


def from_os_error(error: OSError, place: str) -> StoreError:
    """Return the error that *error*, met below *place*, stands for."""
    if error.errno in _FULL:
        return NoSpaceError(f"the file system that holds {place} is full", hint=_ROOM)
    return StoreError(f"cannot use {place}: {error.strerror or error}")


def from_sqlite(error: sqlite3.Error, place: str) -> StoreError:
    """Return the error that *error*, met in the catalog below *place*, stands for."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return NoSpaceError(f"the file system that holds {place} is full", hint=_ROOM)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusyError(f"the catalog below {place} stayed locked by another program")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreError(
            f"the catalog below {place} is damaged: {error}",
            hint="A copy of it lies beside it as tardis.db.DATE-TIME.gz.",
        )
    return StoreError(f"the catalog below {place} cannot be used: {error}")
