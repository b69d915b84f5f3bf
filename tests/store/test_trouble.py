"""Trouble of the system and of SQLite in our words."""

import errno
import sqlite3

import pytest

from tardis.model import IntegrityError, NoSpaceError, StoreBusyError, StoreError
from tardis.store import store_trouble


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("words of sqlite")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    "error, kind, words",
    [
        (OSError(errno.ENOSPC, "full"), NoSpaceError, "file system that holds /base is full"),
        (OSError(errno.EDQUOT, "quota"), NoSpaceError, "file system that holds /base is full"),
        (OSError(errno.EROFS, "Read-only file system"), StoreError, "Read-only file system"),
        (OSError("nameless"), StoreError, "nameless"),
        (sqlite_error("SQLITE_FULL"), NoSpaceError, "is full"),
        (sqlite_error("SQLITE_BUSY_SNAPSHOT"), StoreBusyError, "stayed locked"),
        (sqlite_error("SQLITE_LOCKED"), StoreBusyError, "stayed locked"),
        (sqlite_error("SQLITE_CORRUPT_INDEX"), StoreError, "damaged: words of sqlite"),
        (sqlite_error("SQLITE_NOTADB"), StoreError, "damaged"),
        (sqlite_error("SQLITE_IOERR_WRITE"), StoreError, "cannot be used: words of sqlite"),
        (sqlite3.ProgrammingError("closed"), StoreError, "cannot be used: closed"),
    ],
)
def test_each_kind_has_its_words(error: Exception, kind: type[StoreError], words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught, store_trouble("/base"):
        raise error
    assert type(caught.value) is kind and caught.value.__cause__ is error


def test_a_full_disk_says_what_to_do() -> None:
    with pytest.raises(NoSpaceError) as caught, store_trouble("/base"):
        raise OSError(errno.ENOSPC, "full")
    assert "earlier sets are whole" in caught.value.hint


@pytest.mark.parametrize("error", [IntegrityError("ours"), ValueError("a bug"), KeyboardInterrupt()])
def test_everything_else_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, store_trouble("/base"):
        raise error
    assert caught.value is error
