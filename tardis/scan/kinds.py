"""What can be relied on in file systems, by type."""

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """What can be relied on in file systems of one type.

    Attributes:
        has_own_id: ``f_fsid`` is made of its UUID and survives a reboot.
        inodes_stable: An inode keeps its number from mount to mount.
        ctime_trusted: Every change moves ctime, by a clock we may believe.
        is_remote: Another machine, or another program, stamps the times.
        is_in_memory: Nothing names it but the place where it is mounted.
    """

    has_own_id: bool = False
    inodes_stable: bool = True
    ctime_trusted: bool = True
    is_remote: bool = False
    is_in_memory: bool = False


_OWN_ID: Final = Kind(has_own_id=True)
PLAIN: Final = Kind()
_MEMORY: Final = Kind(is_in_memory=True)
_FAT: Final = Kind(inodes_stable=False, ctime_trusted=False)
_NTFS: Final = Kind(ctime_trusted=False)
_NETWORK: Final = Kind(is_remote=True)
_FOREIGN: Final = Kind(inodes_stable=False, ctime_trusted=False, is_remote=True)

KINDS: Final[dict[str, Kind]] = {
    "ext2": _OWN_ID,
    "ext3": _OWN_ID,
    "ext4": _OWN_ID,
    "f2fs": _OWN_ID,
    "btrfs": _OWN_ID,
    "zfs": _OWN_ID,
    "bcachefs": _OWN_ID,
    "xfs": PLAIN,
    "jfs": PLAIN,
    "reiserfs": PLAIN,
    "tmpfs": _MEMORY,
    "ramfs": _MEMORY,
    "overlay": _MEMORY,
    "squashfs": PLAIN,
    "erofs": PLAIN,
    "iso9660": PLAIN,
    "udf": PLAIN,
    "vfat": _FAT,
    "msdos": _FAT,
    "exfat": _FAT,
    "ntfs": _NTFS,
    "ntfs3": _NTFS,
    "hfsplus": PLAIN,
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


def kind_of(type_name: str) -> Kind:
    """Return what can be relied on in file systems of *type_name*."""
    return KINDS.get(type_name, _FOREIGN)
