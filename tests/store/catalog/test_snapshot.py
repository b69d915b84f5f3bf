"""A catalog is copied as it is at one moment, and nobody waits for that."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import SchemaError, StoreError
from tardis.store.catalog import snapshot
from tardis.store.catalog.snapshot import open_snapshot, take_snapshot
from tests.store.workshop import Workshop


def test_a_copy_holds_what_was_committed(shop: Workshop, tmp_path: Path) -> None:
    shop.run({b"a": b"1"})
    with shop.running():
        target = str(tmp_path / "copy")
        take_snapshot(shop.layout.database, target)
    with closing(open_snapshot(target)) as db:
        assert db.execute("SELECT number, is_complete FROM backup_sets").fetchall() == [
            (1, 1),
            (2, 0),
        ]
        db.execute("DELETE FROM entries")
    assert shop.rows("SELECT count(*) FROM entries") == [(1,)]


def test_no_catalog_is_no_copy(shop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no backup store"):
        take_snapshot(str(tmp_path / "none"), str(tmp_path / "copy"))
    shop.execute("INSERT INTO migrations VALUES (99, 'later', 0)")
    shop.execute("UPDATE settings SET value = 99 WHERE key = 'readable_by'")
    with pytest.raises(SchemaError, match="newer"):
        take_snapshot(shop.layout.database, str(tmp_path / "copy"))


def test_a_writer_that_never_rests_does_not_keep_it_from_ending(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy in steps begins anew with each commit; in the end one step takes it all."""
    monkeypatch.setattr(snapshot, "_STEP", 1)
    shop.execute("CREATE TABLE filler (data BLOB)")
    shop.execute("INSERT INTO filler VALUES (zeroblob(2000000))")
    done = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(shop.layout.database, timeout=60)) as db:
            while not done.is_set():
                with db:
                    db.execute("UPDATE settings SET value = value")
                    db.execute("INSERT INTO settings VALUES (hex(randomblob(8)), 1)")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        take_snapshot(shop.layout.database, str(tmp_path / "copy"))
    finally:
        done.set()
        writer.join()
    with closing(open_snapshot(str(tmp_path / "copy"))) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
