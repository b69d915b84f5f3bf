"""A catalog that is lost, damaged or too old is made anew from what lies in the store."""

import gzip
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.model import StoreBusyError, StoreError
from tardis.store import Rebuild, Rebuilt, Survey, copy_catalog, prune, sets
from tests.store.workshop import BOX, Workshop, put_large, root, row, shown

Files = dict[bytes, bytes]
COLUMNS = """directory, name, first_set, last_set, mode, uid, gid, size, mtime, mtime_ns, ctime,
    ctime_ns, filesystem, inode, nlink, rdev, child, target, capture, xattrs"""


def history(shop: Workshop, count: int, seed: int = 1) -> dict[int, Files]:
    """Make sets in which files come, change and go; return what each holds."""
    chance, files = random.Random(seed), dict[bytes, bytes]()
    made: dict[int, Files] = {}
    for number in range(count):
        for name in (b"a", b"b", b"c"):
            if chance.random() < 0.3:
                files.pop(name, None)
            elif chance.random() < 0.6:
                files[name] = chance.randbytes(chance.choice([5, 3000]))
        files[b"serial"] = b"%d" % number
        made[shop.run(files, name=f"run {number}").number] = dict(files)
    return made


def add_large(shop: Workshop, data: bytes) -> None:
    """Make a set that also holds a large content."""
    with shop.running(name="large") as writer:
        content = put_large(writer, data)
        writer.group.opened.append(row(b"large", content, 1, writer.number, len(data)))
        root(writer)
        shop.complete(writer)


def recover(shop: Workshop, **more: Any) -> tuple[Survey, Rebuilt]:
    with closing(Rebuild(shop.place(**more), BOX)) as work:
        return work.survey, work.put(work.build())


def survey(shop: Workshop) -> Survey:
    with closing(Rebuild(shop.place(), BOX)) as work:
        return work.survey


def facts(shop: Workshop) -> dict[str, Any]:
    """Return what the catalog says, contents by digest and without places."""
    query = f"SELECT {COLUMNS}, (SELECT hex(digest) FROM contents WHERE id = content) FROM entries"
    return {
        "entries": sorted(shop.rows(query)),
        "sets": shop.rows("SELECT * FROM backup_sets ORDER BY number"),
        "roots": shop.rows("SELECT * FROM roots ORDER BY backup_set, path"),
        "directories": shop.rows("SELECT * FROM directories ORDER BY id"),
        "filesystems": shop.rows("SELECT * FROM filesystems ORDER BY id"),
        "lineages": shop.rows("SELECT * FROM lineages ORDER BY id"),
        "owners": shop.rows("SELECT * FROM owners ORDER BY 1, 2, 3"),
        "last": shop.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name"),
    }


def check(shop: Workshop, wanted: dict[int, Files]) -> None:
    with shop.reader() as reader:
        assert [one.number for one in reader.sets() if one.is_complete] == list(wanted)
        for number, files in wanted.items():
            assert shown(reader, number) == files
    assert shop.rows("PRAGMA integrity_check") == [("ok",)]
    assert shop.rows("PRAGMA foreign_key_check") == []


def lose(shop: Workshop, *, copies: bool = True, keys: bool = False) -> None:
    (shop.home / "tardis.db").unlink()
    if keys:
        (shop.home / "tardis.db.keys").unlink()
    if copies:
        for copy in shop.home.glob("tardis.db.*.gz"):
            copy.unlink()


def keep_copy(shop: Workshop, name: str = "tardis.db.20260101-000000.gz") -> Path:
    """Make a copy of the catalog as it is now, under a name of its own."""
    with closing(shop.writer()) as writer:
        copy_catalog(writer.layout, 9)
    (made,) = (one for one in shop.home.glob("tardis.db.2*.gz") if "20260101" not in one.name)
    return made.rename(shop.home / name)


def test_a_whole_catalog_is_left_alone(shop: Workshop) -> None:
    history(shop, 2)
    found = survey(shop)
    assert found.is_whole and found.base == "tardis.db" and found.last_set == 2
    assert not list(shop.home.glob("*recovering*"))


@pytest.mark.parametrize("journal", [True, False])
def test_everything_comes_back_without_any_copy(shop: Workshop, journal: bool) -> None:
    made = history(shop, 5)
    before = facts(shop)
    lose(shop, keys=True)
    if not journal:
        (shop.home / "tardis.journal").unlink()
    found, done = recover(shop)
    assert (found.fault, found.base, found.gap) == ("it is gone", "", None)
    assert found.keys_fault == "gone" and found.keys_pack > 0
    assert done.sets == tuple(made) and done.missing == 0 and done.aside == ""
    check(shop, made)
    assert facts(shop) == before
    again = shop.run({b"x": b"new"}, name="after")
    check(shop, made | {again.number: {b"x": b"new"}})
    assert survey(shop).is_whole


