"""Packs are emptied: what lives is moved as it is, and what is damaged is never lost unseen."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tardis.model import IntegrityError
from tardis.store import Pruned, prune, repacking
from tardis.store.catalog import mending, pruning
from tardis.store.packs import PackReader
from tardis.store.records import HEADER, parse_header
from tardis.store.repacking import Repacking
from tests.store.workshop import Workshop, fill, put, root, row, shown

SIZE = 5000
ONCE = {b"x%d" % one: b"X%d" % one * SIZE for one in range(9)}
KEPT = {b"a": b"A" * SIZE, b"b": b"B" * SIZE, b"c": b"C" * SIZE}


@pytest.fixture
def worn(shop: Workshop) -> Workshop:
    """A store with two sets, where most of the one pack is needed by the first alone."""
    shop.run(ONCE | KEPT, name="1")
    shop.run(KEPT, name="2")
    return shop


def remove(shop: Workshop, *numbers: int) -> Pruned:
    with closing(shop.writer()) as writer:
        return prune(writer, numbers)


def places(shop: Workshop) -> dict[int, tuple[int | None, int]]:
    """Return (pack, place) of every content."""
    rows = shop.rows("SELECT id, pack, place FROM contents")
    return {content: (pack, place) for content, pack, place in rows}


def of_file(shop: Workshop, name: bytes) -> int:
    ((content,),) = shop.rows("SELECT DISTINCT content FROM entries WHERE name = ?", name)
    return int(content)


def spoil(shop: Workshop, name: bytes, data: bytes = b"rubbish") -> int:
    """Write over the header of a file's record; return its content."""
    content = of_file(shop, name)
    pack, place = places(shop)[content]
    assert pack is not None
    with open(shop.layout.pack(pack), "r+b") as file:
        file.seek(place)
        file.write(data)
    return content


def mark(shop: Workshop, *contents: int) -> None:
    """Mark contents as damaged, as a repair does that cannot find their bytes."""
    with closing(shop.writer()) as writer:
        db = writer.writing_db
        db.execute("BEGIN IMMEDIATE")
        mending.mark_damaged(db, contents)
        mending.unsettle_damaged(db)
        db.execute("COMMIT")


def quarantine(shop: Workshop) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(shop.layout.quarantine).glob("*")}


def test_a_record_that_nobody_has_looked_at_keeps_its_pack(worn: Workshop) -> None:
    spoil(worn, b"a")
    done = remove(worn, 1)
    assert (done.damaged, done.moved, done.given_up) == (1, 0, 0)
    assert os.path.exists(worn.layout.pack(1)) and quarantine(worn) == {}
    with worn.reader() as reader, pytest.raises(IntegrityError):
        shown(reader, 2)


