"""Slices of directories as bytes, from friends and from strangers."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import OPEN, Entry, Listed, RemoteProtocolError
from tardis.protocol import listing
from tardis.protocol.listing import ENTRY, is_component, iter_listing, parse_stat

U32 = st.integers(0, (1 << 32) - 1)
I64 = st.integers(-(1 << 63), (1 << 63) - 1)
SIGNED = {"size", "mtime", "ctime", "inode", "rdev"}
"""Fields of 64 bits; the server keeps them as signed numbers."""

NAMES = st.binary(min_size=1, max_size=255).filter(is_component)

NUMBERS = Listed._fields[: Listed._fields.index("name")]


@st.composite
def listed(draw: st.DrawFn) -> Listed:
    fields = [draw(I64 if name in SIGNED else U32) for name in NUMBERS]
    return Listed._make((*fields, draw(NAMES), 0, None, None))


def packed(one: Listed) -> bytes:
    """Return *one* as the client packs it: 64-bit fields but the times are unsigned there."""
    unsigned = one._replace(
        size=one.size % (1 << 64), inode=one.inode % (1 << 64), rdev=one.rdev % (1 << 64)
    )
    return ENTRY.pack(*unsigned[: len(NUMBERS)], len(one.name)) + one.name


@given(st.lists(listed(), max_size=5, unique_by=lambda one: one.name))
def test_a_listing_is_read_as_it_was_packed(entries: list[Listed]) -> None:
    entries.sort(key=lambda one: one.name)
    assert list(iter_listing(b"".join(map(packed, entries)))) == entries


@given(listed())
def test_a_state_is_an_entry_without_a_name(one: Listed) -> None:
    bare = one._replace(name=b"")
    assert parse_stat(packed(bare)) == bare


@given(listed())
def test_what_is_restored_is_the_same_on_the_wire_and_in_a_row(one: Listed) -> None:
    entry = Entry(one.name, *one[:12], None, None, None, 1, OPEN)
    told = listing.restored(packed(one))
    assert len(told) == 40 and told == listing.restored_of(entry)
    other = entry._replace(mode=entry.mode ^ 1)
    assert listing.restored_of(other) != told
    assert listing.restored_of(entry._replace(inode=5, ctime=7, nlink=3)) == told


@pytest.mark.parametrize("change", [{"mode": -1}, {"uid": 1 << 32}, {"size": 1 << 63}])
def test_numbers_that_none_can_have_are_nothing(change: dict[str, Any]) -> None:
    entry = Entry(b"a", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, None, None, None, 1, OPEN)
    assert listing.restored_of(entry)
    assert listing.restored_of(entry._replace(**change)) == b""


@pytest.mark.parametrize("length", [0, ENTRY.size - 1, ENTRY.size + 1])
def test_a_state_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(RemoteProtocolError, match="wrong length"):
        parse_stat(bytes(length))


def entry(name: bytes) -> bytes:
    return packed(Listed(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, name))


@pytest.mark.parametrize(
    "names",
    [
        [b"b", b"a"],
        [b"a", b"a"],
        [b""],
        [b"."],
        [b".."],
        [b"a/b"],
        [b"a\0b"],
        [b"x" * 363],
    ],
)
def test_impossible_names_are_refused(names: list[bytes]) -> None:
    with pytest.raises(RemoteProtocolError, match="impossible name"):
        list(iter_listing(b"".join(map(entry, names))))


@given(st.integers(1, 200))
def test_a_cut_listing_is_refused_after_what_is_whole(cut: int) -> None:
    whole = entry(b"a") + entry(b"b" * 100)
    found = []
    with pytest.raises(RemoteProtocolError):
        for one in iter_listing(whole[: max(ENTRY.size + 1, len(whole) - cut)] + b"\0"):
            found.append(one.name)
    assert found in ([b"a"], [b"a", b"b" * 100])


@given(st.binary(max_size=300))
def test_noise_is_refused_or_read(noise: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert all(is_component(one.name) for one in iter_listing(noise))


def test_a_name_of_255_bytes_is_a_name() -> None:
    assert is_component(b"x" * 255)
    assert is_component(b"...")


def test_where_a_range_ends_is_part_of_what_is_hashed() -> None:
    ranges = [
        (b"", None, b""),
        (b"", b"", b""),
        (b"", b"a", b""),
        (b"a", None, b""),
        (b"", None, b"a"),
    ]
    joined = {b"".join(listing.fingerprint_parts(1, *one)) for one in ranges}
    joined.add(b"".join(listing.fingerprint_parts(2, b"", None, b"")))
    assert len(joined) == len(ranges) + 1


def test_the_level_of_looking_is_that_of_each_entry() -> None:
    (found,) = iter_listing(entry(b"a"), 7)
    assert (found.capture, found.xattrs) == (7, None)


@pytest.mark.parametrize(("mode", "is_regular"), [(0o100644, True), (0o40755, False), (0, False)])
def test_the_kind_of_a_row_is_in_its_first_bytes(mode: int, is_regular: bool) -> None:
    assert (
        listing.is_regular(packed(Listed._make((mode, *[0] * 12, b"a", 0, None, None))))
        == is_regular
    )
