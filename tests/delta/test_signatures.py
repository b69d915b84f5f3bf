import struct

import pytest

from tardis.delta import CLASSIC, MODERN, block_size, check_signature, signature_size, style_of
from tardis.model import DeltaError
from tests.delta.shapes import noise, signature_of


@pytest.mark.parametrize(
    ("size", "block"),
    [
        (0, 4096),
        (1, 4096),
        (4 << 30, 4096),
        ((4 << 30) + 1, 8192),
        (8 << 30, 8192),
        (1 << 40, 1 << 20),
    ],
)
def test_blocks_grow_so_that_there_are_never_more_than_a_million(size: int, block: int) -> None:
    assert block_size(size) == block
    assert -(-size // block) <= 1 << 20


def test_classic_blocks_have_2048_bytes_as_long_as_there_are_not_too_many() -> None:
    assert {block_size(size, CLASSIC) for size in (0, 1 << 20, 2 << 30)} == {2048}
    assert block_size((2 << 30) + 1, CLASSIC) == 4096
    assert block_size(1 << 40, CLASSIC) == 1 << 20


def test_each_scheme_has_its_style() -> None:
    assert [style_of(scheme) for scheme in ("classic", "modern")] == [CLASSIC, MODERN]


@pytest.mark.parametrize("style", [MODERN, CLASSIC])
@pytest.mark.parametrize("size", [0, 1, 2048, 4096, 4097, 100_000])
def test_the_length_of_a_signature_is_known_beforehand(size: int, style: tuple[int, int]) -> None:
    chosen = MODERN if style == MODERN else CLASSIC
    signature = signature_of(noise(size), chosen)
    assert len(signature) == signature_size(size, chosen)
    check_signature(signature, size, chosen)


def test_a_signature_is_less_than_one_percent_of_its_basis() -> None:
    assert signature_size(2 << 30) * 100 <= 2 << 30


@pytest.mark.parametrize(
    "head",
    [
        pytest.param((0x72730136, 4096, 16), id="other sums"),
        pytest.param((0x72730236, 4096, 16), id="a delta"),
        pytest.param((0x72730147, 1, 16), id="blocks of one byte"),
        pytest.param((0x72730147, 0, 16), id="no blocks"),
        pytest.param((0x72730147, 0xFFFFFFFF, 16), id="one huge block"),
        pytest.param((0x72730147, 4096, 1), id="sums of one byte"),
        pytest.param((0x72730147, 4096, 32), id="sums that are too long"),
    ],
)
def test_a_signature_with_another_head_is_refused(head: tuple[int, int, int]) -> None:
    good = signature_of(noise(100_000))
    with pytest.raises(DeltaError, match="other sums"):
        check_signature(struct.pack(">III", *head) + good[12:], 100_000)


@pytest.mark.parametrize("change", [-1, 1, 20, -20])
def test_a_signature_of_another_length_is_refused(change: int) -> None:
    good = signature_of(noise(100_000))
    bad = good + bytes(change) if change > 0 else good[:change]
    with pytest.raises(DeltaError, match="cannot have"):
        check_signature(bad, 100_000)


def test_nothing_is_no_signature() -> None:
    with pytest.raises(DeltaError):
        check_signature(b"", 0)
