"""Sets go, with all that only they need; every other set stays whole, whatever happens."""

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.model import SMALL, NoSpaceError, StoreError
from tardis.store import Pruned, prune, pruning, repacking
from tardis.store.catalog import pruning as statements
from tests.facilities import counts
from tests.store.workshop import Workshop, put_large, root, row, shown

Files = dict[bytes, bytes]


def remove(shop: Workshop, *numbers: int) -> Pruned:
    writer = shop.writer()
    try:
        return prune(writer, numbers)
    finally:
        writer.close()


def history(shop: Workshop, count: int, seed: int = 0) -> dict[int, Files]:
    """Make sets in which files come, change and go; return what each holds."""
    chance = random.Random(seed)
    files: Files = {b"always": b"the same"}
    made: dict[int, Files] = {}
    for _ in range(count):
        for name in (b"a", b"b", b"c"):
            match chance.randrange(4):
                case 0:
                    files.pop(name, None)
                case 1:
                    files[name] = chance.randbytes(chance.choice([5, 3000]))
                case 2:
                    files[name] = b"one of few " * chance.randrange(3)
        made[shop.run(files, name=f"set {len(made) + 1}").number] = dict(files)
    return made


def check(shop: Workshop, wanted: dict[int, Files]) -> None:
    with shop.reader() as reader:
        assert [one.number for one in reader.sets()] == list(wanted)
        for number, files in wanted.items():
            assert shown(reader, number) == files
    assert shop.rows("PRAGMA integrity_check") == [("ok",)]
    assert shop.rows("PRAGMA foreign_key_check") == []


def orphans(shop: Workshop) -> int:
    query = "SELECT count(*) FROM contents WHERE id NOT IN (SELECT content FROM entries)"
    return int(shop.rows(query)[0][0])


