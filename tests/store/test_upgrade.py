"""A store of an older version is brought up to date, a copy first; it is never half-way."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import SchemaError, StoreBusyError, StoreError
from tardis.store import Rebuild, upgrade_store
from tests.facilities import counts
from tests.store.ages import CHANGES, grow_older
from tests.store.fuse import CALLS, ends_at
from tests.store.workshop import BOX, Workshop, shown

NAMES = tuple(CHANGES)


@pytest.fixture
def old(shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A store of the version before."""
    shop.run({b"a": b"alpha"})
    grow_older(monkeypatch, tmp_path / "schema")
    return shop


def names(shop: Workshop) -> tuple[str, ...]:
    return tuple(name for (name,) in shop.rows("SELECT name FROM migrations WHERE number > 1"))


def check(shop: Workshop) -> None:
    assert names(shop) == NAMES
    with shop.reader() as reader:
        assert shown(reader, 1) == {b"a": b"alpha"}
    assert shop.rows("SELECT name FROM colours") == [("red",)]


def test_it_is_refused_until_it_is_upgraded(old: Workshop) -> None:
    with pytest.raises(SchemaError, match="older"):
        old.reader()
    with pytest.raises(SchemaError, match="older"):
        old.writer()
    planned = upgrade_store(old.place(), BOX, is_dry=True)
    assert [name for _, name in planned.changes] == list(NAMES) and names(old) == ()
    done = upgrade_store(old.place(), BOX)
    assert done.before == 1 and done.changes == planned.changes
    check(old)
    assert upgrade_store(old.place(), BOX).changes == ()
    assert old.run({b"b": b"beta"}, name="next").number == 2


def test_the_copy_is_the_catalog_as_it_was(old: Workshop, tmp_path: Path) -> None:
    done = upgrade_store(old.place(), BOX)
    before = tmp_path / "before"
    before.write_bytes(gzip.decompress((old.home / done.copy).read_bytes()))
    with closing(sqlite3.connect(before)) as db:
        assert db.execute("SELECT count(*) FROM migrations").fetchone() == (1,)
        assert db.execute("SELECT number FROM backup_sets").fetchall() == [(1,)]


def test_what_cannot_be_upgraded_is_left_alone(old: Workshop, empty: Workshop) -> None:
    with pytest.raises(StoreError, match="no backup store"):
        upgrade_store(empty.place(), "nobody")
    data = bytearray((old.home / "tardis.db").read_bytes())
    data[5 * 4096 : 6 * 4096] = b"\x55" * 4096
    (old.home / "tardis.db").write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        upgrade_store(old.place(), BOX)
    assert (old.home / "tardis.db").read_bytes() == bytes(data)


def test_a_newer_store_is_refused(shop: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    shop.execute("INSERT INTO migrations VALUES (999, 'later', 0)")
    with pytest.raises(SchemaError, match="newer"):
        upgrade_store(shop.place(), BOX)
    with pytest.raises(SchemaError, match="newer"):
        shop.writer()
    with shop.reader() as reader:  # nothing says that we would not understand it
        assert shown(reader, 1) == {b"a": b"alpha"}
    shop.execute("UPDATE settings SET value = 999 WHERE key = 'readable_by'")
    with pytest.raises(SchemaError, match="newer"):
        shop.reader()


def test_a_store_in_use_is_left_alone(shop: Workshop) -> None:
    with shop.running(), pytest.raises(StoreBusyError):
        upgrade_store(shop.place(), BOX)


def test_it_may_end_at_any_step(old: Workshop, tmp_path: Path) -> None:
    """The catalog is of the old age, or of one between, or of ours, and whole."""
    reached, stride = 0, counts(2, 1)
    while True:
        base = tmp_path / "now"
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(old.base, base)
        now = Workshop(base)
        steps = 1 + reached * stride
        if not ends_at(lambda now=now: upgrade_store(now.place(), BOX), steps, CALLS):  # type: ignore[misc]
            break
        assert names(now) == NAMES[: len(names(now))]
        assert now.rows("PRAGMA integrity_check") == [("ok",)]
        upgrade_store(now.place(), BOX)
        check(now)
        reached += 1
    assert reached * stride > 10


def test_a_copy_of_the_older_age_serves_to_recover_from(old: Workshop) -> None:
    old.execute("INSERT INTO tags VALUES ('kept', 1)")
    upgrade_store(old.place(), BOX)
    (old.home / "tardis.db").unlink()
    with closing(Rebuild(old.place(), BOX)) as work:
        assert work.survey.base.endswith(".gz")
        work.put(work.build())
    check(old)
    assert old.rows("SELECT tag FROM tags") == [("kept",)]
