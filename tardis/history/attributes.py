"""Owners, attributes, modes and times of what is restored, set through descriptors.

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
from typing import Final, NamedTuple

from tardis.model import Reader
from tardis.policy import ACLS, Flags

from .extended import (
    ACCESS,
    CAPABILITY,
    Extended,
    has_acl,
    mode_without_acl,
    remove_other_acls,
)
from .flags import set_flags, unlock, wanted_flags

_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
_SECOND_NS: Final = 10**9

OWNER_NOT_ROOT: Final = "owned by you, for only root can give files away"
OWNER_FAILED: Final = "not given to their owner, which the system refused"
MODE_FAILED: Final = "not given their permissions, which the file system refused"
SET_ID_CLEARED: Final = "without the set-user-id or set-group-id bit, which needs root"


class Wanted(NamedTuple):
    """What something gets: fields as in `model.Entry`; no attributes are no bytes."""

    mode: int
    uid: int
    gid: int
    mtime: int
    mtime_ns: int
    xattrs: bytes


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
        return self.one_here(number, False, uid), self.one_here(number, True, gid)

    def one_here(self, number: int, is_group: bool, owner: int) -> int:
        """Return one user or group on this machine for that of set *number*."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = _numbers_here(self._reader.owners(number))
        return known.get((is_group, owner), owner)


@dataclass(frozen=True, slots=True)
class Switches:
    """What of a file's metadata is restored.

    Attributes:
        times: When it was modified.
        perms: Owner, group and mode; else new files are made as by any other program.
        attrs: Extended attributes; capabilities only together with *perms*.
        acl: POSIX ACLs, also only together with *perms*.
    """

    times: bool = True
    perms: bool = True
    attrs: bool = True
    acl: bool = True

    def takes(self, name: bytes) -> bool:
        """Tell whether the attribute *name* is restored."""
        if name in ACLS:
            return self.perms and self.acl
        return self.attrs and (self.perms or name != CAPABILITY)

    def mode_of(self, place: int | bytes | None, mode: int, packed: bytes) -> int:
        """Return the mode for what had *mode* and the attributes *packed*, ACLs or not.

        Args:
            place: What is there already and keeps its ACL if it has one; None for what
                is new and gets none.
            mode: As stored.
            packed: As stored.
        """
        if self.acl or not packed or (place is not None and has_acl(place)):
            return mode
        return mode_without_acl(mode, packed)


EVERYTHING: Final = Switches()
NOTHING: Final = Switches(times=False, perms=False, attrs=False, acl=False)


