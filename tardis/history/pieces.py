"""What is made of an entry that is no directory."""

from operator import itemgetter
from typing import Final, NamedTuple

from .attributes import Wanted

pick: Final = itemgetter(0, 1, 2, 3, 4, 5, 6, 14, 15, 12, 19)
"""Makes a `Piece`, as a plain tuple, of an `Entry`."""


class Piece(NamedTuple):
    """What is to be made: the fields of an `Entry` that matter for it."""

    name: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    mtime_ns: int
    content: int | None
    target: bytes | None
    rdev: int
    xattrs: bytes | None


def wanted_of(piece: Piece) -> Wanted:
    """Return what *piece* gets beside its content."""
    times = (piece.mtime, piece.mtime_ns)
    return Wanted(piece.mode, piece.uid, piece.gid, *times, piece.xattrs or b"")
