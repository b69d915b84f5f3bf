"""What the system says of a store is put into our words."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import NoSpaceError, StoreBusyError, StoreError
from tardis.store.trouble import from_os_error, from_sqlite, store_trouble

FULL = (errno.ENOSPC, errno.EDQUOT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a catalog of some pages."""
    made = tmp_path / "tardis.db"
    with closing(sqlite3.connect(made)) as db, db:
        db.execute("CREATE TABLE rows (data BLOB)")
        db.executemany("INSERT INTO rows VALUES (?)", [(bytes(3000),)] * 10)
    return made


def count_rows(path: Path) -> None:
    with store_trouble("here"), closing(sqlite3.connect(path)) as db:
        db.execute("SELECT sum(length(data)) FROM rows").fetchone()


@pytest.mark.parametrize("number", FULL)
def test_a_full_disk_and_a_used_up_quota_are_no_space(number: int) -> None:
    with pytest.raises(NoSpaceError, match="holds here is full") as caught, store_trouble("here"):
        raise OSError(number, os.strerror(number))
    assert "earlier sets are whole" in caught.value.hint


@given(st.sampled_from(sorted(set(errno.errorcode) - set(FULL))))
def test_any_other_error_of_the_system_names_the_place_and_the_reason(number: int) -> None:
    found = from_os_error(OSError(number, os.strerror(number)), "here")
    assert type(found) is StoreError
    assert str(found) == f"cannot use here: {os.strerror(number)}"


def test_an_error_without_a_reason_is_told_as_it_is() -> None:
    assert str(from_os_error(OSError("odd"), "here")) == "cannot use here: odd"


def test_the_first_error_is_not_forgotten() -> None:
    first = OSError(errno.EIO, "broken")
    with pytest.raises(StoreError) as caught, store_trouble("here"):
        raise first
    assert caught.value.__cause__ is first


def test_what_is_ours_or_a_bug_goes_through_as_it_is() -> None:
    for error in (StoreBusyError("busy"), ValueError("bug"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, store_trouble("here"):
            raise error
        assert caught.value is error


def test_without_trouble_nothing_happens() -> None:
    with store_trouble("here"):
        done = True
    assert done


def test_a_catalog_that_may_not_grow_is_no_space(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(NoSpaceError, match="holds here is full"), store_trouble("here"):
            db.execute("INSERT INTO rows VALUES (?)", (bytes(1 << 20),))


def test_a_catalog_that_another_one_writes_is_busy(path: Path) -> None:
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as late,
    ):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="stayed locked"), store_trouble("here"):
            late.execute("BEGIN IMMEDIATE")
        holder.execute("ROLLBACK")


def test_a_table_that_this_connection_reads_is_locked_to_it(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        reading = db.execute("SELECT * FROM rows")
        reading.fetchone()
        with pytest.raises(StoreBusyError, match="stayed locked"), store_trouble("here"):
            db.execute("DROP TABLE rows")
        reading.close()


def test_a_file_of_noise_is_a_damaged_catalog(path: Path) -> None:
    path.write_bytes(b"noise" * 1000)
    with pytest.raises(StoreError, match="below here is damaged") as caught:
        count_rows(path)
    assert "tardis.db.DATE-TIME.gz" in caught.value.hint


def test_pages_of_noise_are_a_damaged_catalog(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(StoreError, match="below here is damaged"):
        count_rows(path)


def test_any_other_error_of_the_catalog_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used: no such table: rows") as caught:
        count_rows(tmp_path / "empty.db")
    assert type(caught.value) is StoreError


def test_an_error_without_a_name_is_told_as_it_is() -> None:
    assert "odd" in str(from_sqlite(sqlite3.ProgrammingError("odd"), "here"))