class Attributes:
    """Sets owner, attributes, mode and times of what this process may set.

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
        self._extended = Extended(self.notes, owners.one_here, switches.takes)
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
        wanted: Wanted,
        *,
        inherits: bool,
        is_new: bool = True,
    ) -> str:
        """Set what is *wanted*, in the order in which nothing undoes what was set before.

        What is new and does not get its mode gets that of any other new file.

        Args:
            place: Descriptor, or a path of `specials.held`.
            number: Backup set that it comes from.
            wanted: Owner first, since that clears set-id bits and capabilities; then
                attributes, which need not be allowed by the mode; times at last.
            inherits: Where it was made may have given it ACLs.
            is_new: This run made it.

        Returns:
            What could not be set of its attributes, empty when all is well.

        Raises:
            OSError: Mode or time cannot be set.
        """
        if not is_new and isinstance(place, int) and self._flags(wanted.xattrs) & Flags.LOCKS:
            unlock(place)
        if self._switches.perms:
            kept = None if is_new else place
            mode = self._switches.mode_of(kept, stat.S_IMODE(wanted.mode), wanted.xattrs)
            trouble = self._permit(place, number, wanted, mode, inherits=inherits)
        else:
            trouble = self._extend(place, number, wanted, is_owned=False)
            if is_new:
                os.chmod(place, (0o777 if stat.S_ISDIR(wanted.mode) else 0o666) & ~self._mask)
        if wanted.xattrs and isinstance(place, int):
            self._set_flags(place, wanted.xattrs, Flags.KEPT & ~Flags.LOCKS)
        if self._switches.times:
            stamp = stamp_ns(wanted.mtime, wanted.mtime_ns)
            os.utime(place, ns=(stamp, stamp))
        return trouble

    def begin(self, file: int, packed: bytes) -> None:
        """Set the flags in *packed* that say how the bytes of an empty file are written.

        What is made in a directory inherits them; `finish` says which cannot be set.
        """
        wanted = self._flags(packed) & Flags.EARLY
        if wanted:
            set_flags(file, wanted, Flags.EARLY)

    def lock(self, file: int, packed: bytes) -> None:
        """Make an open file immutable or append only, if *packed* says so: the last of all."""
        if packed:
            self._set_flags(file, packed, Flags.LOCKS)

    def _flags(self, packed: bytes) -> int:
        """Return the flags in *packed*, none when they are not to be set."""
        return (wanted_flags(packed) or 0) if self._switches.attrs else 0

    def _set_flags(self, file: int, packed: bytes, among: int) -> None:
        wanted = wanted_flags(packed) if self._switches.attrs else None
        note = set_flags(file, wanted, among) if wanted is not None else ""
        if note:
            self.notes[note] += 1

    def are_set(self, place: bytes, found: os.stat_result, number: int, wanted: Wanted) -> bool:
        """Tell whether `finish` would leave all but the time of *found* as it is.

        Args:
            place: Its path; *found* is what was found there.
            found: Of no symbolic link.
            number: Backup set that it comes from.
            wanted: What it should have.
        """
        if not self._extended.are_set(place, number, wanted.xattrs, is_root=self._is_root):
            return False
        if not self._switches.perms:
            return True
        mode = self._switches.mode_of(place, stat.S_IMODE(wanted.mode), wanted.xattrs)
        if not self._is_root:
            return stat.S_IMODE(found.st_mode) == mode & ~_SET_ID
        is_owned = (found.st_uid, found.st_gid) == self._owners.here(number, wanted.uid, wanted.gid)
        return is_owned and stat.S_IMODE(found.st_mode) == mode

    def _permit(
        self, place: int | bytes, number: int, wanted: Wanted, mode: int, *, inherits: bool
    ) -> str:
        """Set all but the time, *mode* at last; return what could not be set."""
        is_owned = self.own(place, number, wanted.uid, wanted.gid)
        if inherits and self._switches.acl:
            remove_other_acls(place, wanted.mode, wanted.xattrs)
        trouble = self._extend(place, number, wanted, is_owned=is_owned and self._is_root)
        if wanted.xattrs and ACCESS in self._extended.lost:
            mode = mode_without_acl(mode, wanted.xattrs)
        if mode & _SET_ID and not (self._is_root and is_owned):
            self.notes[SET_ID_CLEARED] += 1
            mode &= ~_SET_ID
        try:
            os.chmod(place, mode)
        except PermissionError:  # as on FAT, which keeps none
            self.notes[MODE_FAILED] += 1
        return trouble

    def _extend(self, place: int | bytes, number: int, wanted: Wanted, *, is_owned: bool) -> str:
        if not wanted.xattrs:
            return ""
        return self._extended.set(place, number, wanted.xattrs, is_owned=is_owned)

    def finish_link(self, name: bytes, folder: int, number: int, wanted: Wanted) -> str:
        """Set what is *wanted* of the symbolic link *name*, which has no mode of its own.

        Returns:
            What could not be set of its attributes, empty when all is well.

        Raises:
            OSError: The time cannot be set.
        """
        if self._switches.perms:
            self.own(name, number, wanted.uid, wanted.gid, folder)
        trouble = ""
        if wanted.xattrs:
            place = b"/proc/self/fd/%d/%s" % (folder, name)
            trouble = self._extended.set(place, number, wanted.xattrs, is_owned=False, is_link=True)
        if self._switches.times:
            stamp = stamp_ns(wanted.mtime, wanted.mtime_ns)
            os.utime(name, ns=(stamp, stamp), dir_fd=folder, follow_symlinks=False)
        return trouble


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
