"""Copies of the catalog are whole, readable, and only the newest few are kept."""

import errno
import gzip
import itertools
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.store import copies, copy_catalog
from tardis.store.flush import sync_file
from tests.store.workshop import Workshop, descriptors, fill

KEPT = (1, 2, 3, 4, 5, 10)
Stamp = Callable[[str], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Stamp:
    """Let every copy be made a second after the one before, or at a time that is set."""
    seconds = itertools.count(1)
    fixed: list[str] = []

    strftime = time.strftime

    def now(form: str, *when: time.struct_time) -> str:
        if form != "%Y%m%d-%H%M%S":
            return strftime(form, *when)
        return fixed[-1] if fixed else f"20261121-10{next(seconds):04}"

    monkeypatch.setattr(time, "strftime", now)
    return fixed.append


def names(shop: Workshop) -> list[str]:
    return [os.path.basename(path) for path in copies.copies(shop.layout)]


def unpacked(path: str, folder: Path) -> sqlite3.Connection:
    plain = folder / "unpacked.db"
    plain.write_bytes(gzip.decompress(Path(path).read_bytes()))
    return sqlite3.connect(plain)


def sets_in(path: str, folder: Path) -> int:
    with closing(unpacked(path, folder)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = db.execute("SELECT count(*) FROM backup_sets").fetchone()
    return int(count)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("keep", KEPT)
def test_only_the_newest_few_are_kept(shop: Workshop, keep: int) -> None:
    for made in range(1, 3 * keep + 3):
        copy_catalog(shop.layout, keep)
        assert len(names(shop)) == min(made, keep)
        assert names(shop)[-1] == f"tardis.db.20261121-10{made:04}.gz"


@pytest.mark.usefixtures("clock")
def test_fewer_are_kept_from_the_day_that_is_asked_for(shop: Workshop) -> None:
    for _ in range(3):
        copy_catalog(shop.layout, 3)
    copy_catalog(shop.layout, 2)
    assert names(shop) == ["tardis.db.20261121-100003.gz", "tardis.db.20261121-100004.gz"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("keep", [0, -1])
def test_none_asked_for_makes_none_and_keeps_what_is_there(shop: Workshop, keep: int) -> None:
    copy_catalog(shop.layout, 3)
    before = names(shop)
    copy_catalog(shop.layout, keep)
    assert names(shop) == before != []


@pytest.mark.usefixtures("clock")
def test_every_copy_is_whole_and_holds_its_own_time(shop: Workshop, tmp_path: Path) -> None:
    for _ in range(3):
        shop.run({b"a": b"one"})
        copy_catalog(shop.layout, 3)
    assert [sets_in(path, tmp_path) for path in copies.copies(shop.layout)] == [1, 2, 3]


@pytest.mark.usefixtures("clock")
def test_a_copy_put_back_is_a_catalog(shop: Workshop) -> None:
    done = shop.run({b"a": b"one"})
    copy_catalog(shop.layout, 1)
    (path,) = copies.copies(shop.layout)
    Path(shop.layout.database).write_bytes(gzip.decompress(Path(path).read_bytes()))
    with shop.reader() as reader:
        assert [one.number for one in reader.sets()] == [done.number]


@pytest.mark.usefixtures("clock")
def test_a_copy_is_made_while_the_writer_has_the_catalog_open(
    shop: Workshop, tmp_path: Path
) -> None:
    shop.run({b"a": b"one"})
    with shop.running() as writer:
        copy_catalog(writer.layout, 2)
        before = shop.rows("SELECT count(*) FROM contents")
        fill(writer, {b"a": b"two", b"b": b"three"})
        writer.drain()
        assert shop.rows("SELECT count(*) FROM contents") > before
        copy_catalog(writer.layout, 2)
    assert [sets_in(path, tmp_path) for path in copies.copies(shop.layout)] == [2, 2]


@pytest.mark.usefixtures("clock")
def test_rows_that_are_not_committed_are_not_in_a_copy(shop: Workshop, tmp_path: Path) -> None:
    with closing(sqlite3.connect(shop.layout.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE unfinished (one)")
        copy_catalog(shop.layout, 1)
        db.execute("ROLLBACK")
    (path,) = copies.copies(shop.layout)
    with closing(unpacked(path, tmp_path)) as copy:
        found = copy.execute("SELECT name FROM sqlite_master WHERE name = 'unfinished'")
        assert found.fetchall() == []


def test_the_new_copy_stays_though_the_clock_went_back(shop: Workshop, clock: Stamp) -> None:
    for stamp in ("20300101-000000", "20300101-000001", "20261121-100000"):
        clock(stamp)
        copy_catalog(shop.layout, 2)
    assert names(shop) == ["tardis.db.20261121-100000.gz", "tardis.db.20300101-000001.gz"]


def test_two_copies_within_a_second_are_one(shop: Workshop, clock: Stamp, tmp_path: Path) -> None:
    clock("20261121-100000")
    copy_catalog(shop.layout, 2)
    shop.run({b"a": b"one"})
    copy_catalog(shop.layout, 2)
    (path,) = copies.copies(shop.layout)
    assert sets_in(path, tmp_path) == 1


@pytest.mark.usefixtures("clock")
def test_what_is_no_copy_is_never_removed(shop: Workshop) -> None:
    others = [
        "tardis.db.keys",
        "tardis.db.bak",
        "tardis.db.20200101-000000.gz.part",
        "tardis.db.2020-01-01.gz",
        "other.db.20200101-000000.gz",
    ]
    for name in others[1:]:
        (shop.home / name).touch()
    for _ in range(3):
        copy_catalog(shop.layout, 1)
    assert names(shop) == ["tardis.db.20261121-100003.gz"]
    assert set(others) < set(os.listdir(shop.home))


@pytest.mark.usefixtures("clock")
def test_copies_lie_beside_a_catalog_that_lies_elsewhere(empty: Workshop, tmp_path: Path) -> None:
    fast = tmp_path / "fast"
    place = empty.place(db_dir=str(fast), db_name="catalog")
    empty.create(db_dir=str(fast), db_name="catalog")
    copy_catalog(place.layout("box"), 1)
    assert (fast / "box" / "catalog.20261121-100001.gz").exists()
    assert not list(empty.home.glob("*.gz"))


@pytest.mark.usefixtures("clock")
def test_what_a_killed_run_left_is_cleared_away(shop: Workshop) -> None:
    stale = shop.home / ".copy-abc"
    stale.mkdir()
    (stale / "copy.gz").write_bytes(b"half")
    copy_catalog(shop.layout, 1)
    assert not list(shop.home.glob(".copy-*"))


@pytest.mark.usefixtures("clock")
def test_a_disk_that_fills_up_leaves_the_older_copies_and_no_half_one(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_catalog(shop.layout, 1)
    before, files, held = names(shop), sorted(os.listdir(shop.home)), descriptors()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    for step in ("shutil.copyfileobj", "tardis.store.copies.sync_file", "os.rename"):
        with monkeypatch.context() as patched:
            patched.setattr(step, full)
            with pytest.raises(OSError, match="full"):
                copy_catalog(shop.layout, 1)
        assert (names(shop), sorted(os.listdir(shop.home))) == (before, files), step
    assert descriptors() == held


@pytest.mark.usefixtures("clock")
def test_a_copy_gets_its_name_once_it_is_flushed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    rename, sync = os.rename, sync_file

    def renamed(old: str, new: str) -> None:
        steps.append(f"rename {os.path.basename(new)}")
        rename(old, new)

    def synced(path: str) -> None:
        steps.append(f"flush {os.path.basename(path)}")
        sync(path)

    monkeypatch.setattr(os, "rename", renamed)
    monkeypatch.setattr(copies, "sync_file", synced)
    copy_catalog(shop.layout, 1)
    name = "tardis.db.20261121-100001.gz"
    assert steps == ["flush copy.gz", f"rename {name}", f"flush {name}"]


@pytest.mark.usefixtures("clock")
def test_old_copies_go_after_the_new_one_is_safe(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_catalog(shop.layout, 1)
    unlink = os.unlink
    seen: dict[str, list[str]] = {}

    def removed(path: str, **how: Any) -> None:
        seen[os.path.basename(path)] = names(shop)
        unlink(path, **how)

    monkeypatch.setattr(os, "unlink", removed)
    copy_catalog(shop.layout, 1)
    assert seen["tardis.db.20261121-100001.gz"] == [
        "tardis.db.20261121-100001.gz",
        "tardis.db.20261121-100002.gz",
    ]
    assert names(shop) == ["tardis.db.20261121-100002.gz"]
