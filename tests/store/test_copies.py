"""Copies of the catalog: whole, made by SQLite, the newest few."""

import gzip
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tardis.store import Place, copy_catalog, create_store
from tardis.store import copies as module
from tardis.store.copies import copies
from tests.store.workshop import Workshop


def at(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    monkeypatch.setattr(time, "strftime", lambda form: when)


def opened(path: str, folder: Path) -> sqlite3.Connection:
    plain = folder / "plain.db"
    plain.write_bytes(gzip.decompress(Path(path).read_bytes()))
    return sqlite3.connect(plain)


def test_a_copy_is_the_whole_catalog(shop: Workshop, tmp_path: Path) -> None:
    shop.run({b"a": b"one"})
    copy_catalog(shop.layout, 5)
    (path,) = copies(shop.layout)
    with closing(opened(path, tmp_path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT name FROM entries").fetchall() == [(b"a",)]
    assert not list(shop.home.glob(".copy-*"))


def test_a_copy_holds_what_is_committed_while_another_is_writing(
    shop: Workshop, tmp_path: Path
) -> None:
    shop.run({b"a": b"one"})
    with closing(sqlite3.connect(shop.home / "tardis.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM entries")
        copy_catalog(shop.layout, 5)
        db.execute("ROLLBACK")
    with closing(opened(copies(shop.layout)[0], tmp_path)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (1,)


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_the_newest_are_kept(shop: Workshop, keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(10, 18):
        at(monkeypatch, f"202611{day}-120000")
        copy_catalog(shop.layout, keep)
    days = [int(path[-12:-10]) for path in copies(shop.layout)]
    assert days == list(range(18 - keep, 18))


def test_none_are_made_and_none_removed_when_none_are_wanted(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_catalog(shop.layout, 3)
    before = copies(shop.layout)
    at(monkeypatch, "20300101-000000")
    copy_catalog(shop.layout, 0)
    assert copies(shop.layout) == before


def test_the_copy_just_made_stays_whatever_the_clock_says(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "20361121-120000")
    copy_catalog(shop.layout, 1)
    at(monkeypatch, "20261121-120000")  # the clock was set right
    copy_catalog(shop.layout, 1)
    assert [path[-18:-3] for path in copies(shop.layout)] == ["20261121-120000"]


def test_other_files_are_left_alone(shop: Workshop) -> None:
    names = ("tardis.db.gz", "tardis.db.20261121-1200.gz", "other.db.20261121-120000.gz",
             "tardis.db.keys")  # fmt: skip
    for name in names[:3]:
        (shop.home / name).touch()
    copy_catalog(shop.layout, 1)
    assert all((shop.home / name).exists() for name in names)
    assert len(copies(shop.layout)) == 1


def test_what_a_killed_run_left_is_cleared_away(shop: Workshop) -> None:
    (shop.home / ".copy-abc").mkdir()
    (shop.home / ".copy-abc" / "copy").write_bytes(b"half")
    copy_catalog(shop.layout, 1)
    assert not list(shop.home.glob(".copy-*"))


@pytest.mark.parametrize("client", ["a?b", "a#b", "a%41b", "a b", "ä"])
def test_odd_names_of_clients_are_no_trouble(tmp_path: Path, client: str) -> None:
    place = Place(str(tmp_path / "base"))
    create_store(place, client)
    copy_catalog(place.layout(client), 1)
    assert len(copies(place.layout(client))) == 1


def test_a_copy_that_fails_leaves_the_old_ones(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_catalog(shop.layout, 1)
    before = copies(shop.layout)

    def fail(path: str) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(module, "sync_file", fail)
    at(monkeypatch, "20300101-000000")
    with pytest.raises(OSError, match="full"):
        copy_catalog(shop.layout, 1)
    assert copies(shop.layout) == before and not list(shop.home.glob(".copy-*"))


def test_copies_lie_beside_the_catalog(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "base"), db_dir=str(tmp_path / "fast"))
    create_store(place, "box")
    copy_catalog(place.layout("box"), 1)
    assert os.path.dirname(copies(place.layout("box"))[0]) == str(tmp_path / "fast" / "box")
