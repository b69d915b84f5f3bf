"""Packs are only appended to, beyond their real end, in groups that begin at a boundary."""

import errno
import itertools
import os
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import IntegrityError
from tardis.store import packs
from tardis.store.layout import Layout
from tardis.store.packs import PackReader, PackWriter
from tardis.store.records import GROUP_ALIGNMENT, HEADER, Kind, parse_header

HEAD = b"[Repository]\n"


def name(data: bytes) -> bytes:
    return data[:32].ljust(32, b"\0")


class Packs:
    """A pack directory and its writers."""

    def __init__(self, base: object) -> None:
        self.layout = Layout.of(str(base), "box")
        os.makedirs(self.layout.packs, exist_ok=True)
        self.numbers = itertools.count(1)

    def writer(self, last: tuple[int, int] = (0, 0)) -> PackWriter:
        return PackWriter(self.layout, last, lambda: next(self.numbers), HEAD)

    def size(self, number: int) -> int:
        return os.path.getsize(self.layout.pack(number))


@pytest.fixture
def made(tmp_path: object) -> Packs:
    return Packs(tmp_path)


def add(writer: PackWriter, data: bytes) -> tuple[int, int, int]:
    writer.begin_record()
    place = writer.append(Kind.DATA, 0, len(data), name(data), data)
    return writer.number, place, len(data)


def test_a_new_pack_begins_with_the_keys(made: Packs) -> None:
    writer = made.writer()
    add(writer, b"first")
    assert writer.seal() == {1: GROUP_ALIGNMENT + HEADER.size + 5}
    writer.close()
    with open(made.layout.pack(1), "rb") as file:
        data = file.read()
    record = parse_header(data)
    assert record.kind == Kind.KEYS
    assert data[HEADER.size : HEADER.size + record.stored] == HEAD


def test_what_was_sealed_can_be_read(made: Packs) -> None:
    writer, reader = made.writer(), PackReader(made.layout)
    places = [add(writer, b"content %d" % number) for number in range(10)]
    writer.seal()
    for number, place in enumerate(places):
        record, payload = reader.record(*place)
        assert payload == b"content %d" % number and record.digest == name(payload)
    writer.close()
    reader.close()


def test_every_group_begins_at_a_boundary(made: Packs) -> None:
    writer = made.writer()
    for _ in range(3):
        _, place, _ = add(writer, b"x" * 5000)
        assert place % GROUP_ALIGNMENT == 0
        assert writer.seal() == {1: place + HEADER.size + 5000}
    writer.close()


def test_a_pack_of_its_committed_length_is_gone_on_with(made: Packs) -> None:
    writer = made.writer()
    first = add(writer, b"first")
    lengths = writer.seal()
    writer.close()
    writer = made.writer((1, lengths[1]))
    second = add(writer, b"second")
    assert (second[0], second[1] % GROUP_ALIGNMENT) == (1, 0)
    writer.seal()
    writer.close()
    reader = PackReader(made.layout)
    assert [reader.record(*one)[1] for one in (first, second)] == [b"first", b"second"]
    reader.close()


@pytest.mark.parametrize("change", [+7, -7])
def test_a_pack_of_another_length_gets_nothing_more(made: Packs, change: int) -> None:
    writer = made.writer()
    add(writer, b"first")
    length = writer.seal()[1]
    writer.close()
    os.truncate(made.layout.pack(1), length + change)
    writer = made.writer((1, length))
    assert add(writer, b"second")[0] == 2
    writer.seal()
    writer.close()
    assert made.size(1) == length + change


def test_a_pack_that_is_gone_is_not_made_again(made: Packs) -> None:
    writer = made.writer((1, 500))
    assert writer.number == 1 and next(made.numbers) == 2
    writer.close()
    made.numbers = itertools.count(8)
    writer = made.writer((7, 500))
    assert writer.number == 8 and not os.path.exists(made.layout.pack(7))
    writer.close()


def test_a_directory_that_is_gone_is_trouble(made: Packs) -> None:
    os.rmdir(made.layout.packs)
    with pytest.raises(FileNotFoundError):
        made.writer()


def test_packs_that_killed_runs_left_are_passed_over_however_many(made: Packs) -> None:
    for number in range(1, 2001):
        with open(made.layout.pack(number), "wb") as file:
            file.write(b"dead")
    writer = made.writer()
    assert writer.number == 2001
    writer.close()


def test_an_empty_pack_that_a_killed_run_left_is_used(made: Packs) -> None:
    with open(made.layout.pack(1), "wb"):
        pass
    writer = made.writer()
    assert writer.number == 1
    writer.close()


