"""Values as the kernel reads them: attributes, entries, listings; and how much a listing tells.

Listings are what a mount is asked for most.  They tell kinds and inode numbers, and all
attributes of directories, because who lists a tree goes on into these.  To tell those of files
as well costs several times as much, on both sides, so that is done only while they are being
asked for.
"""

from collections.abc import Callable
from typing import Final

from .shown import Attributes, Folder, blocks
from .wire import ATTRIBUTES_OUT, ENTRY_OUT, FOLDER_KIND, NAME_MAX, packers_of

_NS: Final = 10**9
_U32: Final = (1 << 32) - 1
_U64: Final = (1 << 64) - 1
_DOTS: Final = (b".", b"..")
_NOWHERE: Final = _U32
"""Inode number of the dots, which nobody looks at, and which may not be 0."""

_BARE: Final = packers_of(0)
"""Packs a name of a listing, by its length."""

_UNTOLD: Final = packers_of(ENTRY_OUT.size)
"""The same where there could be attributes: the kernel asks for them if it needs them."""

_SHARE: Final = 8
"""One file in so many of those that were listed was looked at: then files are told of."""

_FEW: Final = 64
"""Files that are looked at without any listing, times the share, that mean nothing."""

_PROBE: Final = 16
"""While files are told of, those of one directory in so many are not, to see if they are needed."""

_RECENT: Final = 10_000
"""Files that count; what was listed before them fades."""

Tell = Callable[[int], bytes]
"""Packs the entry of the name at an index, which the kernel then knows."""


class Appetite:
    """Learns whether those who list directories look at the files in them, too."""

    def __init__(self) -> None:
        self._is_large = False
        self._listed = self._looked_at = self._told = 0

    def looked_at(self) -> None:
        """Hear that a file was asked for."""
        self._looked_at += 1
        if not self._is_large and self._looked_at * _SHARE > self._listed + _FEW:
            self._is_large, self._told = True, 0

    def wants_files(self, count: int) -> bool:
        """Return whether a listing of so many names is to tell of files."""
        if self._is_large:
            self._told += 1
            if self._told % _PROBE:
                return True
            self._is_large = self._told == _PROBE or self._looked_at * _SHARE > self._listed
            self._listed = self._looked_at = 0
        elif self._listed > _RECENT:
            self._listed //= 2
            self._looked_at //= 2
        self._listed += count
        return False


def attributes_out(found: Attributes, seconds: int) -> bytes:
    """Return attributes that hold for so many seconds."""
    return ATTRIBUTES_OUT.pack(seconds, 0, 0, *_fields(found))


def entry_out(number: int, found: Attributes, holds: tuple[int, int]) -> bytes:
    """Return an entry under its number.

    *holds* are the seconds for which its name, and its attributes, are to be believed.
    """
    return ENTRY_OUT.pack(number, 0, *holds, 0, 0, *_fields(found))


def listing(folder: Folder, start: int, size: int, tell: Tell | None, *, files: bool) -> bytes:
    """Return what of a listing fits.

    Args:
        folder: What is listed; before it come two dots.
        start: How many names the kernel has had.
        size: Bytes there is room for.
        tell: None for names, kinds and inode numbers alone.
        files: With attributes of files too, not of directories alone.
    """
    parts: list[bytes] = []
    names, briefs = folder.names, folder.briefs
    packers = _BARE if tell is None else _UNTOLD
    for at, dots in enumerate(_DOTS[start:], start + 1):
        parts.append(packers[len(dots)](_NOWHERE, at, len(dots), FOLDER_KIND, dots))
    room = size - sum(map(len, parts))
    for at in range(max(start - 2, 0), len(names)):
        name, (mode, inode) = names[at], briefs[at]
        length, kind = len(name), mode >> 12 & 15
        if length > NAME_MAX:  # no kernel takes it
            continue
        packed = packers[length](inode, at + 3, length, kind, name)
        room -= len(packed)
        if room < 0:
            break
        if tell is not None and (files or kind == FOLDER_KIND):
            packed = tell(at) + packed[ENTRY_OUT.size :]
        parts.append(packed)
    return b"".join(parts)


def _fields(found: Attributes) -> tuple[int, ...]:
    mode, inode, nlink, uid, gid, size, rdev, modified, changed = found
    seconds, rest = divmod(modified, _NS)
    since, more = divmod(changed, _NS)
    return (
        *(inode, size & _U64, blocks(size) & _U64, seconds, seconds, since, rest, rest, more),
        *(mode & _U32, nlink & _U32, uid & _U32, gid & _U32, rdev & _U32, 0, 0),
    )
