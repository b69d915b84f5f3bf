"""What a mounted file system says of its own identity, asked by ioctl; no rights are needed.

udev knows the same of block devices, where it runs; in a container it does not, and
of two clones that are mounted together it knows one.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple
from uuid import UUID

FS_IOC_GETFSUUID: Final = 0x80111500
"""Linux 6.9 and later: a length, then up to 16 bytes."""

XFS_IOC_FSGEOMETRY_V1: Final = 0x80705864
_XFS_BYTES, _XFS_UUID = 112, 64

FAT_IOCTL_GET_VOLUME_ID: Final = 0x80047213

BTRFS_IOC_GET_SUBVOL_INFO: Final = 0x81F8943C
_SUBVOLUME_BYTES, _OWN_UUID, _PARENT_UUID = 504, 296, 312

_UUID_BYTES: Final = 16
_QUESTION: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Subvolume(NamedTuple):
    """A subvolume of btrfs, and what it is a snapshot of; empty when it is none."""

    own: bytes
    origin: bytes


class Identity(NamedTuple):
    """What a file system says of itself; empty and None where it is silent.

    Attributes:
        uuid: In the writing of ``/dev/disk/by-uuid``.
        own_id: ``f_fsid``.
        subvolume: Of btrfs.
    """

    uuid: bytes = b""
    own_id: int = 0
    subvolume: Subvolume | None = None


NOBODY: Final = Identity()


def ask(path: bytes, type_name: str) -> Identity:
    """Ask the file system of *type_name* on which the directory or file *path* lies."""
    try:
        with _open(path) as descriptor:
            own_id = os.fstatvfs(descriptor).f_fsid
            return Identity(_uuid(descriptor, type_name), own_id, _subvolume(descriptor, type_name))
    except OSError:
        return NOBODY


@contextmanager
def _open(path: bytes) -> Iterator[int]:
    """Open *path* unless opening it could do something, as it does to a device."""
    mode = os.lstat(path).st_mode
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise OSError("neither a directory nor a file")
    descriptor = os.open(path, _QUESTION)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _uuid(descriptor: int, type_name: str) -> bytes:
    answer = _ask(descriptor, FS_IOC_GETFSUUID, 1 + _UUID_BYTES)
    if answer[:1] == bytes((_UUID_BYTES,)):
        return _written(answer[1:])
    if type_name == "xfs" and (answer := _ask(descriptor, XFS_IOC_FSGEOMETRY_V1, _XFS_BYTES)):
        return _written(answer[_XFS_UUID : _XFS_UUID + _UUID_BYTES])
    if type_name in ("vfat", "msdos") and (answer := _ask(descriptor, FAT_IOCTL_GET_VOLUME_ID, 4)):
        number = int.from_bytes(answer, "little")
        return b"%04X-%04X" % (number >> 16, number & 0xFFFF) if number else b""
    return b""


def _subvolume(descriptor: int, type_name: str) -> Subvolume | None:
    if type_name != "btrfs":
        return None
    answer = _ask(descriptor, BTRFS_IOC_GET_SUBVOL_INFO, _SUBVOLUME_BYTES)
    own = _written(answer[_OWN_UUID : _OWN_UUID + _UUID_BYTES])
    origin = _written(answer[_PARENT_UUID : _PARENT_UUID + _UUID_BYTES])
    return Subvolume(own, origin) if own else None


def _ask(descriptor: int, request: int, size: int) -> bytes:
    """Return the answer to an ioctl, *size* bytes, empty when it is not understood."""
    answer = bytearray(size)
    try:
        fcntl.ioctl(descriptor, request, answer)
    except OSError:
        return b""
    return bytes(answer)


def _written(uuid: bytes) -> bytes:
    """Return 16 bytes as a UUID is written, empty when they are none."""
    return str(UUID(bytes=uuid)).encode() if any(uuid) else b""
