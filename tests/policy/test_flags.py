"""File flags as bytes and as letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Flags, flag_letters, pack_flags, unpack_flags


@given(st.integers(0, 2**32 - 1))
def test_what_is_kept_comes_back_and_nothing_else(flags: int) -> None:
    packed = pack_flags(flags)
    assert unpack_flags(packed) == flags & Flags.KEPT
    assert len(packed) == (4 if flags & Flags.KEPT else 0)


@given(st.binary(max_size=9))
def test_strange_bytes_are_some_flags_that_are_kept(stored: bytes) -> None:
    assert unpack_flags(stored) & ~Flags.KEPT == 0


@pytest.mark.parametrize(
    ("flags", "letters"), [(0, ""), (0x10, "i"), (0x80_0060, "adC"), (0x8_0000 | 0x40, "d")]
)
def test_flags_have_the_letters_of_lsattr(flags: int, letters: str) -> None:
    assert flag_letters(flags) == letters


def test_each_special_sort_is_among_those_that_are_kept() -> None:
    for sort in (Flags.LOCKS, Flags.EARLY, Flags.COMMON, Flags.ROOTS):
        assert sort & ~Flags.KEPT == 0
    assert (flag_letters(Flags.LOCKS), flag_letters(Flags.EARLY)) == ("ia", "cmC")
    assert (flag_letters(Flags.COMMON), flag_letters(Flags.ROOTS)) == ("SiadA", "iaj")
