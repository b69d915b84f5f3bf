"""Reading stored bytes: all of them, some of them, and again where it was cut off."""

import errno
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tardis.admin import check
from tardis.model import Observer
from tardis.store import Checked, Level, Reading, scrub
from tardis.store.scrub_state import FILE, ScrubState
from tests.delta.shapes import noise
from tests.store.holes import put_holed
from tests.store.test_deltas import store_first, store_next
from tests.store.workshop import BOX, Workshop, put_large, root, row
from tests.store.workshop import fill as fill_rows

LATER = noise(400_000)


class Stopped(Exception):
    """The reader was asked to stop."""


class Watcher(Observer):
    """Does something at each part that was read."""

    def __init__(self, act: Callable[[int], object]) -> None:
        self.parts: list[int] = []
        self._act = act

    def advanced(self, files: int, size_bytes: int) -> None:
        self.parts.append(size_bytes)
        self._act(len(self.parts))


def fill(shop: Workshop, count: int = 6) -> None:
    """Make a set of small contents, and one large content for each of some folders."""
    with shop.running() as writer:
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        writer.group.new_directories.append((writer.new_directory(), 1, 2, 0))
        for number in range(count):
            data = b"%d" % number * 200_000
            content = put_large(writer, data)
            writer.group.opened.append(row(b"f%d" % number, content, 1, 1, len(data)))
        root(writer)
        shop.complete(writer)


def read(shop: Workshop, observer: Observer | None = None, **wish: Any) -> Checked:
    """Read by this process alone, unless more are wished for."""
    return check(shop.place(), BOX, Reading(**{"processes": 1, **wish}), observer)


def large_files(shop: Workshop) -> list[Path]:
    return sorted(shop.home.glob("[0-9a-f][0-9a-f]/*"))


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)


def test_a_run_that_was_cut_off_goes_on_where_it_was(shop: Workshop) -> None:
    fill(shop)

    def stop(parts: int) -> None:
        if parts == 4:
            raise Stopped

    whole = sum(parts(shop))
    first = Watcher(stop)
    with pytest.raises(Stopped):
        read(shop, first)
    done = read(shop)
    assert done.read_before == sum(first.parts) and done.read_before + done.read_bytes == whole
    assert (read(shop).read_before, read(shop).read_bytes) == (0, whole), "a round begins anew"


def parts(shop: Workshop) -> list[int]:
    watcher = Watcher(lambda _: None)
    read(shop, watcher)
    return watcher.parts


def test_anew_forgets_what_was_read(shop: Workshop) -> None:
    fill(shop)
    whole = sum(parts(shop))
    state = ScrubState(str(shop.home))
    state.round_began = 1.0
    state.write()
    assert read(shop).read_before == whole
    state.write()
    assert read(shop, anew=True).read_before == 0


def test_what_has_grown_since_is_read_again(shop: Workshop) -> None:
    shop.run({b"a": b"1" * 1000})
    read(shop)
    state = ScrubState(str(shop.home))
    state.round_began = 1.0
    state.write()
    shop.run({b"a": b"1" * 1000, b"b": b"2" * 1000})
    assert read(shop).read_before == 0


def test_damage_is_told_again_by_the_run_that_goes_on(shop: Workshop) -> None:
    fill(shop)
    spoilt = large_files(shop)[0]
    flip(spoilt, 5000)

    count_of = len(parts(shop))

    def stop(count: int) -> None:
        if count == count_of:
            raise Stopped

    with pytest.raises(Stopped):
        read(shop, Watcher(stop))
    assert [one.kind for one in read(shop).findings] == ["data"]


def test_shares_come_round(shop: Workshop) -> None:
    fill(shop)
    whole = sum(parts(shop))
    (shop.home / FILE).unlink()
    seen = 0
    for _ in range(4):
        done = read(shop, percent=25)
        assert whole / 4 <= done.read_bytes < whole and done.read_before == 0
        seen += done.read_bytes
    state = ScrubState(str(shop.home))
    assert seen >= whole and sum(size for size, _ in state.parts.values()) == whole


def test_no_lock_is_held_while_it_reads(shop: Workshop) -> None:
    fill(shop)

    def write(_: int) -> None:
        with closing(sqlite3.connect(shop.layout.database, timeout=0)) as db:
            db.execute("BEGIN EXCLUSIVE")
            db.execute("INSERT OR REPLACE INTO settings VALUES ('x', 1)")
            db.execute("COMMIT")

    watcher = Watcher(write)
    assert read(shop, watcher).is_whole and len(watcher.parts) > 3


