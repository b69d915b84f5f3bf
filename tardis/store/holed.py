"""Large contents of files with holes: zeros that are nowhere, and bytes that are proved."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from tardis.crypto import HoledDigester
from tardis.model import SEGMENT, IntegrityError, RawFile, StoredContent
from tardis.streams import ExtentOrder, parse_extents

from .large import SegmentFile

_ZEROS: Final = bytes(SEGMENT)


class HoledContent:
    """A content with holes, open for reading; see `model.Content`.

    Memory is taken for one segment, and for the places of all.

    Args:
        file: Its file, or the path of that.
        content: What the catalog says of it.
        key: The repository's digest key.

    Raises:
        IntegrityError: The file is absent, or is not that content.
    """

    def __init__(
        self, file: str | RawFile | SegmentFile, content: StoredContent, key: bytes
    ) -> None:
        self.size = content.size
        self._digest = content.digest
        self._key = key
        self._file = file if isinstance(file, SegmentFile) else SegmentFile(file, content)
        self.codec = self._file.codec
        self._offsets = self._file.offsets()[: self._file.count]
        self._last: tuple[int, bytes] = (-1, b"")

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        end = min(offset + length, self.size)
        found = bytearray(max(0, end - offset))
        number = max(bisect_right(self._offsets, offset) - 1, 0)
        while found and number < len(self._offsets) and self._offsets[number] < end:
            segment = self._segment(number)
            extents, place = parse_extents(segment)
            for start, size in extents:
                first, behind = max(start, offset), min(start + size, end)
                if first < behind:
                    skipped = place + first - start
                    part = segment[skipped : skipped + behind - first]
                    found[first - offset : behind - offset] = part
                place += size
            number += 1
        return bytes(found)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        end = 0
        for offset, piece in self.pieces():
            yield from _zeros(offset - end)
            yield piece
            end = offset + len(piece)
        yield from _zeros(self.size - end)

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        state, order = HoledDigester(self._key), ExtentOrder()
        for number in range(self._file.count):
            segment = self._segment(number)
            state.update(segment)
            extents, place = order.follow(segment)
            if order.end > self.size or extents[0][0] != self._offsets[number]:
                raise IntegrityError("a large content has extents where none can be")
            for offset, length in extents:
                yield offset, segment[place : place + length]
                place += length
        if state.digest(self.size) != self._digest:
            raise IntegrityError("a large content does not match its digest")

    def close(self) -> None:
        """See `model.Content.close`."""
        self._file.close()

    def _segment(self, number: int) -> bytes:
        if self._last[0] != number:
            self._last = (number, self._file.holed_segment(number))
        return self._last[1]


def _zeros(length: int) -> Iterator[bytes]:
    """Yield *length* zeros, at most 1 MiB at a time."""
    while length > 0:
        yield _ZEROS if length >= SEGMENT else bytes(length)
        length -= SEGMENT
