"""Values as the kernel reads them: attributes, entries, listings; and how much a listing tells.

Listings are what a mount is asked for most.  They tell kinds and inode numbers, and all
attributes of directories, because who lists a tree goes on into these.  To tell those of files
as well costs several times as much, on both sides, so that is done only while they are being
asked for.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
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

    def wants_files(self) -> bool:
        """Return whether the next listing is to tell of files."""
        if self._is_large:
            self._told += 1
            if self._told % _PROBE:
                return True
            self._is_large = self._told == _PROBE or self._looked_at * _SHARE > self._listed
            self._listed = self._looked_at = 0
        return False

    def listed(self, count: int) -> None:
        """Hear that so many names were listed, without telling of files."""
        if self._listed > _RECENT and not self._is_large:
            self._listed //= 2
            self._looked_at //= 2
        self._listed += count


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
    if start >= len(folder.names) + len(_DOTS):
        return b""
    packers = _BARE if tell is None else _UNTOLD
    dots = [
        packers[len(name)](_NOWHERE, at, len(name), FOLDER_KIND, name)
        for at, name in enumerate(_DOTS[start:], start + 1)
    ]
    room = size - sum(map(len, dots))
    first = max(start - len(_DOTS), 0)
    some = slice(first, first + max(room, 0) // len(packers[1](0, 0, 0, 0, b"")))
    names, briefs = folder.names[some], folder.briefs[some]
    places: Sequence[int] = range(first, len(folder.names))
    if max(map(len, names), default=0) > NAME_MAX:  # no kernel takes these
        kept = [at for at, name in enumerate(names) if len(name) <= NAME_MAX]
        names, briefs = [names[at] for at in kept], [briefs[at] for at in kept]
        places = [places[at] for at in kept]
        if not kept:
            return listing(folder, some.stop + len(_DOTS), size, tell, files=files)
    parts = [
        packers[len(name)](inode, at + 3, len(name), mode >> 12 & 15, name)
        for at, name, (mode, inode) in zip(places, names, briefs, strict=False)
    ]
    if sum(map(len, parts)) > room:
        del parts[bisect_right(list(accumulate(map(len, parts))), room) :]
    if tell is not None:
        for index, (packed, (mode, _)) in enumerate(zip(parts, briefs, strict=False)):
            if files or mode >> 12 & 15 == FOLDER_KIND:
                parts[index] = tell(places[index]) + packed[ENTRY_OUT.size :]
    return b"".join(dots + parts)


def _fields(found: Attributes) -> tuple[int, ...]:
    mode, inode, nlink, uid, gid, size, rdev, modified, changed = found
    seconds, rest = divmod(modified, _NS)
    since, more = divmod(changed, _NS)
    return (
        *(inode, size & _U64, blocks(size) & _U64, seconds, seconds, since, rest, rest, more),
        *(mode & _U32, nlink & _U32, uid & _U32, gid & _U32, rdev & _U32, 0, 0),
    )
