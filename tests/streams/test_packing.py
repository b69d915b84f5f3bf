"""Plain values as bytes and back; strangers' claims cost nothing."""

import tracemalloc

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.streams import pack, unpack

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
)


@given(PLAIN)
def test_a_value_comes_back(value: object) -> None:
    assert unpack(pack(value)) == value
    assert unpack(memoryview(pack(value))) == value


def test_lists_come_back_as_tuples() -> None:
    assert unpack(pack([1, [2]])) == (1, (2,))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x92\x01",
        b"\x01\x01",
        b"\xa1\xff",
        msgpack.packb({1: 2}),
        b"\xd4\x01\x02",
        b"\x91" * 10_000,
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
    ],
)
def test_what_is_no_value_is_refused(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_list_may_be_too_long() -> None:
    assert unpack(pack((1, 2)), 2) == (1, 2)
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(pack((1, 2, 3)), 2)