def test_what_is_marked_goes_to_the_quarantine_and_its_pack_goes(worn: Workshop) -> None:
    content = spoil(worn, b"b")
    _, place = places(worn)[content]
    left = Path(worn.layout.pack(1)).read_bytes()[place : place + HEADER.size + SIZE]
    mark(worn, content)
    done = remove(worn, 1)
    assert (done.damaged, done.moved, done.given_up) == (0, 2, 1)
    assert not os.path.exists(worn.layout.pack(1))
    assert quarantine(worn) == {f"1.pack+{place}": left}
    assert worn.rows("SELECT pack, place, is_damaged FROM contents WHERE id = ?", content) == [
        (None, 0, 1)
    ]
    assert worn.rows("SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]
    assert worn.rows("PRAGMA foreign_key_check") == []
    with worn.reader() as reader:
        with pytest.raises(IntegrityError):
            shown(reader, 2)
        found = reader.contents(places(worn))
        assert {reader.read_small(found[of_file(worn, name)]) for name in (b"a", b"c")} == {
            KEPT[b"a"],
            KEPT[b"c"],
        }


def test_the_live_file_heals_what_was_given_up(worn: Workshop) -> None:
    mark(worn, spoil(worn, b"b"))
    remove(worn, 1)
    worn.run(KEPT, name="3")
    with worn.reader() as reader:
        assert shown(reader, 2) == shown(reader, 3) == KEPT
    assert worn.rows("SELECT count(*) FROM contents WHERE is_damaged") == [(0,)]


def test_many_that_are_marked_are_given_up_together(worn: Workshop) -> None:
    mark(worn, *(spoil(worn, name) for name in KEPT))
    done = remove(worn, 1)
    assert (done.damaged, done.moved, done.given_up) == (0, 0, 3)
    assert len(quarantine(worn)) == 3 and list(worn.packs()) == ["3.pack"]  # of manifests


def test_of_a_pack_that_was_cut_off_what_is_there_is_kept(worn: Workshop) -> None:
    content = of_file(worn, b"c")
    pack, place = places(worn)[content]
    behind = [one for one, (_, at) in places(worn).items() if at >= place]
    os.truncate(worn.layout.pack(pack or 0), place + 50)
    mark(worn, *behind)
    remove(worn, 1)
    assert {name: len(data) for name, data in quarantine(worn).items()} == {f"1.pack+{place}": 50}
    assert not os.path.exists(worn.layout.pack(1))


def test_a_pack_that_is_away_is_waited_for(worn: Workshop) -> None:
    pack = Path(worn.layout.pack(1))
    pack.rename(pack.with_suffix(".away"))
    mark(worn, *(of_file(worn, name) for name in KEPT))
    done = remove(worn, 1)
    assert (done.damaged, done.moved, done.given_up) == (1, 0, 0)
    assert {where[0] for where in places(worn).values()} == {1}
    pack.with_suffix(".away").rename(pack)
    assert remove(worn).moved == 3  # the marks stay until a repair has read them
    with closing(worn.writer()) as writer:
        mending.unmark(writer.writing_db, places(worn))
    with worn.reader() as reader:
        assert shown(reader, 2) == KEPT


@contextmanager
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """Give (place, length) of what is read within."""
    seen: list[tuple[int, int]] = []
    whole = repacking._read

    def read(pack: int, place: int, length: int) -> bytes:
        seen.append((place, length))
        return whole(pack, place, length)

    with monkeypatch.context() as patch:
        patch.setattr(repacking, "_read", read)
        yield seen


def test_what_lies_together_is_moved_as_one_piece(
    worn: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reads(monkeypatch) as seen:
        assert remove(worn, 1).moved == 3
    assert len(seen) == 1 and seen[0][1] == 3 * (HEADER.size + SIZE)
    with worn.reader() as reader:
        assert shown(reader, 2) == KEPT


def test_what_is_damaged_in_a_piece_does_not_hold_the_others(
    worn: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(worn, spoil(worn, b"b"))
    with reads(monkeypatch) as seen:
        assert remove(worn, 1).moved == 2
    assert len(seen) == 1 + 3 + 1  # together, each alone, and what is left for the quarantine


def test_a_record_that_is_another_than_the_row_says_is_not_moved(worn: Workshop) -> None:
    first, second = (Path(worn.layout.pack(1)).read_bytes()[at:][: HEADER.size + SIZE] for at in (
        places(worn)[of_file(worn, name)][1] for name in (b"a", b"b")))  # fmt: skip
    spoil(worn, b"a", second)
    assert first != second and remove(worn, 1).damaged == 1


@pytest.mark.parametrize(
    "change", ["stored = 5", "stored = 1 << 40", "stored = -200", "place = -1"]
)
def test_rows_that_make_no_sense_move_nothing(worn: Workshop, change: str) -> None:
    worn.execute(f"UPDATE contents SET {change} WHERE id = ?", of_file(worn, b"a"))
    with closing(worn.writer()) as writer, closing(writer.new_packs()) as target:
        work = Repacking(writer)
        assert not work.empty(1, target) and work.damaged == 1


def test_no_record_begins_where_a_pack_is_full(
    worn: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 4096 + 2 * (HEADER.size + SIZE) - 1
    monkeypatch.setattr(repacking, "PACK_BYTES", most)
    monkeypatch.setattr("tardis.store.packs.PACK_BYTES", most)
    remove(worn, 1)
    found = places(worn)
    assert len({pack for pack, _ in found.values()}) == 2
    assert all(place < most for _, place in found.values())
    with worn.reader() as reader:
        assert shown(reader, 2) == KEPT


@pytest.mark.parametrize(("enough", "commits"), [(repacking.ENOUGH_BYTES, [4]), (1, [3, 1])])
def test_packs_with_little_left_share_a_commit(
    worn: Workshop, monkeypatch: pytest.MonkeyPatch, enough: int, commits: list[int]
) -> None:
    with worn.running(name="3") as writer:
        writer.packs.begin_pack()
        extra = {b"y%d" % one: b"Y%d" % one * SIZE for one in range(4)}
        fill(writer, KEPT | extra)
        worn.complete(writer)
    worn.run(KEPT | {b"y0": b"Y0" * SIZE}, name="4")
    seen = committed(monkeypatch)
    monkeypatch.setattr(repacking, "ENOUGH_BYTES", enough)
    assert remove(worn, 1, 2, 3).packs >= 2
    assert seen == commits
    with worn.reader() as reader:
        assert shown(reader, 4) == KEPT | {b"y0": b"Y0" * SIZE}


def committed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that will say how many contents each transaction has moved."""
    seen: list[int] = []
    whole = pruning.move_contents

    def move(db: sqlite3.Connection, moves: list[tuple[int, int, int]]) -> None:
        seen.append(len(moves))
        whole(db, moves)

    monkeypatch.setattr(pruning, "move_contents", move)
    return seen


def test_groups_are_committed_one_after_the_other(
    worn: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = committed(monkeypatch)
    monkeypatch.setattr(repacking, "GROUP_BYTES", SIZE)
    monkeypatch.setattr(repacking, "PIECE", SIZE)
    remove(worn, 1)
    assert seen == [1, 1, 1]
    with closing(PackReader(worn.layout)) as packs:
        for pack, place in places(worn).values():
            assert place % 4096 == 0  # each began a group of its own
            header = parse_header(packs.data(pack or 0, place, SIZE))
            assert header.stored == SIZE


def signatures(shop: Workshop) -> list[tuple[int, int, int, int]]:
    return shop.rows("SELECT * FROM signatures")


def test_signatures_are_moved_and_damaged_ones_are_forgotten(shop: Workshop) -> None:
    with shop.running() as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        writer.group.new_directories.append((writer.new_directory(), 1, 2, 0))
        for name in (b"a", b"b"):
            content = put(writer, name * SIZE)
            writer.group.opened.append(row(name, content, 1, 1, SIZE))
        root(writer)
        shop.complete(writer)
    for content, (pack, place) in places(shop).items():
        values = (content, pack, place, SIZE if content == 1 else SIZE + 1)
        shop.execute("INSERT INTO signatures VALUES (?, ?, ?, ?)", *values)
    with closing(shop.writer()) as writer, closing(writer.new_packs()) as target:
        work = Repacking(writer)
        assert work.empty(1, target)
        assert {pack for _, pack, _, _ in signatures(shop)} == {1}, "nothing is true yet"
        work.finish(target)
        number = target.number
    ((content, pack, place, _),) = signatures(shop)
    assert (content, pack) == (1, number)
    with closing(PackReader(shop.layout)) as packs:
        assert packs.record(pack, place, SIZE)[1] == b"a" * SIZE


def test_a_pack_without_needed_records_may_be_away(worn: Workshop) -> None:
    os.unlink(worn.layout.pack(1))
    worn.execute("PRAGMA foreign_keys = OFF")
    worn.execute("UPDATE contents SET pack = NULL")
    with closing(worn.writer()) as writer, closing(writer.new_packs()) as target:
        assert Repacking(writer).empty(1, target)


def test_forgetting_keeps_nothing_of_damaged_records(worn: Workshop) -> None:
    mark(worn, spoil(worn, b"b"))
    with closing(worn.writer()) as writer, closing(writer.new_packs()) as target:
        work = Repacking(writer, keeps_damaged=False)
        assert work.empty(1, target) and work.given_up == 0
        work.finish(target)
        assert work.given_up == 1
    assert quarantine(worn) == {}
