"""What the kernel says is mounted where, and the UUIDs of block devices."""

import os
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

MOUNTINFO: Final = "/proc/self/mountinfo"
BY_UUID: Final = b"/dev/disk/by-uuid"
SYSFS_DEVICES: Final = b"/sys/dev/block"

_ESCAPED = re.compile(rb"\\([0-7]{3})")
_FIELDS_BEFORE_DASH = 6


class Mount(NamedTuple):
    """One line of mountinfo.

    Attributes:
        device: As in ``st_dev``.
        root: Path within the file system that is mounted.
        point: Where it is mounted.
        type: Of the file system, as ``ext4``.
        source: What is mounted, as ``/dev/sda1`` or ``server:/export``.
        options: Of the file system, separated by commas.
    """

    device: int
    root: bytes
    point: bytes
    type: str
    source: bytes
    options: bytes = b""


def parse_mountinfo(lines: Iterable[bytes]) -> list[Mount]:
    """Return the mounts that *lines* of mountinfo tell; later ones cover earlier ones.

    Lines that cannot be understood are passed over.  Format: proc_pid_mountinfo(5).
    """
    return [mount for line in lines if (mount := _parse(line.split())) is not None]


def _parse(words: list[bytes]) -> Mount | None:
    try:
        dash = words.index(b"-", _FIELDS_BEFORE_DASH)
        kind, source = words[dash + 1], words[dash + 2]
        major, minor = map(int, words[2].split(b":"))
    except (ValueError, IndexError):
        return None
    root, point = _plain(words[3]), _plain(words[4])
    name = kind.decode("ascii", "replace")
    options = _plain(words[dash + 3]) if dash + 3 < len(words) else b""
    return Mount(os.makedev(major, minor), root, point, name, _plain(source), options)


def _plain(word: bytes) -> bytes:
    """Undo the kernel's octal escapes of blank, tab, newline and backslash."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), word)


def read_mounts() -> list[Mount]:
    """Return what is mounted now; empty where the kernel does not tell."""
    try:
        with open(MOUNTINFO, "rb") as lines:
            return parse_mountinfo(lines)
    except OSError:
        return []


def read_uuids(folder: bytes = BY_UUID) -> dict[int, bytes]:
    """Return device number to UUID of the block devices that udev knows."""
    try:
        names = os.listdir(folder)
    except OSError:
        return {}
    found = {}
    for name in names:
        try:
            found[os.stat(os.path.join(folder, name)).st_rdev] = name
        except OSError:
            continue
    return found


def mount_of(mounts: list[Mount], device: int, path: bytes) -> Mount | None:
    """Return the mount that shows *path* on *device*.

    The subvolumes of btrfs have device numbers of their own that no mount tells; the
    deepest mount point above *path* stands for them.
    """
    same = [mount for mount in mounts if mount.device == device]
    fitting = [mount for mount in same or mounts if _is_at_or_below(path, mount.point)]
    return max(fitting or same, key=lambda mount: len(mount.point), default=None)


def shows_backups(mount: Mount) -> bool:
    """Tell whether *mount* is a tardisfs."""
    return mount.type == "fuse.tardisfs" or mount.source.partition(b"#")[0] == b"tardisfs"


def main_mount(mounts: list[Mount], mount: Mount) -> Mount:
    """Return the mount that stands for *mount*'s file system, whichever was met first.

    It is the first one that shows the whole of it, else the first one.
    """
    same = [other for other in mounts if other.device == mount.device] or [mount]
    return next((other for other in same if other.root == b"/"), same[0])


def below_root(mounts: list[Mount], device: int, path: bytes) -> bytes:
    """Return *path* as it is within the file system *device*, wherever that is mounted."""
    mount = mount_of(mounts, device, path)
    if mount is None or not _is_at_or_below(path, mount.point):
        return path
    below = mount.root.rstrip(b"/") + b"/" + path[len(mount.point) :].strip(b"/")
    return below.rstrip(b"/") or b"/"


def loop_file(device: int, sysfs: bytes = SYSFS_DEVICES) -> bytes:
    """Return the file behind a loop device, which keeps its name when numbers change."""
    name = b"%d:%d/loop/backing_file" % (os.major(device), os.minor(device))
    try:
        with open(os.path.join(sysfs, name), "rb") as told:
            return told.read().rstrip(b"\n")
    except OSError:
        return b""


def _is_at_or_below(path: bytes, point: bytes) -> bool:
    return path == point or path.startswith(point.rstrip(b"/") + b"/")
