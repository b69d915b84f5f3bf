"""A chain whose dead bases outweigh it goes; everything that is needed stays exact."""

import os
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tardis.model import SEGMENT
from tardis.store import DeltaKeeper, Pruned, prune
from tardis.store.catalog import chains
from tests.delta.shapes import edited, noise
from tests.facilities import counts
from tests.store.fuse import ends_at
from tests.store.test_deltas import keep, read
from tests.store.workshop import Workshop, descriptors, fill, put, put_large, row

LARGE, SMALL = SEGMENT, 100_000


def generations(shop: Workshop, size: int, count: int, share: float = 0.4) -> dict[int, bytes]:
    """Make sets of one file, each version a delta of the one before; return them by set."""
    versions = [noise(size)]
    for number in range(1, count):
        version = bytearray(versions[-1])
        start, length = (number % 2) * size // 2, int(share * size)
        version[start : start + length] = noise(length, number)
        versions.append(bytes(version))
    made = {}
    for number, data in enumerate(versions, 1):
        with shop.running(name=f"set {number}") as writer, closing(DeltaKeeper(writer)) as keeper:
            fill(writer, {})
            if number == 1:
                content = put_large(writer, data) if size > 1 << 17 else put(writer, data)
            else:
                below = writer.ask.content(number - 1)
                assert below is not None
                content = keep(writer, keeper, below, (versions[number - 2], data))
            assert content == number
            writer.group.opened.append(row(b"file", content, 1, number, len(data)))
            shop.complete(writer)
        made[number] = data
    return made


def remove(shop: Workshop, *numbers: int) -> Pruned:
    with closing(shop.writer()) as writer:
        return prune(writer, numbers)


def taken(shop: Workshop) -> int:
    """Return the bytes that contents take."""
    files = [path for path in shop.home.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files if path.suffix in {".pack", ""})


def check(shop: Workshop, wanted: dict[int, bytes]) -> None:
    for number, data in wanted.items():
        assert read(shop, number) == data
    assert shop.rows("PRAGMA integrity_check") == [("ok",)]
    assert shop.rows("PRAGMA foreign_key_check") == []
    assert shop.rows("SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["in packs", "files of their own"])
def test_what_is_left_of_a_long_chain_is_stored_whole(shop: Workshop, size: int) -> None:
    made = generations(shop, size, 6)
    before, files = taken(shop), descriptors()
    done = remove(shop, 1, 2, 3, 4, 5)
    assert (done.flattened, done.contents) == (1, 5)
    assert shop.rows("SELECT id, basis, chain FROM contents") == [(6, None, 0)]
    assert done.freed_bytes > 1.5 * size and taken(shop) < before - 1.5 * size
    check(shop, {6: made[6]})
    assert descriptors() == files
    shop.run({b"after": b"this"}, name="after")
    check(shop, {6: made[6]})


def test_what_stands_on_it_goes_on_standing_there(shop: Workshop) -> None:
    made = generations(shop, LARGE, 6)
    assert remove(shop, 1, 2, 3, 4).flattened == 1
    assert shop.rows("SELECT id, basis FROM contents ORDER BY id") == [(5, None), (6, 5)]
    check(shop, {number: made[number] for number in (5, 6)})


def test_a_chain_that_would_save_little_stays(shop: Workshop) -> None:
    made = generations(shop, LARGE, 6, share=0.01)
    done = remove(shop, 1, 2, 3, 4, 5)
    assert (done.flattened, done.contents) == (0, 0)
    assert shop.rows("SELECT max(chain) FROM contents") == [(5,)]
    check(shop, {6: made[6]})


def test_a_basis_that_is_shared_is_no_reason(shop: Workshop) -> None:
    """It would stay, for the other one."""
    made = generations(shop, LARGE, 2)
    with shop.running(name="side") as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(1)
        assert below is not None
        side = edited(made[1], [("overwrite", 0.2, 400_000)])
        number = keep(writer, keeper, below, (made[1], side))
        writer.group.opened.append(row(b"side", number, 1, 3, len(side)))
        shop.complete(writer)
    assert remove(shop, 1).flattened == 0
    check(shop, {2: made[2], 3: side})


def test_a_basis_that_a_set_shows_is_not_dead(shop: Workshop) -> None:
    made = generations(shop, LARGE, 6)
    assert remove(shop, 2, 3, 4, 5).flattened == 1  # four deltas go
    assert shop.rows("SELECT id, basis FROM contents ORDER BY id") == [(1, None), (6, None)]
    check(shop, {1: made[1], 6: made[6]})


def test_contents_shrink_as_the_copy_they_stand_on_did(shop: Workshop) -> None:
    generations(shop, LARGE, 4)
    shop.execute("UPDATE contents SET stored = stored / 4 WHERE id = 1")
    with closing(shop.writer()) as writer:
        whole = chains.weights(writer.db, 4).whole
    assert LARGE / 4 <= whole < LARGE / 4 + 1000


def test_what_is_sealed_is_left_to_those_who_have_the_key(shop: Workshop) -> None:
    generations(shop, LARGE, 6)
    shop.execute("UPDATE contents SET cipher = 1 WHERE id = 1")
    assert remove(shop, 1, 2, 3, 4, 5).flattened == 0


def test_without_room_for_both_nothing_is_stored_anew(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = generations(shop, LARGE, 6)
    real = os.statvfs(shop.home)

    def full(path: str) -> os.statvfs_result:
        return os.statvfs_result((*real[:3], *(0,) * 2, *real[5:]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "statvfs", full)
        assert remove(shop, 1, 2, 3, 4, 5).flattened == 0
    check(shop, {6: made[6]})
    assert remove(shop).flattened == 1
    check(shop, {6: made[6]})


def test_a_chain_that_is_damaged_stays_as_it_is(shop: Workshop) -> None:
    generations(shop, LARGE, 6)
    ((name, place),) = shop.rows("SELECT digest, place FROM contents WHERE id = 1")
    with open(shop.layout.large(name, place), "r+b") as file:
        file.seek(LARGE // 2)
        file.write(b"damage")
    assert remove(shop, 1, 2, 3, 4, 5).flattened == 0
    assert shop.rows("SELECT count(*) FROM contents") == [(6,)]


def test_figures_of_the_newest_set_are_not_touched(shop: Workshop) -> None:
    generations(shop, LARGE, 6)
    query = "SELECT new_files, delta_files, new_bytes, stored_bytes FROM backup_sets"
    before = shop.rows(f"{query} WHERE number = 6")
    remove(shop, 1, 2, 3, 4, 5)
    assert shop.rows(query) == before


@pytest.mark.guard(120)
def test_the_end_at_any_step_harms_nothing_and_the_next_purge_finishes(
    shop: Workshop, tmp_path: Path
) -> None:
    made = generations(shop, LARGE // 4, 6)
    (shop.home / ".reserve").unlink()  # only weighs on the copies
    reached, stride = 0, counts(3, 1)
    while True:
        now = Workshop(tmp_path / "now")
        shutil.rmtree(now.base, ignore_errors=True)
        shutil.copytree(shop.base, now.base)
        if not ends_at(partial(remove, now, 1, 2, 3, 4, 5), 1 + reached * stride):
            break
        assert read(now, 6) == made[6]
        left = [number for (number,) in now.rows("SELECT number FROM backup_sets")]
        remove(now, *(set(left) - {6}))
        assert now.rows("SELECT id, basis, chain FROM contents") == [(6, None, 0)]
        check(now, {6: made[6]})
        reached += 1
    assert reached * stride > 20
