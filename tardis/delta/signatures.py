"""What a signature looks like, and the checks that come before it is used.

A signature is 12 bytes, big-endian ``magic u32 · block length u32 · sum length u32``, then
for each block of the basis a rolling sum of 4 bytes and a strong one.  Its length and all
three numbers follow from the size of the basis, so a signature that says anything else is
not the one that was asked for: short sums and tiny blocks are how forged ones do harm.
"""

import struct
from typing import Final, NamedTuple

from tardis.model import CLASSIC as CLASSIC_SCHEME
from tardis.model import DeltaError

SUM: Final = 16
"""Bytes of a strong sum."""

HEAD: Final = struct.Struct(">III")
"""Magic number, bytes of a block, bytes of a strong sum."""

ROW: Final = 4 + SUM
"""Bytes of both sums of a block."""

_BLOCKS: Final = 1 << 20
MOST: Final = HEAD.size + _BLOCKS * ROW
"""Bytes of a signature of any basis, in the modern style."""

SPREADS: Final = 4 << 20
"""Bytes of a basis from which it pays that several threads make signature and delta."""


class Style(NamedTuple):
    """Which sums a signature holds.

    Attributes:
        magic: Names the two kinds of sums.
        block: Bytes of a block in the signature of a basis of usual size.
    """

    magic: int
    block: int


MODERN: Final = Style(0x72730147, 4096)
"""RabinKarp and BLAKE2."""

CLASSIC: Final = Style(0x72730136, 2048)
"""The rolling sum of rsync, and MD4."""


def style_of(scheme: str) -> Style:
    """Return the style of a store's scheme, one of `model.SCHEMES`."""
    return CLASSIC if scheme == CLASSIC_SCHEME else MODERN


def block_size(size: int, style: Style = MODERN) -> int:
    """Return the bytes of a block in the signature of a basis of *size* bytes.

    4 KiB up to 4 GiB, in the classic style 2 KiB up to 2 GiB; from there on a multiple of it,
    for 2**20 blocks at the most.
    """
    return style.block * max(1, -(-size // (style.block * _BLOCKS)))


def signature_size(size: int, style: Style = MODERN) -> int:
    """Return the bytes of the signature of a basis of *size* bytes."""
    return HEAD.size + -(-size // block_size(size, style)) * ROW


def check_signature(signature: bytes, size: int, style: Style = MODERN) -> None:
    """Make sure that *signature* is one of a basis of *size* bytes.

    Raises:
        DeltaError: It is not, whatever it is.
    """
    if len(signature) != signature_size(size, style):
        raise DeltaError(f"a signature of {size} bytes cannot have {len(signature)}")
    if HEAD.unpack_from(signature) != (style.magic, block_size(size, style), SUM):
        raise DeltaError("a signature has other sums or blocks than were agreed")
