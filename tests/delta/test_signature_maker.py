"""A signature of pieces that are handed over is the one of the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.delta import MOST, SignatureMaker, check_signature, signature_size
from tests.delta.shapes import noise, signature_of


def made(pieces: list[bytes], size: int) -> bytes:
    maker = SignatureMaker(size)
    try:
        for piece in pieces:
            maker.add(piece)
        return maker.finish()
    finally:
        maker.close()


@given(st.lists(st.binary(max_size=9000), max_size=6))
def test_it_is_the_same_however_the_pieces_are_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    assert made(pieces, len(whole)) == signature_of(whole)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 3 << 20])
def test_it_is_as_long_as_it_must_be(size: int) -> None:
    signature = made([noise(size)], size)
    check_signature(signature, size)
    assert len(signature) == signature_size(size)


def test_it_may_be_given_up_at_any_moment() -> None:
    maker = SignatureMaker(100)
    maker.add(b"x" * 50)
    maker.close()
    maker.close()


@pytest.mark.parametrize("size", [1 << 20, 1 << 32, (1 << 32) + 1, 1 << 44, (1 << 63) - 1])
def test_no_signature_is_longer_than_the_longest(size: int) -> None:
    assert signature_size(size) <= MOST
