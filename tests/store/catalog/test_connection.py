"""How catalogs are opened: never in WAL, never without care."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.model import SchemaError, StoreError
from tardis.store.catalog import connection
from tardis.store.catalog.connection import (
    bulk_transaction,
    connect_plain,
    connect_reader,
    connect_writer,
    create_catalog,
    transaction,
)

Connect = Callable[[str], sqlite3.Connection]


@pytest.fixture
def path(tmp_path: Path) -> str:
    made = str(tmp_path / "tardis.db")
    create_catalog(made, None)
    return made


def pragma(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_writer_is_careful(path: str) -> None:
    with closing(connect_writer(path)) as db:
        assert pragma(db, "journal_mode") == "truncate"
        assert pragma(db, "synchronous") == 2
        assert pragma(db, "foreign_keys") == 1
        assert pragma(db, "cache_spill") == 0
        assert pragma(db, "busy_timeout") == 60_000


def test_a_reader_cannot_write(path: str) -> None:
    with closing(connect_reader(path)) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM migrations")


def test_a_reader_is_not_held_up_by_a_transaction_that_has_begun(path: str) -> None:
    with closing(connect_writer(path)) as writer, closing(connect_reader(path)) as reader:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO settings VALUES ('a', 1)")
        assert reader.execute("SELECT value FROM settings WHERE key = 'a'").fetchone() is None
        writer.execute("COMMIT")
        assert reader.execute("SELECT value FROM settings WHERE key = 'a'").fetchone() == (1,)


def test_a_catalog_left_in_wal_is_turned_back(path: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert pragma(db, "journal_mode = WAL") == "wal"
    with closing(connect_writer(path)) as db:
        assert pragma(db, "journal_mode") == "truncate"
    assert not Path(f"{path}-wal").exists()


def test_a_catalog_held_in_wal_by_others_is_not_written(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.05)
    with closing(sqlite3.connect(path)) as db:
        pragma(db, "journal_mode = WAL")
        db.execute("SELECT * FROM settings").fetchall()
        with pytest.raises((StoreError, sqlite3.OperationalError)):
            connect_writer(path)


def test_a_mode_that_does_not_change_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(sqlite3.Connection):
        def execute(self, text: str, *more: Any) -> sqlite3.Cursor:
            if "journal_mode" in text:
                return super().execute("SELECT 'wal'")
            return super().execute(text, *more)

    monkeypatch.setattr(
        connection, "connect_plain", lambda path, mode: sqlite3.connect(path, factory=Stubborn)
    )
    with pytest.raises(StoreError, match="another journal mode"):
        connect_writer(path)


@pytest.mark.parametrize("connect", [connect_reader, connect_writer])
def test_no_catalog_no_connection(tmp_path: Path, connect: Connect) -> None:
    with pytest.raises(StoreError, match="no backup store at"):
        connect(str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError):
        connect(str(tmp_path / "folder"))


@pytest.mark.parametrize("connect", [connect_reader, connect_writer])
def test_other_files_are_no_catalogs(tmp_path: Path, connect: Connect) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(SchemaError):
        connect(str(tmp_path / "empty.db"))
    (tmp_path / "noise.db").write_bytes(b"noise" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        connect(str(tmp_path / "noise.db"))


def test_a_catalog_is_made_once(path: str) -> None:
    with pytest.raises(FileExistsError):
        create_catalog(path, None)


@pytest.mark.parametrize("name", ["a b", "a?b", "a#b", "a%20b", "ä", "a\udcffb"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    create_catalog(path, None)
    connect_writer(path).close()
    connect_reader(path).close()
    assert [one.name for one in tmp_path.iterdir() if "journal" not in one.name] == [name]


def test_a_plain_connection_does_not_make_files(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connect_plain(str(tmp_path / "none"), "rw")


def test_trouble_that_is_no_hot_journal_is_not_hidden(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_can_be_read", lambda db: False)
    with pytest.raises(StoreError, match="cannot be read"):
        connect_reader(path)
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StoreError, match="cannot be read"):
        connect_reader(path)


def written() -> int:
    """Return how many bytes this process has written so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("wchar")).split()[1])


def test_many_rows_at_once_cost_no_temporary_file(path: str) -> None:
    cost = {}
    values = ", ".join(["(?, ?)"] * 128)
    with closing(connect_writer(path)) as db:
        db.execute("CREATE TABLE scattered (a BLOB UNIQUE, b INTEGER)")
        for way in (transaction, bulk_transaction, transaction, bulk_transaction):
            before = written()
            with way(db):
                for _ in range(20):
                    row = (field for n in range(128) for field in (os.urandom(200), n))
                    db.execute(f"INSERT INTO scattered VALUES {values}", tuple(row))
            cost[way] = written() - before
    assert cost[bulk_transaction] * 2 < cost[transaction]


def test_what_fails_among_many_rows_undoes_all_and_leaves_things_as_they_were(path: str) -> None:
    with closing(connect_writer(path)) as db:
        with pytest.raises(sqlite3.IntegrityError), bulk_transaction(db):
            assert pragma(db, "temp_store") == 2
            db.execute("INSERT INTO settings VALUES ('a', 1)")
            db.execute("INSERT INTO settings VALUES ('b', 1), ('a', 1)")
        assert pragma(db, "temp_store") == 0
        assert db.execute("SELECT * FROM settings WHERE key IN ('a', 'b')").fetchall() == []
