"""The sum of what a run has walked, and what of it came to be recorded otherwise.

Ranges are added as the walk finds them.  Where a file changed while it was read, vanished, or
could not be read, the set shows something else; that is told beside the sum, so that whoever
adds up the rows of the set again knows what was seen in their place.
"""

from typing import Final

from tardis.crypto import SetSum
from tardis.protocol import listing
from tardis.scan import HEADER, Claims, Range, Read
from tardis.streams import pack

VERSION: Final = 1
MOST_BYTES: Final = 512 << 10
"""Bytes of what is told beside a sum; where there is more, there is no sum."""

ALONE: Final = b"/"
"""Where the range of a root starts that is no directory: no name can."""

_COST: Final = 20
_CLAIM: Final = slice(68, 72)
_ENTERED: Final = bytes(4)
_NOT_ENTERED: Final = listing.NOT_ENTERED.to_bytes(4, "little")

Change = tuple[bytes, bytes, bytes | None]
"""(path of a directory, row as the walk found it, row as it is recorded) of an entry.

The recorded row is empty for an entry that vanished, None where an older one may have stayed.
Without a row as it was found the directory could not be listed, nor what is below it.
"""


class Summing:
    """Adds up one run.

    Args:
        total: To which is added.

    Attributes:
        claims: Of the walk.
    """

    def __init__(self, total: SetSum) -> None:
        self._total = total
        self._changes: list[Change] = []
        self._room = MOST_BYTES
        self._tops: dict[bytes, bytes] = {}
        self._alone: dict[tuple[bytes, bytes], bytes] = {}
        self._stored = self._top = self._last = b""
        self._is_fresh = False
        self.claims = Claims()

    def root(self, stored: bytes) -> None:
        """Begin a root; what is walked next lies there. *stored* is its path in the store."""
        self._stored, self._is_fresh = stored, True

    def add(self, found: Range) -> None:
        """Add a range that was walked."""
        rows = found.rows
        if found.start or found.end is not None or len(rows) > listing.SLICE_ENTRIES:
            rows = sorted(rows, key=_name)
        if self.claims.has_several:
            rows = [_without_claim(row) for row in rows]
        blob = b"".join(rows)
        if found.is_alone:
            self._alone[found.path, rows[0][HEADER:]] = self._stored
            self._is_fresh = False
            self._total.add(self._stored, ALONE, blob)
            return
        self._enter(found.path)
        self._last = found.path
        self._total.add(self._key(found.path, self._top), found.start, blob)
        if found.has_lost:
            self._room = -1

    def skip(self, path: bytes) -> None:
        """Note a directory that could not be listed, or not to its end."""
        self._enter(path)
        if path == self._last:
            self._room = -1  # some of it was added
        else:
            self._note(self._key(path, self._top), b"", None)

    def read(self, found: Range, position: int, read: Read) -> None:
        """Note a file that was otherwise when it was read."""
        row, state = found.rows[position], read.state
        now = b"".join((state[:44], row[44:48], state[48:72], row[72:]))
        self.change(found, row, now)

    def change(self, found: Range, row: bytes, now: bytes | None) -> None:
        """Note an entry that is not recorded as it was walked; see `Change`."""
        alone = self._alone.get((found.path, row[HEADER:])) if found.is_alone else None
        self._note(self._path_of(found.path) if alone is None else alone, row, now)

    def told(self) -> bytes:
        """Return what is kept of the sum; it says so where there is none."""
        if self._room < 0:
            return pack((VERSION, b"", ()))
        return pack((VERSION, self._total.told(), self._changes))

    def _enter(self, path: bytes) -> None:
        if self._is_fresh:
            self._is_fresh = False
            self._top = path
            self._tops[path] = self._stored

    def _key(self, path: bytes, top: bytes) -> bytes:
        """Return the path in the store of *path*, below the root whose path is *top*."""
        rest = path[len(top) :].strip(b"/")
        stored = self._tops[top].rstrip(b"/")
        return stored + b"/" + rest if rest else stored

    def _path_of(self, path: bytes) -> bytes:
        """Return the path in the store of a directory that was walked, whenever that was."""
        tops = [
            top for top in self._tops if path == top or path.startswith(top.rstrip(b"/") + b"/")
        ]
        return self._key(path, max(tops, key=len))

    def _note(self, path: bytes, row: bytes, now: bytes | None) -> None:
        self._room -= len(path) + len(row) + len(now or b"") + _COST
        if self._room < 0:
            self._changes = []
        else:
            self._changes.append((path, row, now))


def _name(row: bytes) -> bytes:
    return row[HEADER:]


def _without_claim(row: bytes) -> bytes:
    """Return *row* without what tells apart two places of one run; the store has none of it."""
    if row[_CLAIM] in (_ENTERED, _NOT_ENTERED):
        return row
    return row[:68] + _ENTERED + row[72:]