def test_large_contents_come_back(shop: Workshop) -> None:
    data = random.Random(2).randbytes(3 << 20)
    history(shop, 1)
    add_large(shop, data)
    lose(shop)
    assert recover(shop)[1].missing == 0
    with shop.reader() as reader:
        assert shown(reader, 2)[b"large"] == data


def test_a_copy_is_begun_with_and_brings_what_manifests_do_not_have(shop: Workshop) -> None:
    made = history(shop, 3)
    shop.execute("INSERT INTO tags VALUES ('kept', 2)")
    shop.execute("INSERT INTO settings VALUES ('mine', 'yes')")
    shop.execute("UPDATE backup_sets SET is_locked = 1 WHERE number = 2")
    keep_copy(shop)
    files = {b"later": b"than the copy"}
    made[shop.run(files, name="after the copy").number] = files
    lose(shop, copies=False)
    found, done = recover(shop)
    assert found.base == "tardis.db.20260101-000000.gz" and found.base_set == 3
    assert done.sets == (1, 2, 3, 4)
    check(shop, made)
    assert shop.rows("SELECT * FROM tags") == [("kept", 2)]
    assert shop.rows("SELECT value FROM settings WHERE key = 'mine'") == [("yes",)]
    assert shop.rows("SELECT is_locked FROM backup_sets WHERE number = 2") == [(1,)]


def test_a_damaged_copy_is_passed_over(shop: Workshop) -> None:
    made = history(shop, 2)
    keep_copy(shop)
    good = shop.home / "tardis.db.20260101-000000.gz"
    whole = gzip.decompress(good.read_bytes())
    (shop.home / "tardis.db.20270101-000000.gz").write_bytes(good.read_bytes()[:-9])
    broken = bytearray(whole)
    broken[5000:9000] = bytes(4000)
    (shop.home / "tardis.db.20280101-000000.gz").write_bytes(gzip.compress(bytes(broken)))
    lose(shop, copies=False)
    assert survey(shop).base == good.name
    recover(shop)
    check(shop, made)


def put_back(shop: Workshop, data: bytes) -> None:
    (shop.home / "tardis.db").write_bytes(data)


def test_an_old_catalog_that_was_put_back_is_mended(shop: Workshop) -> None:
    made = history(shop, 2)
    old = (shop.home / "tardis.db").read_bytes()
    shop.execute("INSERT INTO tags VALUES ('lost', 1)")
    for _ in range(2):
        files = {b"later": os.urandom(20)}
        made[shop.run(files, name=f"run {len(made)}").number] = files
    put_back(shop, old)
    with pytest.raises(StoreError, match="ahead of its catalog"):
        shop.writer()
    found, done = recover(shop)
    assert "older" in found.fault and found.base == "tardis.db" and done.sets == (1, 2, 3, 4)
    check(shop, made)
    kept = shop.home / done.aside
    assert kept.read_bytes() == old
    assert shop.run({}, name="next").number == 5


