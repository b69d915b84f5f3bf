"""Segments of a file with holes, as bytes: where data lies, then the data itself.

Layout, little-endian: ``count u32 · (offset u64, length u64) of each extent · their bytes,
one after another``.  A segment holds 1 MiB of data, the last one what is left; an extent
that does not fit goes on in the next segment.  Holes have no bytes anywhere.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from tardis.model import SEGMENT, IntegrityError

MOST_EXTENTS: Final = 1024
"""Extents of one segment at the most."""

_COUNT = struct.Struct("<I")
_EXTENT: Final = 16
HOLED_SEGMENT: Final = SEGMENT + _COUNT.size + MOST_EXTENTS * _EXTENT
"""Bytes of a whole segment at the most."""

_BEYOND: Final = 1 << 63

Extent = tuple[int, int]
"""(offset, length) of bytes that are no hole."""


def with_offsets(parts: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each of *parts* behind its offset in what they make together."""
    offset = 0
    for part in parts:
        yield offset, part
        offset += len(part)


def pack_extents(extents: Sequence[Extent], parts: Iterable[bytes]) -> bytes:
    """Return the segment of *extents*, whose bytes are *parts*."""
    places = struct.pack(f"<{2 * len(extents)}Q", *chain.from_iterable(extents))
    return b"".join((_COUNT.pack(len(extents)), places, *parts))


def parse_extents(segment: bytes) -> tuple[list[Extent], int]:
    """Return the extents of *segment*, and where their bytes begin in it.

    Raises:
        IntegrityError: They are none, too many, not in order, overlap, touch, lie beyond
            what a file can be, or are not as long as the bytes that follow.
    """
    count = _COUNT.unpack_from(segment)[0] if len(segment) >= _COUNT.size else 0
    begin = _COUNT.size + count * _EXTENT
    if not 0 < count <= MOST_EXTENTS or len(segment) < begin:
        raise IntegrityError("a segment with holes has an impossible number of extents")
    numbers = struct.unpack_from(f"<{2 * count}Q", segment, _COUNT.size)
    extents = list(zip(numbers[::2], numbers[1::2], strict=True))
    end, data_bytes = -1, 0
    for offset, length in extents:
        if offset <= end or not length:
            raise IntegrityError("the extents of a segment are not in order")
        end = offset + length
        data_bytes += length
    if end >= _BEYOND:
        raise IntegrityError("the extents of a segment lie beyond any file")
    if data_bytes != len(segment) - begin or data_bytes > SEGMENT:
        raise IntegrityError("the extents of a segment are not as long as its bytes")
    return extents, begin


class ExtentOrder:
    """Checks that segments follow each other as they must.

    Attributes:
        end: Where the last extent so far ends.
    """

    def __init__(self) -> None:
        self.end = 0
        self._is_last = False

    def follow(self, segment: bytes) -> tuple[list[Extent], int]:
        """Return what `parse_extents` does, if *segment* can come next.

        Raises:
            IntegrityError: It cannot, or nothing can follow the one before.
        """
        extents, begin = parse_extents(segment)
        if self._is_last or extents[0][0] < self.end:
            raise IntegrityError("the segments of a file with holes are not in order")
        self.end = sum(extents[-1])
        self._is_last = len(segment) - begin < SEGMENT
        return extents, begin
