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
from dataclasses import dataclass
from typing import Final

from tardis.model import Reader

_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
_SECOND_NS: Final = 10**9

OWNER_NOT_ROOT: Final = "owned by you, for only root can give files away"
OWNER_FAILED: Final = "not given to their owner, which the system refused"
MODE_FAILED: Final = "not given their permissions, which the file system refused"
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


@dataclass(frozen=True, slots=True)
class Switches:
    """What of a file's metadata is restored.

    Attributes:
        times: When it was modified.
        perms: Owner, group and mode; else new files are made as by any other program.
    """

    times: bool = True
    perms: bool = True


EVERYTHING: Final = Switches()


class Attributes:
    """Sets owner, mode and times of what this process may set.

    Args:
        owners: Says whose numbers are meant.
        switches: What is not to be set.

    Attributes:
        notes: How often something could not be set, by sentence.
    """

    def __init__(self, owners: Owners, switches: Switches = EVERYTHING) -> None:
        self.notes: Counter[str] = Counter()
        self._owners = owners
        self._switches = switches
        self._mask = 0 if switches.perms else _umask()
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
        self,
        place: int | bytes,
        number: int,
        wanted: tuple[int, int, int],
        mtime: tuple[int, int],
        *,
        is_new: bool = True,
    ) -> None:
        """Set *wanted* (mode, user, group) and *mtime* (seconds, nanoseconds), in this order.

        What is new and does not get its mode gets that of any other new file.

        Args:
            place: Descriptor, or a path of `specials.held`.
            number: Backup set that they come from.
            wanted: Owner first, since that clears set-id bits.
            mtime: At last, since all else may move it.
            is_new: This run made it.

        Raises:
            OSError: Mode or time cannot be set.
        """
        if self._switches.perms:
            self._permit(place, number, wanted)
        elif is_new:
            os.chmod(place, (0o777 if stat.S_ISDIR(wanted[0]) else 0o666) & ~self._mask)
        if self._switches.times:
            stamp = stamp_ns(*mtime)
            os.utime(place, ns=(stamp, stamp))

    def are_set(self, found: os.stat_result, number: int, wanted: tuple[int, int, int]) -> bool:
        """Tell whether `finish` would leave mode and owner of *found* as they are."""
        if not self._switches.perms:
            return True
        mode = stat.S_IMODE(wanted[0])
        if not self._is_root:
            return stat.S_IMODE(found.st_mode) == mode & ~_SET_ID
        is_owned = (found.st_uid, found.st_gid) == self._owners.here(number, *wanted[1:])
        return is_owned and stat.S_IMODE(found.st_mode) == mode

    def _permit(self, place: int | bytes, number: int, wanted: tuple[int, int, int]) -> None:
        mode = stat.S_IMODE(wanted[0])
        is_owned = self.own(place, number, wanted[1], wanted[2])
        if mode & _SET_ID and not (self._is_root and is_owned):
            self.notes[SET_ID_CLEARED] += 1
            mode &= ~_SET_ID
        try:
            os.chmod(place, mode)
        except PermissionError:  # as on FAT, which keeps none
            self.notes[MODE_FAILED] += 1

    def finish_link(
        self, name: bytes, folder: int, number: int, row: tuple[int, int, int, int]
    ) -> None:
        """Set *row* (user, group, seconds, nanoseconds) of the symbolic link *name*.

        A link has no mode of its own.

        Raises:
            OSError: The time cannot be set.
        """
        uid, gid, seconds, nanoseconds = row
        if self._switches.perms:
            self.own(name, number, uid, gid, folder)
        if self._switches.times:
            stamp = stamp_ns(seconds, nanoseconds)
            os.utime(name, ns=(stamp, stamp), dir_fd=folder, follow_symlinks=False)


def stamp_ns(seconds: int, nanoseconds: int) -> int:
    """Return a file time as one number."""
    return seconds * _SECOND_NS + nanoseconds


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


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