def test_a_full_pack_is_closed_and_the_next_one_begun(
    made: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 10_000)
    writer = made.writer()
    places = [add(writer, b"%d" % number * 3000) for number in range(6)]
    assert sorted({number for number, _, _ in places}) == [1, 2, 3]
    lengths = writer.seal()
    assert lengths == {number: made.size(number) for number in (1, 2, 3)}
    assert len(lengths) == 3
    reader = PackReader(made.layout)
    for number, place in enumerate(places):
        assert reader.record(*place)[1] == b"%d" % number * 3000
    reader.close()
    writer.close()


def test_what_was_not_sealed_is_not_written_by_closing(made: Packs) -> None:
    writer = made.writer()
    add(writer, b"first")
    length = writer.seal()[1]
    add(writer, b"second")
    writer.close()
    assert made.size(1) == length


def test_short_writes_are_finished(made: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(descriptor: int, parts: Sequence[bytes]) -> int:
        return os.write(descriptor, bytes(parts[0])[:100])

    monkeypatch.setattr(os, "writev", short)
    writer = made.writer()
    place = add(writer, b"data" * 1000)
    assert writer.seal()[1] == made.size(1)
    writer.close()
    reader = PackReader(made.layout)
    assert reader.record(*place)[1] == b"data" * 1000
    reader.close()


def test_a_full_disk_leaves_a_dead_tail_that_nobody_appends_to(
    made: Packs, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = made.writer()
    add(writer, b"first")
    length = writer.seal()[1]

    def full(descriptor: int, parts: Sequence[bytes]) -> int:
        os.write(descriptor, b"".join(parts)[:10])
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "writev", full)
        add(writer, b"second")
        with pytest.raises(OSError, match="full"):
            writer.seal()
    writer.close()
    assert made.size(1) == length + 10
    writer = made.writer((1, length))
    assert writer.number == 2
    writer.close()


def test_much_is_written_in_large_pieces(made: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    whole = os.writev

    def counted(descriptor: int, parts: Sequence[bytes]) -> int:
        calls.append(len(parts[0]))
        return whole(descriptor, parts)

    monkeypatch.setattr(os, "writev", counted)
    writer = made.writer()
    for number in range(1000):
        add(writer, b"%d" % number * 1000)
    writer.seal()
    assert len(calls) <= 4 and sum(calls) == made.size(1)
    writer.close()


DAMAGES = {
    "another place": (0, 1, 0),
    "less": (0, 0, -1),
    "more": (0, 0, +1),
    "a pack that is not there": (5, 0, 0),
    "a place before the beginning": (0, -(1 << 20), 0),
    "a place far behind the end": (0, 1 << 50, 0),
    "more than any record": (0, 0, 1 << 40),
    "less than nothing": (0, 0, -1000),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_record_that_is_not_there_is_said_so(made: Packs, what: str) -> None:
    writer = made.writer()
    right = add(writer, b"record" * 10)
    writer.seal()
    writer.close()
    reader = PackReader(made.layout)
    number, place, stored = (a + b for a, b in zip(right, DAMAGES[what], strict=True))
    with pytest.raises(IntegrityError):
        reader.record(number, place, stored)
    assert reader.record(*right)[1] == b"record" * 10
    reader.close()


def test_every_damaged_byte_of_a_header_is_found(made: Packs) -> None:
    """The bytes behind it are proved by their digest, by who asked for them."""
    writer = made.writer()
    right = add(writer, b"record")
    writer.seal()
    writer.close()
    path = made.layout.pack(1)
    with open(path, "rb") as file:
        good = file.read()
    for place in range(right[1], right[1] + HEADER.size):
        broken = bytearray(good)
        broken[place] ^= 0x55
        with open(path, "wb") as file:
            file.write(broken)
        reader = PackReader(made.layout)
        with pytest.raises(IntegrityError):
            reader.record(*right)
        reader.close()


def test_only_a_few_packs_stay_open(made: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 1)
    writer = made.writer()
    places = [add(writer, b"%d" % number) for number in range(40)]
    writer.seal()
    writer.close()
    reader = PackReader(made.layout)
    for _ in range(2):
        for number, place in enumerate(places):
            assert reader.record(*place)[1] == b"%d" % number
    assert len(reader._open) <= 16
    reader.close()


@given(st.lists(st.lists(st.binary(max_size=9000), max_size=8), max_size=5), st.booleans())
def test_whatever_is_sealed_comes_back(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], reopens: bool
) -> None:
    made = Packs(tmp_path_factory.mktemp("packs"))
    writer, places, last = made.writer(), [], (0, 0)
    for group in groups:
        places += [(add(writer, data), data) for data in group]
        last = max(writer.seal().items())
        if reopens:
            writer.close()
            writer = made.writer(last)
    writer.close()
    reader = PackReader(made.layout)
    for place, data in places:
        assert reader.record(*place)[1] == data
    reader.close()
