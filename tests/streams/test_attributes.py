import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.streams import pack, pack_attributes, unpack_attributes

NAMES = st.binary(min_size=1, max_size=255).filter(lambda name: b"\0" not in name)


@given(st.dictionaries(NAMES, st.binary(max_size=100), max_size=5))
def test_attributes_come_back_in_the_order_of_their_names(items: dict[bytes, bytes]) -> None:
    assert unpack_attributes(pack_attributes(items.items())) == tuple(sorted(items.items()))


def test_no_attributes_are_no_bytes() -> None:
    assert pack_attributes([]) == b""
    assert unpack_attributes(b"") == ()


@pytest.mark.parametrize(
    "value",
    [1, (1,), ((b"a",),), ((b"a", "b"),), (("a", b"b"),), ((b"", b"b"),), ((b"a\0", b"b"),),
     ((b"a" * 256, b"b"),)],
)  # fmt: skip
def test_what_is_no_attributes_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no extended attributes"):
        unpack_attributes(pack(value))


@given(st.binary(min_size=1, max_size=60))
def test_noise_is_refused_or_is_attributes(noise: bytes) -> None:
    try:
        items = unpack_attributes(noise)
    except ValueError:
        return
    assert all(isinstance(part, bytes) for item in items for part in item)