def test_a_backup_and_a_purge_meanwhile_are_no_damage(shop: Workshop) -> None:
    """What was removed or moved between the look at the catalog and at the bytes is not told."""
    fill(shop)
    spoilt = large_files(shop)

    def replace(count: int) -> None:
        if count == 1:
            for path in spoilt:
                path.unlink()
            shop.execute("DELETE FROM entries")
            shop.execute("DELETE FROM contents")

    done = read(shop, Watcher(replace))
    assert not done.at(Level.DAMAGE)


def test_several_processes_read_as_one(shop: Workshop) -> None:
    fill(shop, 12)
    for path in large_files(shop)[::3]:
        flip(path, 700)
    alone, crew = read(shop), read(shop, processes=3)
    assert {one.text for one in alone.findings} == {one.text for one in crew.findings}
    assert alone.read_bytes == crew.read_bytes and len(alone.touched) == 4


def test_several_processes_look_as_one(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shop, 12)
    shop.run({b"a": b"1" * 1000, b"b": b"2" * 1000})
    for path in large_files(shop)[::3]:
        flip(path, 20)
    (pack, *_) = shop.layout_packs()
    pack.write_bytes(pack.read_bytes()[:4200])
    alone = check(shop.place(), BOX)
    monkeypatch.setattr(scrub, "MANY", 0)
    assert check(shop.place(), BOX) == alone
    assert len(alone.findings) == 5 and alone.entries == 14 and alone.large == 12


def test_deltas_are_put_together(shop: Workshop) -> None:
    first = store_first(shop, LATER)
    second = store_next(shop, first, (LATER, LATER[:1000] + b"!" + LATER[1000:]))
    assert read(shop).is_whole
    ((pack, place),) = shop.rows("SELECT pack, place FROM contents WHERE id = ?", second)
    flip(Path(shop.layout.pack(pack)), place + 96 + 8)
    done = read(shop)
    assert [one.contents for one in done.findings] == [(second,)]


def test_files_with_holes_are_read(shop: Workshop) -> None:
    with shop.running() as writer:
        fill_rows(writer, {})
        number = put_holed(writer, 1 << 40, {0: LATER, 1 << 30: b"far away"})
        writer.group.opened.append(row(b"holes", number, 1, 1, 1 << 40))
        shop.complete(writer)
    assert read(shop).is_whole
    flip(large_files(shop)[0], 200)
    assert [one.kind for one in read(shop).findings] == ["data"]


def test_what_is_marked_and_whole_is_told(shop: Workshop) -> None:
    shop.run({b"a": b"1"})
    shop.execute("UPDATE contents SET is_damaged = 1")
    shop.execute("INSERT INTO unsettled VALUES (1, CAST('a' AS BLOB), 'damaged', 1)")
    kinds = [one.kind for one in read(shop).findings]
    assert "well" in kinds and read(shop).is_whole


def test_a_pace_is_kept(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    fill(shop)
    read(shop, rate=400_000, anew=True)
    plain = 6 * 200_000
    assert max(slept) == pytest.approx(plain / 400_000, rel=0.01)


def test_a_store_that_takes_no_notes_is_read_all_the_same(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tardis.store.scrub_state.replace_durably", refuse)
    done = read(shop)
    assert done.is_whole and [one.kind for one in done.findings] == ["state"]


def test_a_sector_that_cannot_be_read_costs_what_lies_there(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records before and behind it are looked at all the same."""
    shop.run({b"%d" % number: b"%d" % number * 3000 for number in range(8)})
    ((place,),) = shop.rows("SELECT place FROM contents WHERE id = 4")
    whole = os.preadv

    def preadv(descriptor: int, buffers: list[memoryview], offset: int) -> int:
        """Fail as the kernel does: short before the bad sector, then by an error."""
        if offset <= place < offset + len(buffers[0]):
            if offset == place:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            buffers = [buffers[0][: place - offset]]
        return whole(descriptor, buffers, offset)

    monkeypatch.setattr(os, "preadv", preadv)
    done = read(shop)
    assert [one.contents for one in done.at(Level.DAMAGE)] == [(4,)]
    assert "Input/output error" in done.at(Level.DAMAGE)[0].text
    assert [one.path for one in done.touched] == [b"top/3"]
