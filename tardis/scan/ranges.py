"""Ranges of a directory's entries, and where a large directory is cut into them.

A cut depends on the names around it alone: a name that comes or goes moves no cut
elsewhere, and all other ranges keep their fingerprints.
"""

import stat
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple
from zlib import crc32

from tardis.protocol import listing

Identity = tuple[int, int, int]
"""(file system id, inode, claim) of a directory."""

CUT_ONE_IN: Final = 512
"""One name in so many starts a range."""

_KIND: Final = 0o170000
_REGULAR, _LINK = stat.S_IFREG, stat.S_IFLNK
_MODE: Final = struct.Struct("<I")
"""How a row begins."""

_HEADER: Final = listing.ENTRY.size
_NLINK: Final = 10
"""Where the link count stands among the fields of a row."""


class Range(NamedTuple):
    """The entries [start, end) of one directory.

    Attributes:
        directory: Whose.
        path: Of the directory.
        start: First name the range could hold, empty: from the beginning.
        end: First name behind it, None: to the end.
        rows: Each entry as `listing.ENTRY` and its name, sorted by name.
        links: Positions of symbolic links.
        files: How many are regular files.
        linked: How many of these have several names.
        size_bytes: Plain bytes of these.
        attributes: Packed extended attributes by position, where they have been read.
        has_lost: Names by which it was cut were gone when they were looked at.
    """

    directory: Identity
    path: bytes
    start: bytes
    end: bytes | None
    rows: list[bytes]
    links: tuple[int, ...]
    files: int
    linked: int
    size_bytes: int
    attributes: Mapping[int, bytes] = MappingProxyType({})
    has_lost: bool = False

    @property
    def is_alone(self) -> bool:
        """Whether it is a root that is no directory, within the directory that names it."""
        return self.end == self.start + b"\0"


PAUSE: Final = Range((0, 0, 0), b"", b"", None, [], (), 0, 0, 0)
"""Comes once where a walk that is ahead of its key cannot go on without it."""


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


def cut_range(whole: Range, seal: Callable[[bytes], bytes] | None) -> Iterator[Range]:
    """Yield a directory that was looked at in one go as the ranges it is told in.

    Args:
        whole: All of it, sorted by name.
        seal: What names are sealed by: then ranges, and what they hold, are in the order of
            sealed names.
    """
    rows = whole.rows
    if len(rows) <= listing.SLICE_ENTRIES:
        yield whole
        return
    names = [row[_HEADER:] for row in rows]
    if seal is not None:
        sealed = sorted(zip(map(seal, names), rows, strict=True))
        names, rows = [name for name, _ in sealed], [row for _, row in sealed]
    starts = cut(names)
    for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
        start = names[first] if first else b""
        end = names[behind] if behind < len(names) else None
        yield range_of(whole.directory, whole.path, (start, end), rows[first:behind])


def range_of(
    directory: Identity, path: bytes, borders: tuple[bytes, bytes | None], rows: list[bytes]
) -> Range:
    """Return *rows* as one range, counted."""
    files = linked = size_bytes = 0
    for row in rows:
        fields = listing.ENTRY.unpack_from(row)
        if fields[0] & _KIND == _REGULAR:
            files += 1
            linked += fields[_NLINK] > 1
            size_bytes += fields[3]
    return Range(
        directory, path, *borders, rows, positions_of_links(rows), files, linked, size_bytes
    )


def positions_of_links(rows: list[bytes]) -> tuple[int, ...]:
    """Return where in *rows* symbolic links stand."""
    return tuple(at for at, row in enumerate(rows) if mode_of(row) & _KIND == _LINK)


def mode_of(row: bytes) -> int:
    """Return ``st_mode`` of a row."""
    (mode,) = _MODE.unpack_from(row)
    return int(mode)
