"""Files with holes: only what is not a hole is read.

Where data lies is asked of the open file, and rounded to whole blocks of 4 KiB, so that
the answer has as few extents as the bytes between holes allow.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from tardis.model import SEGMENT
from tardis.streams import Extent, pack_extents

from .reading import Open, read_fully

GRAIN: Final = 4096
"""Bytes; holes begin and end at multiples of it."""

ZEROS: Final = bytes(SEGMENT)
"""What `iter_filled` yields for a segment that is all hole: this object, not just its like."""

_BLOCK: Final = 512
"""Bytes that `st_blocks` counts in, on every file system."""

_NO_ANSWER: Final = {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}


class Section(NamedTuple):
    """A segment of a file with holes.

    Attributes:
        packed: As `pack_extents` makes it; of `iter_filled` the plain bytes.
        data_bytes: Bytes in it that are no hole.
        end: Where its last extent ends.
    """

    packed: bytes
    data_bytes: int
    end: int


def find_extents(file: Open) -> Iterator[Extent] | None:
    """Return (offset, length) of all that is no hole in *file*; None when it has no hole.

    Raises:
        OSError: The file system cannot say.
    """
    size = file.before.st_size
    if file.before.st_blocks * _BLOCK >= size:
        return None
    extents = _iter_extents(file.descriptor, size)
    first = next(extents, None)
    if first is None:
        return iter(())
    return None if first == (0, size) else chain((first,), extents)


def iter_sections(file: Open, extents: Iterable[Extent]) -> Iterator[Section]:
    """Yield the segments of *file*; it ends early where the file ends by now.

    Raises:
        OSError: The bytes cannot be read.
    """
    places: list[Extent] = []
    parts: list[bytes] = []
    room, end = SEGMENT, 0
    for start, length in extents:
        offset, left = start, length
        while left:
            wanted = min(room, left)
            data = read_fully(file.descriptor, offset, wanted)
            if data:
                places.append((offset, len(data)))
                parts.append(data)
                offset, left, room = offset + len(data), left - len(data), room - len(data)
                end = offset
            is_cut = len(data) < wanted
            if places and (is_cut or not room):
                yield Section(pack_extents(places, parts), SEGMENT - room, end)
                places, parts, room = [], [], SEGMENT
            if is_cut:
                return
    if places:
        yield Section(pack_extents(places, parts), SEGMENT - room, end)


def iter_filled(file: Open, extents: Iterable[Extent]) -> Iterator[Section]:
    """Yield the plain bytes of *file*, `SEGMENT` each and the last one less.

    Segments in which no data lies are not read.  It ends early where the file ends by now.

    Raises:
        OSError: The bytes cannot be read.
    """
    rest, behind = iter(extents), file.before.st_size
    start, left = next(rest, (behind, 0))
    for offset in range(0, behind, SEGMENT):
        end, data_bytes = min(offset + SEGMENT, behind), 0
        while start < end and left:
            inside = min(left, end - start)
            data_bytes += inside
            start, left = start + inside, left - inside
            if not left:
                start, left = next(rest, (behind, 0))
        if data_bytes or os.fstat(file.descriptor).st_size < end:
            data = read_fully(file.descriptor, offset, end - offset)
        else:
            data = ZEROS if end - offset == SEGMENT else ZEROS[: end - offset]
        if data:
            yield Section(data, min(data_bytes, len(data)), offset + len(data))
        if offset + len(data) < end:
            return


def size_reached(file: Open, end: int) -> int:
    """Return how long *file* is to be called once it was read, with data up to *end*."""
    return max(end, min(file.before.st_size, os.fstat(file.descriptor).st_size))


def _iter_extents(descriptor: int, size: int) -> Iterator[Extent]:
    begin = end = 0
    while end < size:
        found = _next_data(descriptor, end, size)
        if found is None:
            break
        start, behind = found
        if start > end:
            if end > begin:
                yield begin, end - begin
            begin = start
        end = behind
    if end > begin:
        yield begin, end - begin


def _next_data(descriptor: int, offset: int, size: int) -> tuple[int, int] | None:
    """Return where data begins and ends at or behind *offset*, None when there is none."""
    try:
        start = os.lseek(descriptor, offset, os.SEEK_DATA)
        behind = os.lseek(descriptor, start, os.SEEK_HOLE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        if error.errno in _NO_ANSWER:
            return offset, size
        raise
    if start >= size:
        return None
    behind = max(behind, start + 1)
    return start // GRAIN * GRAIN, min(-(-behind // GRAIN) * GRAIN, size)