@pytest.mark.parametrize("spoil", ["truncate", "empty", "flip", "text"])
def test_a_damaged_catalog_is_replaced(shop: Workshop, spoil: str) -> None:
    made = history(shop, 4)
    database = shop.home / "tardis.db"
    data = bytearray(database.read_bytes())
    if spoil == "flip":
        data[3 * 4096 : 4 * 4096] = random.Random(5).randbytes(4096)
    spoiled = {"truncate": data[: len(data) // 2], "empty": b"", "text": b"no " * 9000}
    database.write_bytes(bytes(spoiled.get(spoil, data)))
    found, done = recover(shop)
    assert found.fault and done.sets == tuple(made)
    check(shop, made)


def test_sets_that_were_removed_do_not_come_back(shop: Workshop) -> None:
    made = history(shop, 6)
    keep_copy(shop)
    with closing(shop.writer()) as writer:
        prune(writer, [2, 6])
    for number in (2, 6):
        del made[number]
    for is_copied in (True, False):
        lose(shop, copies=not is_copied)
        (shop.home / "tardis.journal").unlink(missing_ok=True)
        found, done = recover(shop)
        assert found.full_set == 6 and found.gap is None and done.sets == tuple(made)
        check(shop, made)
    files = {b"x": b"y"}
    made[shop.run(files, name="next").number] = files
    assert list(made) == [1, 3, 4, 5, 7]
    lose(shop)
    recover(shop)
    check(shop, made)


def test_contents_that_were_moved_are_found_where_they_are(shop: Workshop) -> None:
    made = history(shop, 8)
    keep_copy(shop)
    with closing(shop.writer()) as writer:
        assert prune(writer, [1, 2, 3, 4, 5]).moved > 0
    left = {number: made[number] for number in (6, 7, 8)}
    lose(shop, copies=False)
    assert recover(shop)[1].missing == 0
    check(shop, left)
    pack = shop.rows("SELECT seq FROM sqlite_sequence WHERE name = 'packs'")
    assert pack[0][0] >= max(int(name.split(".")[0]) for name in shop.packs())


def test_pack_numbers_never_come_back(shop: Workshop) -> None:
    history(shop, 2)
    (before,) = shop.rows("SELECT seq FROM sqlite_sequence WHERE name = 'packs'")
    with (shop.home / "tardis.journal").open("a") as journal:
        journal.write(f"{'ab' * 32}::0:0:77+4096:5:5\n")
    lose(shop)
    recover(shop)
    assert before < shop.rows("SELECT seq FROM sqlite_sequence WHERE name = 'packs'")[0] == (77,)


def test_an_interrupted_set_may_be_missing_and_nothing_else(shop: Workshop) -> None:
    made = history(shop, 3)
    with shop.running(name="cut") as writer:
        content = put_large(writer, b"half" * 100_000)
        writer.group.opened.append(row(b"half", content, 1, writer.number, 400_000))
        root(writer)
        writer.drain()
    lose(shop)
    found, done = recover(shop)
    assert found.last_set == 4 and done.interrupted == 4 and done.sets == (1, 2, 3)
    check(shop, made)
    files = {b"half": b"whole now"}
    made[shop.run(files, name="again").number] = files
    assert list(made) == [1, 2, 3, 5]
    check(shop, made)


def test_a_copy_with_an_interrupted_set_lets_the_next_run_go_on(shop: Workshop) -> None:
    made = history(shop, 2)
    with shop.running(name="cut") as writer:
        writer.group.opened.append(row(b"half", None, 1, writer.number))
        writer.drain()
        copy_catalog(writer.layout, 9)
        writer.group.opened.append(row(b"more", None, 1, writer.number))
        writer.drain()
    lose(shop, copies=False)
    assert recover(shop)[1].interrupted == 0
    assert shop.rows("SELECT number, is_complete, groups FROM backup_sets")[-1] == (3, 0, 2)
    files = {b"now": b"whole"}
    assert shop.run(files, name="again").number == 3
    check(shop, made | {3: files})


def test_missing_contents_are_told_and_healed_by_the_next_run(shop: Workshop) -> None:
    made = history(shop, 3)
    victim = shop.rows("SELECT pack, place, hex(digest) FROM contents WHERE size = 1")[-1]
    path = shop.home / "packs" / f"{victim[0]}.pack"
    data = bytearray(path.read_bytes())
    data[victim[1] + 96] ^= 1
    path.write_bytes(data)
    lose(shop)
    _, done = recover(shop)
    assert (done.missing, done.damaged_rows) == (1, 1) and done.sets == (1, 2, 3)
    assert shop.rows("SELECT why FROM unsettled WHERE why = 'damaged'") == [("damaged",)]
    assert shop.rows("SELECT hex(digest) FROM contents WHERE is_damaged") == [(victim[2],)]
    made[shop.run(made[3], name="again").number] = made[3]
    check(shop, made)


def test_lost_manifests_are_told(shop: Workshop) -> None:
    history(shop, 4)
    ((pack, place, _),) = shop.rows(
        "SELECT pack, place, stored FROM manifests WHERE backup_set = 3 ORDER BY sequence LIMIT 1"
    )
    path = shop.home / "packs" / f"{pack}.pack"
    data = bytearray(path.read_bytes())
    data[place + 100] ^= 1
    path.write_bytes(data)
    lose(shop)
    found, done = recover(shop)
    assert found.gap == 3 and done.sets == (1, 2, 3, 4)
    assert shop.rows("SELECT number FROM backup_sets WHERE problems > 0") == [(3,), (4,)]


def test_a_store_that_is_written_is_left_alone(shop: Workshop) -> None:
    history(shop, 1)
    with shop.running(name="two"), pytest.raises(StoreBusyError):
        survey(shop)


def test_what_cannot_be_recovered_from_is_refused(shop: Workshop, empty: Workshop) -> None:
    with pytest.raises(StoreError, match="no backup store"):
        Rebuild(empty.place(), "nobody")
    history(shop, 1)
    shutil.rmtree(shop.home / "packs")
    with pytest.raises(StoreError, match="no pack"):
        survey(shop)
    (shop.home / "tardis.db").unlink()
    with pytest.raises(StoreError, match="nothing in"):
        survey(shop)


def test_keys_of_another_store_are_refused(shop: Workshop, tmp_path: Path) -> None:
    history(shop, 1)
    other = Workshop(tmp_path / "other").create()
    shutil.copy(other.home / "tardis.db.keys", shop.home / "tardis.db.keys")
    with pytest.raises(StoreError, match="another store"):
        survey(shop)


@pytest.mark.root
def test_a_new_catalog_belongs_to_whom_the_old_one_belonged(shop: Workshop) -> None:
    history(shop, 1)
    database = shop.home / "tardis.db"
    database.write_bytes(b"")
    os.chown(database, 1234, 1235)
    database.chmod(0o660)
    recover(shop)
    found = database.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 1235, 0o660)


def test_only_keys_are_lost(shop: Workshop) -> None:
    made = history(shop, 2)
    text = (shop.home / "tardis.db.keys").read_bytes()
    before = (shop.home / "tardis.db").stat().st_ino
    for spoiled in (None, b"nonsense"):
        (shop.home / "tardis.db.keys").unlink()
        if spoiled:
            (shop.home / "tardis.db.keys").write_bytes(spoiled)
        found, done = recover(shop)
        assert not found.fault and found.keys_fault and done.sets == (1, 2)
        assert (shop.home / "tardis.db.keys").read_bytes() == text
    assert (shop.home / "tardis.db").stat().st_ino == before
    assert [one.read_bytes() for one in shop.home.glob("*.keys.before-*")] == [b"nonsense"]
    check(shop, made)


def test_a_hot_journal_never_reaches_the_new_catalog(shop: Workshop) -> None:
    made = history(shop, 2)
    (shop.home / "tardis.db").write_bytes(b"")
    (shop.home / "tardis.db-journal").write_bytes(b"hot" * 3000)
    done = recover(shop)[1]
    check(shop, made)
    assert (shop.home / f"{done.aside}-journal").read_bytes() == b"hot" * 3000


def test_fingerprints_are_void_and_racy_entries_are_looked_at_again(shop: Workshop) -> None:
    history(shop, 2)
    with shop.running(name="racy") as writer:
        listed = (0o100644, 1, 1, 0, 5, 6, 1 << 40, 8, 1, 98, 1, 0)
        writer.group.opened.append((1, b"racy", *listed, None, None, None, 3, 0, None))
        writer.group.fingerprints.append((1, b"", None, 1, b"print", 0))
        root(writer)
        shop.complete(writer)
    lose(shop)
    recover(shop)
    assert shop.rows("SELECT count(*) FROM fingerprints") == [(0,)]
    assert shop.rows("SELECT value FROM settings WHERE key = 'epoch'") == [(1,)]
    assert shop.rows("SELECT name, why FROM unsettled WHERE name = x'72616379'") == [
        (b"racy", "unread")
    ]


def test_directories_that_an_interrupted_run_left_are_closed_by_the_next(shop: Workshop) -> None:
    with shop.running(name="one") as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        top, below = writer.new_directory(), writer.new_directory()
        writer.group.new_directories += [(top, 1, 2, 0), (below, 1, 3, 0)]
        folder = row(b"d", None, top, 1)
        writer.group.opened.append((*folder[:2], 0o40755, *folder[3:14], below, *folder[15:]))
        writer.group.opened.append(row(b"f", None, below, 1))
        root(writer, top)
        shop.complete(writer)
    with shop.running(name="two") as writer:
        writer.group.closed.append((1, top, b"d"))
        writer.group.unlinked.append((below,))
        root(writer, top)
        writer.drain()
    lose(shop)
    recover(shop)
    assert shop.rows("SELECT directory FROM unlinked") == [(below,)]
    with shop.running(name="three") as writer:
        root(writer, top)
        shop.complete(writer)
    assert shop.rows("SELECT name FROM entries WHERE last_set > 1000") == []


@pytest.fixture
def often_full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sets, "FULL_EVERY", 2)
    yield


@pytest.mark.parametrize("seed", range(4))
def test_random_histories(shop: Workshop, often_full: None, seed: int) -> None:
    """Purges, copies and losses in any order; what was there comes back, what was removed not."""
    chance = random.Random(seed)
    made: dict[int, Files] = {}
    for turn in range(4):
        for _ in range(chance.randrange(1, 4)):
            files = {b"%d" % name: chance.randbytes(9) for name in range(chance.randrange(1, 5))}
            made[shop.run(files, name=f"set {len(made)} of {turn}").number] = files
        if chance.random() < 0.5 and len(made) > 1:
            gone = chance.sample(sorted(made), chance.randrange(1, len(made)))
            with closing(shop.writer()) as writer:
                prune(writer, gone)
            made = {number: files for number, files in made.items() if number not in gone}
        if chance.random() < 0.5:
            with closing(shop.writer()) as writer:
                copy_catalog(writer.layout, 9)
        actions: list[Callable[[], None]] = [
            lambda: lose(shop),
            lambda: lose(shop, copies=False, keys=True),
            lambda: put_back(shop, b"damaged" * 900),
        ]
        chance.choice(actions)()
        assert recover(shop)[1].missing == 0
        check(shop, made)
