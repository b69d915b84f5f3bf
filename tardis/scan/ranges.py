"""Where a large directory is cut into ranges of names, so that little of it travels.

A cut depends on the names around it alone: a name that comes or goes moves no cut
elsewhere, and all other ranges keep their fingerprints.
"""

from collections.abc import Sequence
from typing import Final
from zlib import crc32

from tardis.protocol import listing

CUT_ONE_IN: Final = 512
"""One name in so many starts a range."""


def cut(names: Sequence[bytes]) -> list[int]:
    """Return the positions in *names*, sorted, at which ranges start; the first is 0."""
    starts = [0]
    if len(names) <= listing.SLICE_ENTRIES:
        return starts
    start = 0
    for position, name in enumerate(names):
        is_full = position - start >= listing.RANGE_ENTRIES
        if position and (is_full or crc32(name) % CUT_ONE_IN == 0):
            starts.append(position)
            start = position
    return starts
