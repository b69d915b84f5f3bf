"""Segments of files with holes: packed and parsed, and nothing impossible passes."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import SEGMENT, IntegrityError
from tardis.streams import (
    HOLED_SEGMENT,
    Extent,
    ExtentOrder,
    pack_extents,
    parse_extents,
    with_offsets,
)
from tardis.streams.extents import MOST_EXTENTS


def segment(*extents: Extent, data: bytes | None = None) -> bytes:
    """Pack *extents*, with as many bytes as they tell of unless *data* is given."""
    plain = bytes(sum(length for _, length in extents)) if data is None else data
    return pack_extents(extents, [plain])


def test_the_layout_is_fixed() -> None:
    packed = pack_extents([(4096, 2), (1 << 40, 3)], [b"ab", b"cde"])
    places = struct.pack("<IQQQQ", 2, 4096, 2, 1 << 40, 3)
    assert packed == places + b"abcde"
    assert parse_extents(packed) == ([(4096, 2), (1 << 40, 3)], len(places))


@given(st.lists(st.tuples(st.integers(1, 1 << 50), st.binary(min_size=1, max_size=9)), min_size=1))
def test_what_was_packed_is_parsed(gaps: list[tuple[int, bytes]]) -> None:
    extents, end = [], 0
    for gap, data in gaps:
        extents.append((end + gap, len(data)))
        end += gap + len(data)
    parts = [data for _, data in gaps]
    packed = pack_extents(extents, parts)
    found, begin = parse_extents(packed)
    assert found == extents and packed[begin:] == b"".join(parts)


IMPOSSIBLE = {
    "nothing": b"",
    "half a count": b"\1\0",
    "no extent": segment(),
    "a count without extents": struct.pack("<I", 3),
    "a huge count": struct.pack("<I", 0xFFFFFFFF) + bytes(100),
    "too many": segment(*((2 * n, 1) for n in range(MOST_EXTENTS + 1))),
    "an empty one": segment((0, 1), (5, 0)),
    "overlapping": segment((0, 5), (4, 5)),
    "touching": segment((0, 5), (5, 5)),
    "the same twice": segment((7, 5), (7, 5)),
    "backwards": segment((50, 5), (0, 5)),
    "negative": segment(((1 << 64) - 4096, 5)),
    "beyond any file": segment(((1 << 63) - 5, 5)),
    "an endless one": segment((0, (1 << 64) - 1), data=b"x"),
    "too little data": segment((0, 5), data=b"1234"),
    "too much data": segment((0, 5), data=b"123456"),
    "more than a MiB": segment((0, SEGMENT), (SEGMENT + 1, 1)),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_what_cannot_be_is_refused(what: str) -> None:
    with pytest.raises(IntegrityError):
        parse_extents(IMPOSSIBLE[what])
    with pytest.raises(IntegrityError):
        ExtentOrder().follow(IMPOSSIBLE[what])


@given(st.binary(max_size=80))
def test_noise_is_refused_or_adds_up(noise: bytes) -> None:
    try:
        extents, begin = parse_extents(noise)
    except IntegrityError:
        return
    assert pack_extents(extents, [noise[begin:]]) == noise


def test_as_many_extents_as_may_be_fit() -> None:
    most = segment(*((2 * n, 1) for n in range(MOST_EXTENTS)))
    assert len(parse_extents(most)[0]) == MOST_EXTENTS
    full = segment(
        (0, SEGMENT - MOST_EXTENTS + 1), *((2 * SEGMENT + 2 * n, 1) for n in range(1023))
    )
    assert len(parse_extents(full)[0]) == MOST_EXTENTS and len(full) == HOLED_SEGMENT


def test_an_extent_goes_on_in_the_next_segment() -> None:
    order = ExtentOrder()
    order.follow(segment((4096, SEGMENT)))
    assert order.end == 4096 + SEGMENT
    order.follow(segment((4096 + SEGMENT, SEGMENT - 5), (1 << 40, 5)))
    order.follow(segment(((1 << 40) + 5, 1)))
    assert order.end == (1 << 40) + 6


@pytest.mark.parametrize("begin", [0, 4096, 4095 + SEGMENT])
def test_segments_go_forwards(begin: int) -> None:
    order = ExtentOrder()
    order.follow(segment((4096, SEGMENT)))
    with pytest.raises(IntegrityError, match="order"):
        order.follow(segment((begin, SEGMENT)))


def test_only_the_last_segment_is_short() -> None:
    order = ExtentOrder()
    order.follow(segment((0, SEGMENT - 1)))
    with pytest.raises(IntegrityError, match="order"):
        order.follow(segment((2 * SEGMENT, 5)))


def test_parts_know_where_they_lie() -> None:
    assert list(with_offsets([b"abc", b"", b"de"])) == [(0, b"abc"), (3, b""), (3, b"de")]
