"""File flags, those of ``chattr``, of what is restored, set through descriptors.

What only root can set, or this file system does not have, is left out and counted.
"""

import errno
import fcntl
import os
import stat
import struct
from contextlib import suppress
from typing import Final

from tardis.policy import Flags, unpack_flags
from tardis.streams import unpack_attributes

FLAGS_NEED_ROOT: Final = "without file flags that need root"
FLAGS_NOT_HELD: Final = "without file flags that this file system does not have"
LOCKED: Final = "it is immutable or append only here; chattr -i -a lets it be changed"

_LONG: Final = struct.calcsize("l")
_GET: Final = 0x8000_6601 | _LONG << 16
_SET: Final = 0x4000_6602 | _LONG << 16
"""``FS_IOC_GETFLAGS`` and ``FS_IOC_SETFLAGS``; the number is an int in spite of their size.

Some rare processors number them in another way, and have no flags here.
"""

_JUST_LOOK: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DENIED: Final = frozenset({errno.EPERM, errno.EACCES})


def read_flags(file: int) -> int | None:
    """Return all flags of an open file; None where there is no such thing."""
    try:
        told = fcntl.ioctl(file, _GET, bytes(8))
    except OSError:
        return None
    return int.from_bytes(told[:4], "little")


def wanted_flags(packed: bytes) -> int | None:
    """Return the flags among the attributes *packed*, None when they tell of none."""
    if Flags.NAME not in packed:
        return None
    try:
        value = dict(unpack_attributes(packed)).get(Flags.NAME)
    except ValueError:
        return None
    return unpack_flags(value) if value is not None else None


def set_flags(file: int, wanted: int, among: int = Flags.KEPT) -> str:
    """Set the flags *among* of an open file as in *wanted*.

    Returns:
        What could not be, empty when all is as it should be.
    """
    found = read_flags(file)
    if found is None:
        return FLAGS_NOT_HELD if wanted & among else ""
    goal = (found & ~among) | (wanted & among)
    if goal == found:
        return ""
    number = _change(file, goal)
    if not number:
        return ""
    if number in _DENIED:
        _change(file, (goal & ~Flags.ROOTS) | (found & Flags.ROOTS))
        return FLAGS_NEED_ROOT
    for bit in _bits(found ^ goal):  # one that it has not must not keep the others away
        if not _change(file, (found & ~bit) | (goal & bit)):
            found = (found & ~bit) | (goal & bit)
    return FLAGS_NOT_HELD


def unlock(file: int) -> None:
    """Take immutable and append only from an open file, as far as that may be."""
    set_flags(file, 0, Flags.LOCKS)


def are_flags_set(place: bytes, wanted: int, *, is_root: bool) -> bool:
    """Tell whether the path *place*, not followed, has the flags *wanted*.

    Only those count that any file system with flags has, and this process can set.
    """
    try:
        found = _look(place)
    except OSError:
        return True
    among = Flags.COMMON if is_root else Flags.COMMON & ~Flags.ROOTS
    return found is None or found & among == wanted & among


def is_locked(name: bytes, folder: int) -> bool:
    """Tell whether *name* in the open directory, or that itself, cannot be replaced."""
    found = read_flags(folder) or 0
    with suppress(OSError):
        found |= _look(b"/proc/self/fd/%d/%s" % (folder, name)) or 0
    return bool(found & Flags.LOCKS)


def _look(place: bytes) -> int | None:
    """Return the flags of a file or directory, None of anything else: that is not opened."""
    if stat.S_IFMT(os.lstat(place).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
        return None
    file = os.open(place, _JUST_LOOK)
    try:
        return read_flags(file)
    finally:
        os.close(file)


def _change(file: int, flags: int) -> int:
    """Set *flags*; return the number of the error, 0 when it worked."""
    try:
        fcntl.ioctl(file, _SET, flags.to_bytes(8, "little"))
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _bits(flags: int) -> list[int]:
    return [1 << place for place in range(32) if flags >> place & 1]
