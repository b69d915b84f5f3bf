"""Holes are found and not read, whatever the file system says of them."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.crypto import HoledDigester, digest
from tardis.model import SEGMENT
from tardis.scan import ZEROS, Body, Filesystems, FolderReader, Open, Range
from tardis.scan.holes import GRAIN, find_extents, iter_filled, iter_sections, size_reached
from tardis.streams import ExtentOrder
from tests.scan.trees import walk

KEY = bytes(range(32))
Islands = dict[int, bytes]


class Desk:
    """A file with holes, open."""

    def __init__(self, place: Path) -> None:
        self.file = place / "file"
        self._open: list[int] = []

    def write(self, size: int, islands: Islands) -> Open:
        with self.file.open("wb") as file:
            file.truncate(size)
            for offset, data in islands.items():
                file.seek(offset)
                file.write(data)
        (found,) = walk(self.file.parent)
        assert isinstance(found, Range)
        reader = FolderReader(found.path, found.directory, Filesystems([], lambda _: None), 0.0)
        opened = reader.open(b"file")
        self._open.append(opened.descriptor)
        reader.close()
        return opened

    def extents(self, size: int, islands: Islands) -> list[tuple[int, int]] | None:
        found = find_extents(self.write(size, islands))
        return None if found is None else list(found)

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.close()


def rebuilt(file: Open) -> tuple[dict[int, bytes], int]:
    """Return what the sections of a file hold, by place, and how many there are."""
    found, order, count = {}, ExtentOrder(), 0
    extents = find_extents(file)
    assert extents is not None
    for section in iter_sections(file, extents):
        places, begin = order.follow(section.packed)
        assert section.end == order.end
        assert section.data_bytes == len(section.packed) - begin
        for offset, length in places:
            found[offset] = section.packed[begin : begin + length]
            begin += length
        count += 1
    return found, count


def test_a_file_without_holes_has_none(desk: Desk) -> None:
    assert desk.extents(0, {}) is None
    assert desk.extents(300_000, {0: os.urandom(300_000)}) is None


def test_a_file_may_be_one_hole(desk: Desk) -> None:
    assert desk.extents(1 << 40, {}) == []
    assert rebuilt(desk.write(5, {})) == ({}, 0)


@pytest.mark.parametrize("size", [1 << 40, (1 << 40) + 17, 20 << 20])
def test_data_is_told_in_whole_blocks(desk: Desk, size: int) -> None:
    found = desk.extents(size, {5: b"a", 1 << 20: b"b" * GRAIN, (5 << 20) + GRAIN - 1: b"cc"})
    assert found == [(0, GRAIN), (1 << 20, GRAIN), (5 << 20, 2 * GRAIN)]


def test_a_file_may_end_in_data(desk: Desk) -> None:
    assert desk.extents((1 << 40) + 17, {(1 << 40) + 16: b"x"}) == [(1 << 40, 17)]


def test_a_large_file_goes_in_segments_of_data(desk: Desk) -> None:
    data = os.urandom(SEGMENT + GRAIN)
    file = desk.write(1 << 41, {0: b"a" * GRAIN, 1 << 30: data, 1 << 40: data})
    found, count = rebuilt(file)
    assert count == 3
    assert found[0] == b"a" * GRAIN
    assert b"".join(part for at, part in found.items() if 0 < at < 1 << 40) == data
    assert b"".join(part for at, part in found.items() if at >= 1 << 40) == data
    assert size_reached(file, max(found)) == 1 << 41


def test_many_extents_need_no_list(desk: Desk) -> None:
    islands = {n * 4 * GRAIN: b"%08d" % n for n in range(600)}
    found, count = rebuilt(desk.write(1 << 30, islands))
    assert {at: part[:8] for at, part in found.items()} == islands
    assert count == -(-600 * GRAIN // SEGMENT)


def test_only_data_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = desk.write(1 << 40, {1 << 39: b"x"})
    read, pread = [0], os.pread

    def counted(descriptor: int, length: int, offset: int) -> bytes:
        read[0] += length
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", counted)
    rebuilt(file)
    assert read[0] == GRAIN


def test_a_file_that_shrinks_ends_where_it_ends(desk: Desk) -> None:
    file = desk.write(1 << 30, {0: b"a" * SEGMENT, 1 << 29: b"b" * SEGMENT})
    extents = find_extents(file)
    assert extents is not None
    os.truncate(desk.file, SEGMENT // 2)
    (section,) = iter_sections(file, [(0, SEGMENT), (1 << 29, SEGMENT)])
    assert (section.end, section.data_bytes) == (SEGMENT // 2, SEGMENT // 2)
    assert size_reached(file, section.end) == SEGMENT // 2
    os.truncate(desk.file, 0)
    assert list(iter_sections(file, [(0, SEGMENT)])) == []
    assert size_reached(file, 0) == 0


def test_a_file_that_grows_is_read_up_to_where_it_ended(desk: Desk) -> None:
    file = desk.write(1 << 30, {0: b"a"})
    extents = find_extents(file)
    assert extents is not None
    with desk.file.open("r+b") as more:
        more.seek(1 << 31)
        more.write(b"more")
    assert list(extents) == [(0, GRAIN)]
    assert size_reached(file, GRAIN) == 1 << 30


Seek = Callable[[int, int, int], int]


def answering(found: dict[int, int] | int) -> Seek:
    """Return a file system that fails with a number, or says what it says."""

    def seek(descriptor: int, offset: int, how: int) -> int:
        if isinstance(found, int):
            raise OSError(found, os.strerror(found))
        return found[how]

    return seek


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP])
def test_a_file_system_without_holes_gives_one_extent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    file = desk.write(1 << 30, {5 << 20: b"x"})
    monkeypatch.setattr(os, "lseek", answering(number))
    assert find_extents(file) is None
    monkeypatch.setattr(os, "lseek", answering({os.SEEK_DATA: 0, os.SEEK_HOLE: 1 << 30}))
    assert find_extents(file) is None


def test_other_failures_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = desk.write(1 << 30, {5 << 20: b"x"})
    monkeypatch.setattr(os, "lseek", answering(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        find_extents(file)


def test_nonsense_of_a_file_system_comes_to_an_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = desk.write(100 * GRAIN, {})
    answers = iter(range(1000))

    def seek(descriptor: int, offset: int, how: int) -> int:
        next(answers)
        return offset  # a hole and data at once

    monkeypatch.setattr(os, "lseek", seek)
    assert find_extents(file) is None
    monkeypatch.setattr(os, "lseek", answering({os.SEEK_DATA: 1 << 50, os.SEEK_HOLE: 1 << 51}))
    assert list(find_extents(file) or [1]) == []


def test_a_body_knows_size_digest_and_progress(desk: Desk) -> None:
    heard: list[int] = []
    body = Body(desk.write(1 << 40, {4096: b"x" * 4096}), KEY, heard.append)
    (segment,) = body.segments()
    wanted = HoledDigester(KEY)
    wanted.update(segment)
    assert (body.has_holes, body.size, body.data_bytes) == (True, 1 << 40, 4096)
    assert body.digest == wanted.digest(1 << 40)
    assert sum(heard) == 1 << 40


def test_a_body_without_holes_is_its_bytes(desk: Desk) -> None:
    data = os.urandom(SEGMENT + 5)
    heard: list[int] = []
    body = Body(desk.write(len(data), {0: data}), KEY, heard.append)
    assert b"".join(body.segments()) == data
    assert (body.has_holes, body.size, body.data_bytes) == (False, len(data), len(data))
    assert (body.digest, sum(heard)) == (digest(KEY, data), len(data))


def digest_of(file: Open) -> bytes:
    body = Body(file, KEY, lambda size: None)
    assert sum(map(len, body.segments())) >= 0
    return body.digest


def test_every_change_of_holes_changes_the_digest(desk: Desk) -> None:
    variants: list[tuple[int, Islands]] = [
        (1 << 30, {0: b"x" * 4096}),
        (1 << 30, {4096: b"x" * 4096}),
        (1 << 30, {0: b"x" * 4096, 1 << 20: bytes(4096)}),
        ((1 << 30) + 1, {0: b"x" * 4096}),
        (1 << 30, {}),
        (4096, {0: b"x" * 4096}),
    ]
    assert len({digest_of(desk.write(*one)) for one in variants}) == len(variants)
    assert digest_of(desk.write(*variants[0])) == digest_of(desk.write(*variants[0]))


FILLED: dict[str, tuple[int, Islands]] = {
    "one hole": ((5 << 20) + 3, {}),
    "data first and last": (9 << 20, {0: b"a" * GRAIN, (9 << 20) - 5: b"last"}),
    "across segments": (20 << 20, {(3 << 20) - 100: b"x" * (1 << 20), 7 << 20: b"y" * 9}),
    "many in one segment": (4 << 20, {at * 2 * GRAIN: b"z" * GRAIN for at in range(100)}),
}


@pytest.mark.parametrize("what", FILLED)
def test_holes_are_filled_with_zeros_that_are_not_read(desk: Desk, what: str) -> None:
    file = desk.write(*FILLED[what])
    body = Body(file, b"", lambda size: None)
    found = list(body.segments())
    plain = desk.file.read_bytes()
    assert b"".join(found) == plain and [len(one) for one in found[:-1]] == [SEGMENT] * (
        len(found) - 1
    )
    assert body.has_holes and body.digest == digest(b"", plain)
    assert body.size == len(plain)
    assert body.data_bytes == sum(size for _, size in find_extents(file) or ())
    empty = [number for number, one in enumerate(found) if one is ZEROS]
    whole = [at for at in range(len(plain) // SEGMENT) if not any(plain[at << 20 : at + 1 << 20])]
    assert empty == whole


def test_filling_ends_where_a_file_ends_by_now(desk: Desk) -> None:
    file = desk.write(10 << 20, {5 << 20: b"data"})
    os.truncate(desk.file, (3 << 20) + 5)
    found = list(iter_filled(file, find_extents(file) or ()))
    assert [len(one.packed) for one in found] == [SEGMENT] * 3 + [5]
    assert found[-1].end == (3 << 20) + 5
