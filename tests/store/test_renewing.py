"""What repeats the catalog is made anew, and nothing of before is left."""

import gzip
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.store import opening
from tardis.store.catalog.connection import connect_reader
from tardis.store.copies import copies
from tardis.store.renewing import renew_copies, renew_journal
from tests.store.workshop import Workshop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Workshop(tmp_path / "base").create()
    made.run({b"a": b"one"}, name="one")
    return made


def test_one_copy_is_left_and_it_is_the_new_one_whatever_the_clock_says(shop: Workshop) -> None:
    folder = shop.home
    old = ["tardis.db.20010203-040506.gz", "tardis.db.29991231-235959.gz"]
    left = ["tardis.db.before-20010203-040506", "tardis.db.new", "tardis.db.new-journal"]
    for name in (*old, *left):
        (folder / name).write_bytes(b"of before")
    for name in ("tardis.db.recovering", "tardis.db.replicating", "tardis.db.proving"):
        (folder / name).mkdir()
        (folder / name / "tardis.db").write_bytes(b"of before")
    renew_copies(shop.layout)
    [copy] = copies(shop.layout)
    assert os.path.basename(copy) not in old
    for path in folder.rglob("*"):
        assert path.is_dir() or b"of before" not in path.read_bytes(), path
    plain = folder / "plain"
    plain.write_bytes(gzip.decompress(Path(copy).read_bytes()))
    with closing(sqlite3.connect(plain)) as db:
        assert db.execute("SELECT name FROM backup_sets").fetchall() == [("set 1",)]
    renew_copies(shop.layout)
    assert len(copies(shop.layout)) == 1
    assert (folder / "tardis.db.keys").exists()


def test_the_journal_says_what_the_catalog_does(shop: Workshop) -> None:
    path = Path(shop.layout.journal)
    before = path.read_text()
    path.chmod(0o640)
    path.write_text("words of before\n")
    with closing(connect_reader(shop.layout.database)) as db:
        renew_journal(db, shop.layout)
    [header, line] = path.read_text().splitlines()
    assert header.startswith("===== S: 1 set 1 ") and line == before.splitlines()[1]
    assert path.stat().st_mode & 0o777 == 0o640
    with shop.running(name="two") as writer:
        assert writer.number == 2  # it is not ahead of its catalog