@pytest.mark.parametrize("gone", [(1,), (2, 3), (1, 2, 3, 4, 5), (3, 5), (6,), (1, 6)])
def test_the_other_sets_stay_as_they_are(shop: Workshop, gone: tuple[int, ...]) -> None:
    made = history(shop, 6)
    assert remove(shop, *gone).sets == len(gone)
    left = {number: files for number, files in made.items() if number not in gone}
    check(shop, left)
    query = "SELECT count(*) FROM entries WHERE last_set < 9223372036854775807 AND NOT EXISTS"
    query += " (SELECT 1 FROM backup_sets WHERE number BETWEEN first_set AND last_set)"
    assert shop.rows(query) == [(0,)]
    assert shop.rows("SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]
    again = shop.run({b"always": b"the same", b"new": b"n"}, name="after")
    check(shop, left | {again.number: {b"always": b"the same", b"new": b"n"}})


def test_random_histories_and_purges(shop: Workshop) -> None:
    chance = random.Random(7)
    made: dict[int, Files] = {}
    for turn in range(counts(6, 100)):
        for _ in range(3):
            files = {b"%d" % name: chance.randbytes(2000) for name in range(chance.randrange(5))}
            files[b"same"] = b"same"
            made[shop.run(files, name=f"{turn} {len(made)} {chance.random()}").number] = files
        for number in chance.sample(sorted(made), len(made) // 2):
            del made[number]
        known = {one[0] for one in shop.rows("SELECT number FROM backup_sets")}
        remove(shop, *(known - set(made)))
        check(shop, made)


def test_what_is_left_takes_little_more_than_it_needs(shop: Workshop) -> None:
    chance = random.Random(1)
    for number in range(20):
        shop.run({b"%d" % name: chance.randbytes(20_000) for name in range(10)}, name=str(number))
    before = sum(shop.packs().values())
    done = remove(shop, *range(1, 20))
    after = sum(shop.packs().values())
    assert after < 10 * 20_000 * 1.15 + 20_000  # contents, and manifests
    assert done.freed_bytes > 0.9 * (before - after)
    assert done.moved == 10 and orphans(shop) == 0
    check(shop, {20: {b"%d" % one: data for one, data in _last(20).items()}})


def _last(sets: int) -> dict[int, bytes]:
    chance = random.Random(1)
    for _ in range(sets):
        files = {name: chance.randbytes(20_000) for name in range(10)}
    return files


def test_a_pack_with_little_dead_in_it_is_left_alone(shop: Workshop) -> None:
    shop.run({b"%d" % name: os.urandom(3000) for name in range(40)}, name="1")
    with shop.reader() as reader:
        files = shown(reader, 1)
    shop.run({name: data for name, data in files.items() if name != b"0"}, name="2")
    done = remove(shop, 1)
    assert (done.contents, done.moved) == (1, 0)
    check(shop, {2: {name: data for name, data in files.items() if name != b"0"}})


def test_large_contents_lose_their_files(shop: Workshop) -> None:
    for number, data in ((1, b"x" * (SMALL + 1)), (2, b"y" * (SMALL + 1))):
        with shop.running() as writer:
            if number == 1:
                writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
                writer.group.new_directories.append((writer.new_directory(), 1, 2, 0))
            else:
                writer.group.closed.append((1, 1, b"f"))
            content = put_large(writer, data)
            writer.group.opened.append(row(b"f", content, 1, number, len(data)))
            root(writer)
            shop.complete(writer)
    files = set(shop.home.glob("[0-9a-f][0-9a-f]/*"))
    done = remove(shop, 1)
    (left,) = shop.home.glob("[0-9a-f][0-9a-f]/*")
    assert done.files == 1 and left in files and done.freed_bytes > SMALL
    check(shop, {2: {b"f": b"y" * (SMALL + 1)}})


def test_a_file_that_a_row_names_again_is_not_removed(shop: Workshop) -> None:
    with shop.running() as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        writer.group.new_directories.append((writer.new_directory(), 1, 2, 0))
        data = b"z" * (SMALL + 1)
        content = put_large(writer, data)
        writer.group.opened.append(row(b"f", content, 1, 1, len(data)))
        root(writer)
        shop.complete(writer)
    ((name, place),) = shop.rows("SELECT digest, place FROM contents")
    shop.execute(
        "INSERT INTO doomed (digest, pack, place, stored) VALUES (?, NULL, ?, 1)", name, place
    )
    assert remove(shop).files == 0
    check(shop, {1: {b"f": data}})
    assert shop.rows("SELECT count(*) FROM doomed") == [(0,)]


def test_nothing_is_touched_that_the_catalog_never_knew(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    stray = Path(shop.layout.packs) / "77.pack"
    stray.write_bytes(b"somebody's")
    orphan = shop.home / "ab"
    orphan.mkdir()
    (orphan / ("ab" * 32)).write_bytes(b"somebody's")
    remove(shop)
    assert stray.exists() and (orphan / ("ab" * 32)).exists()


def test_a_reader_finds_what_was_moved_meanwhile(shop: Workshop) -> None:
    shop.run({b"a": b"A" * 5000, b"b": b"B" * 5000}, name="1")
    shop.run({b"a": b"A" * 5000}, name="2")
    with shop.reader() as reader:
        (one,) = [entry for entry in reader.children(1, 2) if entry.name == b"a"]
        content = reader.contents([one.content or 0])[one.content or 0]
        assert remove(shop, 1).moved == 1
        assert not os.path.exists(shop.layout.pack(1))
        assert reader.read_small(content) == b"A" * 5000


class Killed(BaseException):
    """Stands for the end of the process."""


def interrupted(shop: Workshop, steps: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Remove sets until the process ends at step *steps*; tell whether it did."""
    left = steps

    def burning(whole: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return whole(*args, **more)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", burning(os.unlink))
        patch.setattr(repacking, "_read", burning(repacking._read))
        for name in ("delete_sets", "delete_rows", "doom", "forget_files", "forget_packs",
                     "move_contents", "forget_manifests", "delete_directories"):  # fmt: skip
            patch.setattr(statements, name, burning(getattr(statements, name)))
        try:
            remove(shop, 1, 2, 4)
        except Killed:
            return True
    return False


def test_the_end_at_any_step_harms_no_set_and_the_next_purge_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, was_killed = 0, True
    while was_killed:
        shop = Workshop(tmp_path / str(steps)).create()
        made = history(shop, 5, seed=3)
        was_killed = interrupted(shop, steps, monkeypatch)
        known = [number for (number,) in shop.rows("SELECT number FROM backup_sets")]
        check(shop, {number: made[number] for number in known})
        remove(shop, *(set(known) & {1, 2, 4}))
        check(shop, {number: made[number] for number in (3, 5)})
        assert orphans(shop) == 0
        assert shop.rows("SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]
        steps += 1
    assert steps > 8


def test_a_statement_that_fails_leaves_its_transaction_undone(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = history(shop, 3)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(statements, "delete_sets", fail)
    with pytest.raises(NoSpaceError):
        remove(shop, 1)
    monkeypatch.undo()
    check(shop, made)


def test_on_a_full_disk_the_ballast_is_lent(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(shop, 3)
    seen = []
    whole = statements.delete_sets

    def look(*args: object) -> None:
        seen.append(os.path.exists(shop.layout.reserve))
        whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(statements, "delete_sets", look)
    remove(shop, 1)
    monkeypatch.setattr(pruning, "RESERVE_BYTES", 1 << 60)
    remove(shop, 2)
    assert seen == [True, False] and os.path.exists(shop.layout.reserve)


def test_purging_needs_the_writers_lock(shop: Workshop) -> None:
    shop.run({b"a": b"one"})
    with shop.running(), pytest.raises(StoreError, match="being written"):
        remove(shop, 1)


def test_all_sets_may_go(shop: Workshop) -> None:
    history(shop, 3)
    remove(shop, 1, 2, 3)
    check(shop, {})
    again = shop.run({b"x": b"y"}, name="again")
    assert again.number == 4
    check(shop, {4: {b"x": b"y"}})


def test_what_a_purge_would_free_is_told_before(shop: Workshop) -> None:
    shop.run({b"a": b"A" * 5000, b"b": b"B"}, name="1")
    shop.run({b"b": b"B"}, name="2")
    with shop.reader() as reader:
        count, size = reader.freed_by([1])
        assert count == 1 and 5000 < size < 5200
        assert reader.freed_by([]) == (0, 0)
    assert remove(shop, 1).contents == 1


def test_a_small_catalog_is_pruned_in_few_transactions(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run({b"%d" % name: b"%d" % name for name in range(30)}, name="1")
    shop.run({}, name="2")
    with shop.changing() as db:
        assert statements.rows_at_once(db) == 10 * statements.PAGE
        monkeypatch.setattr(statements, "_SMALL_CATALOG", 0)
        assert statements.rows_at_once(db) == statements.PAGE
    deleted = []
    whole = statements.delete_rows

    def delete(db: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
        deleted.append(len(rows))
        whole(db, rows)

    monkeypatch.setattr(statements, "PAGE", 20)
    monkeypatch.setattr(statements, "delete_rows", delete)
    done = remove(shop, 1)
    assert deleted == [20, 10] and (done.rows, done.contents) == (30, 30)
    check(shop, {2: {}})
