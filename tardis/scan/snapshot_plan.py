"""Which file systems a run could take snapshots of, by what is mounted where."""

import os
from collections.abc import Iterable
from typing import Final, NamedTuple

from tardis.model import HookError

from .filesystems import Filesystems, Origin
from .mounts import Mount, mount_of, read_mounts
from .snapshots import BtrfsSnapshot, LvmSnapshot, Snapshot, ZfsSnapshot, volume_of

AUTO: Final = "auto"
KINDS: Final = ("btrfs", "lvm", "zfs")
"""What can make snapshots."""


class Planned(NamedTuple):
    """A snapshot that could be taken.

    Attributes:
        snapshot: Not taken yet.
        origin: What the file system goes by.
        is_topmost: Of a btrfs, its topmost directory is what is mounted.
    """

    snapshot: Snapshot
    origin: Origin
    is_topmost: bool


def plan_snapshots(
    roots: Iterable[bytes], how: str, size: str
) -> tuple[list[Planned], list[bytes]]:
    """Return what to take snapshots of, and the roots that lie on nothing that makes any.

    A root that is not there, or lies on what nobody can write, needs none.

    Args:
        roots: Real paths.
        how: One of `KINDS`, or ``auto`` for whichever fits.
        size: Of snapshots of logical volumes, as ``lvcreate --extents`` takes it.

    Raises:
        HookError: A root does not lie on what *how* names.
    """
    mounts = read_mounts()
    found: dict[bytes, Planned] = {}
    without: list[bytes] = []
    for root in roots:
        try:
            mount = mount_of(mounts, os.stat(root).st_dev, root)
            is_fixed = bool(os.statvfs(root).f_flag & os.ST_RDONLY)
        except OSError:
            continue
        if mount is None or is_fixed or mount.point in found:
            continue
        snapshot = _snapshot(mount, how, size)
        device = os.stat(mount.point).st_dev
        origin = Filesystems((), _forget).origin_of(device, mount.point)
        if snapshot is not None and origin is not None:
            is_topmost = mount.type == "btrfs" and mount.root == b"/"
            found[mount.point] = Planned(snapshot, origin, is_topmost)
        elif how == AUTO:
            without.append(root)
        else:
            where = os.fsdecode(root)
            raise HookError(f"{where!r} lies on {mount.type}, of which {how} takes no snapshot")
    return list(found.values()), without


def _snapshot(mount: Mount, how: str, size: str) -> Snapshot | None:
    """Return the snapshot of what *mount* shows, None when *how* takes none of it."""
    if mount.type == "btrfs":
        return BtrfsSnapshot(mount) if how in (AUTO, "btrfs") else None
    if mount.type == "zfs":
        return ZfsSnapshot(mount) if how in (AUTO, "zfs") else None
    if how not in (AUTO, "lvm") or not mount.source.startswith(b"/dev/"):
        return None
    volume = volume_of(mount.source)
    return None if volume is None else LvmSnapshot(mount, volume, size)


def _forget(item: object) -> None:
    """Take no note of a file system: nothing is told of it."""
