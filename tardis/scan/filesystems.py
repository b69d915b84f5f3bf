"""Device number → the catalog's number of a file system, the same in every run.

Device numbers change from boot to boot; what stays is told by type: a UUID, the file
system's own id, or what is mounted from where.
"""

import os
from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Lock
from typing import Final, NamedTuple

from .mounts import Mount, mount_of, read_mounts, read_uuids, shows_backups

SLOW_CLOCK_FACTOR: Final = 10
"""How much longer a change counts as recent where another machine stamps the times."""

Announce = Callable[[tuple[int, str, bytes, bool, bool]], None]
"""Hears (id, type, key, inodes are stable, ctime is trusted) of a new file system."""


class Kind(NamedTuple):
    """What can be relied on in file systems of one type.

    Attributes:
        has_own_id: ``f_fsid`` is made of its UUID and survives a reboot.
        inodes_stable: An inode keeps its number from mount to mount.
        ctime_trusted: Every change moves ctime, by a clock we may believe.
        is_remote: Another machine, or another program, stamps the times.
    """

    has_own_id: bool = False
    inodes_stable: bool = True
    ctime_trusted: bool = True
    is_remote: bool = False


_OWN_ID = Kind(has_own_id=True)
_PLAIN = Kind()
_FAT = Kind(inodes_stable=False, ctime_trusted=False)
_NETWORK = Kind(is_remote=True)
_FOREIGN = Kind(inodes_stable=False, ctime_trusted=False, is_remote=True)

KINDS: Final[dict[str, Kind]] = {
    "ext2": _OWN_ID,
    "ext3": _OWN_ID,
    "ext4": _OWN_ID,
    "f2fs": _OWN_ID,
    "btrfs": _OWN_ID,
    "zfs": _OWN_ID,
    "bcachefs": _OWN_ID,
    "xfs": _PLAIN,
    "jfs": _PLAIN,
    "reiserfs": _PLAIN,
    "tmpfs": _PLAIN,
    "ramfs": _PLAIN,
    "overlay": _PLAIN,
    "squashfs": _PLAIN,
    "iso9660": _PLAIN,
    "udf": _PLAIN,
    "vfat": _FAT,
    "msdos": _FAT,
    "exfat": _FAT,
    "ntfs": _FAT,
    "ntfs3": _FAT,
    "hfsplus": _PLAIN,
    "nfs": _NETWORK,
    "nfs4": _NETWORK,
    "ceph": _NETWORK,
    "lustre": _NETWORK,
    "cifs": _FOREIGN,
    "smb3": _FOREIGN,
    "9p": _FOREIGN,
    "afs": _FOREIGN,
}
"""What is known by type; other types are trusted with nothing, as is all of FUSE."""

UNKNOWN: Final = "unknown"
"""Type of a file system that no mount tells of."""


def kind_of(type_name: str) -> Kind:
    """Return what can be relied on in file systems of *type_name*."""
    return KINDS.get(type_name, _FOREIGN)


class Filesystems:
    """Gives each device of this run its row in the catalog, to any thread.

    Args:
        known: (id, type, key) of the rows that the server has.
        announce: Is told of each new row before its id is used.
    """

    def __init__(self, known: Iterable[tuple[int, str, bytes]], announce: Announce) -> None:
        self._announce = announce
        self._known = {(kind, key): number for number, kind, key in known}
        self._highest = max(self._known.values(), default=0)
        self._ids: dict[int, int] = {}
        self._kinds: dict[int, Kind] = {}
        self._finding = Lock()

    @cached_property
    def _mounts(self) -> list[Mount]:
        return read_mounts()

    @cached_property
    def _uuids(self) -> dict[int, bytes]:
        return read_uuids()

    def id_of(self, device: int, path: bytes) -> int:
        """Return the row of *device*, on which *path* lies."""
        number = self._ids.get(device)
        if number is None:
            with self._finding:
                number = self._ids.get(device) or self._find(device, path)
                self._ids[device] = number
        return number

    def racy_factor(self, number: int) -> int:
        """Return how many times the racy window holds on the file system *number*."""
        kind = self._kinds.get(number, _PLAIN)
        return 1 if kind.ctime_trusted and not kind.is_remote else SLOW_CLOCK_FACTOR

    def trusts_ctime(self, number: int) -> bool:
        """Tell whether every change moves ctime on the file system *number*."""
        return self._kinds.get(number, _PLAIN).ctime_trusted

    def shows_backups(self, device: int, path: bytes) -> bool:
        """Tell whether what is mounted at *path* is a view of backups."""
        mount = mount_of(self._mounts, device, path)
        return mount is not None and shows_backups(mount)

    def _find(self, device: int, path: bytes) -> int:
        mount = mount_of(self._mounts, device, path)
        type_name = mount.type if mount else UNKNOWN
        kind = kind_of(type_name)
        key = self._unused(type_name, self._key(device, path, mount, kind))
        number = self._known.get((type_name, key))
        if number is None:
            number = self._highest = self._highest + 1
            self._announce((number, type_name, key, kind.inodes_stable, kind.ctime_trusted))
        self._kinds[number] = kind
        self._known[type_name, key] = number
        return number

    def _key(self, device: int, path: bytes, mount: Mount | None, kind: Kind) -> bytes:
        if kind.has_own_id and (own := _own_id(path)):
            return b"fsid:%016x" % own
        if uuid := self._uuids.get(device):
            return b"uuid:" + uuid
        if mount is None:
            return b"device:%x" % device
        where = mount.point if mount.type in ("tmpfs", "overlay") else mount.root
        return b"\0".join((b"source:" + mount.source, where))

    def _unused(self, type_name: str, key: bytes) -> bytes:
        """Return *key*, with a number behind it when another device of this run has it."""
        taken = set(self._ids.values())
        unused, count = key, 1
        while self._known.get((type_name, unused)) in taken:
            count += 1
            unused = b"%b#%d" % (key, count)
        return unused


def _own_id(path: bytes) -> int:
    try:
        return os.statvfs(path).f_fsid
    except OSError:
        return 0
