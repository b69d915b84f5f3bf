"""Owners, modes and times of what is restored, set through descriptors.

The order matters: changing the owner clears set-id bits, so the mode follows it; and
every change moves times, so these come last.
"""

import grp
import os
import pwd
import stat
from collections import Counter
from collections.abc import Mapping
from typing import Final

from tardis.model import Reader

_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
_SECOND_NS: Final = 10**9

OWNER_NOT_ROOT: Final = "owned by you, for only root can give files away"
OWNER_FAILED: Final = "not given to their owner, which the system refused"
SET_ID_CLEARED: Final = "without the set-user-id or set-group-id bit, which needs root"


class Owners:
    """Says which numbers owners have on this machine: by name, else the number stored.

    Args:
        reader: Where the names of the numbers are asked for, once for each set.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[int, dict[tuple[bool, int], int]] = {}

    def here(self, number: int, uid: int, gid: int) -> tuple[int, int]:
        """Return user and group on this machine for those of set *number*."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = _numbers_here(self._reader.owners(number))
        return known.get((False, uid), uid), known.get((True, gid), gid)


class Attributes:
    """Sets owner, mode and times of what this process may set.

    Attributes:
        notes: How often something could not be set, by sentence.
    """

    def __init__(self, owners: Owners) -> None:
        self.notes: Counter[str] = Counter()
        self._owners = owners
        self._uid = os.geteuid()
        self._gid = os.getegid()
        self._is_root = self._uid == 0

    def own(
        self, place: int | bytes, number: int, uid: int, gid: int, folder: int | None = None
    ) -> bool:
        """Give *place* away: a descriptor, a path, or a symbolic link's name in *folder*.

        Returns:
            Whether it now belongs to whom it should.
        """
        uid, gid = self._owners.here(number, uid, gid)
        if not self._is_root:
            if (uid, gid) != (self._uid, self._gid):
                self.notes[OWNER_NOT_ROOT] += 1
            return (uid, gid) == (self._uid, self._gid)
        try:
            if folder is None:
                os.chown(place, uid, gid)
            else:
                os.chown(place, uid, gid, dir_fd=folder, follow_symlinks=False)
        except (OSError, OverflowError):
            self.notes[OWNER_FAILED] += 1
            return False
        return True

    def finish(
        self, place: int | bytes, number: int, wanted: tuple[int, int, int], mtime: tuple[int, int]
    ) -> None:
        """Set *wanted* (mode, user, group) and *mtime* (seconds, nanoseconds), in this order.

        Args:
            place: Descriptor, or a path of `specials.held`.
            number: Backup set that they come from.
            wanted: Owner first, since that clears set-id bits.
            mtime: At last, since all else may move it.

        Raises:
            OSError: Mode or time cannot be set.
        """
        mode = stat.S_IMODE(wanted[0])
        is_owned = self.own(place, number, wanted[1], wanted[2])
        if mode & _SET_ID and not (self._is_root and is_owned):
            self.notes[SET_ID_CLEARED] += 1
            mode &= ~_SET_ID
        os.chmod(place, mode)
        stamp = stamp_ns(*mtime)
        os.utime(place, ns=(stamp, stamp))

    def finish_link(
        self, name: bytes, folder: int, number: int, row: tuple[int, int, int, int]
    ) -> None:
        """Set *row* (user, group, seconds, nanoseconds) of the symbolic link *name*.

        A link has no mode of its own.

        Raises:
            OSError: The time cannot be set.
        """
        uid, gid, seconds, nanoseconds = row
        self.own(name, number, uid, gid, folder)
        stamp = stamp_ns(seconds, nanoseconds)
        os.utime(name, ns=(stamp, stamp), dir_fd=folder, follow_symlinks=False)


def stamp_ns(seconds: int, nanoseconds: int) -> int:
    """Return a file time as one number."""
    return seconds * _SECOND_NS + nanoseconds


def _numbers_here(names: Mapping[tuple[bool, int], bytes]) -> dict[tuple[bool, int], int]:
    """Return stored number to this machine's, where a name says that they differ."""
    numbers = {}
    for (is_group, number), name in names.items():
        here = _group(name) if is_group else _user(name)
        if here is not None and here != number:
            numbers[is_group, number] = here
    return numbers


def _user(name: bytes) -> int | None:
    try:
        return pwd.getpwnam(os.fsdecode(name)).pw_uid
    except (KeyError, ValueError):
        return None


def _group(name: bytes) -> int | None:
    try:
        return grp.getgrnam(os.fsdecode(name)).gr_gid
    except (KeyError, ValueError):
        return None
