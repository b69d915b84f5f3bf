"""Device number → the catalog's number of a file system, the same in every run.

Device numbers change from boot to boot; what stays is told by type: a UUID, the file
system's own id, or what is mounted from where.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import Final, NamedTuple

from tardis.crypto import fingerprint

from .kinds import PLAIN, Kind, kind_of
from .mounts import (
    Mount,
    below_root,
    loop_file,
    main_mount,
    mount_of,
    read_mounts,
    read_uuids,
    shows_backups,
)
from .overlays import SAFE, common_device
from .uuids import NOBODY, ask

SLOW_CLOCK_FACTOR: Final = 10
"""How much longer a change counts as recent where another machine stamps the times."""

UNKNOWN: Final = "unknown"
"""Type of a file system that no mount tells of."""

NO_DEVICE: Final = -1
"""Equals no device: each file is asked for its lasting number."""

_NO_KEY: Final = bytes(32)
_OVERLAY: Final = "overlay"

Announce = Callable[[tuple[int, str, bytes, bool, bool]], None]
"""Hears (id, type, key, inodes are stable, ctime is trusted) of a new file system."""


class Origin(NamedTuple):
    """What a file system goes by that is looked at through a snapshot.

    Attributes:
        mount: That shows it.
        keys: By which it is known.
    """

    mount: Mount
    keys: list[bytes]


class Filesystems:
    """Gives each device of this run its row in the catalog, to any thread.

    Where inodes do not last from mount to mount, a directory is known by its path within
    the file system, and a file by its name there.

    Args:
        known: (id, type, key) of the rows that the server has.
        announce: Is told of each new row before its id is used.
        path_key: Makes numbers of paths, so that they tell nobody else a name.
        origins: Device of each snapshot that stands for its origin, see `origin_of`.
    """

    def __init__(
        self,
        known: Iterable[tuple[int, str, bytes]],
        announce: Announce,
        path_key: bytes = _NO_KEY,
        origins: Mapping[int, Origin] | None = None,
    ) -> None:
        self._origins = origins or {}
        self._announce = announce
        self._path_key = path_key
        self._known = {(kind, key): number for number, kind, key in known}
        self._highest = max(self._known.values(), default=0)
        self._ids: dict[int, int] = {}
        self._met: list[tuple[int, bytes]] = []
        self._kinds: dict[int, Kind] = {}
        self._layered: set[int] = set()
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
                self._met.append((device, path))
        return number

    def follow(self, other: "Filesystems") -> bool:
        """Look at what *other* has met, in that order; tell whether all its numbers hold here.

        They do not where inodes do not last: there numbers are made of paths, under a key.
        """
        for device, path in other._met:
            number = self.id_of(device, path)
            if number != other.id_of(device, path) or not self.has_lasting_inodes(number):
                return False
        return True

    def of_folder(self, device: int, inode: int, path: bytes) -> tuple[int, int]:
        """Return the row and the lasting number of a directory, whatever its inode is today."""
        number = self.id_of(device, path)
        if self.has_lasting_inodes(number):
            return number, inode
        place = below_root(self._mounts, device, path)
        mark = fingerprint(self._path_key, [b"path\0", place])
        return number, int.from_bytes(mark[:8], "little") >> 1

    def of_file(
        self, folder: int, device: int, inode: int, nlink: int, path: bytes
    ) -> tuple[int, int]:
        """Return the row and the lasting number of what is no directory, 0 for none.

        Args:
            folder: Row of its directory.
            device: Its own, which on an overlay may be that of a layer.
            inode: Of today.
            nlink: A file with several names keeps its inode: these must be found together.
            path: Its path.
        """
        if nlink <= 1 and folder in self._layered:
            return folder, 0
        number = self.id_of(device, path)
        return number, inode if nlink > 1 or self.has_lasting_inodes(number) else 0

    def has_lasting_inodes(self, number: int) -> bool:
        """Tell whether inodes keep their numbers on the file system *number*."""
        return self._kinds.get(number, PLAIN).inodes_stable

    def racy_factor(self, number: int) -> int:
        """Return how many times the racy window holds on the file system *number*."""
        kind = self._kinds.get(number, PLAIN)
        return 1 if kind.ctime_trusted and not kind.is_remote else SLOW_CLOCK_FACTOR

    def trusts_ctime(self, number: int) -> bool:
        """Tell whether every change moves ctime on the file system *number*."""
        return self._kinds.get(number, PLAIN).ctime_trusted

    def shows_backups(self, device: int, path: bytes) -> bool:
        """Tell whether what is mounted at *path* is a view of backups."""
        mount = mount_of(self._mounts, device, path)
        return mount is not None and shows_backups(mount)

    def origin_of(self, device: int, path: bytes) -> Origin | None:
        """Return what *device* goes by, while it can be seen at *path*; None: nobody knows."""
        mount = self._mount(device, path)
        return mount and Origin(mount, self._keys(device, path, mount, self._kind(mount)))

    def _find(self, device: int, path: bytes) -> int:
        origin = self._origins.get(device)
        mount = origin.mount if origin else self._mount(device, path)
        type_name = mount.type if mount else UNKNOWN
        kind = self._kind(mount)
        keys = origin.keys if origin else self._keys(device, path, mount, kind)
        key = self._choose(type_name, keys, mount)
        number = self._known.get((type_name, key))
        if number is None:
            number = self._highest = self._highest + 1
            self._announce((number, type_name, key, kind.inodes_stable, kind.ctime_trusted))
        self._kinds[number] = kind
        if type_name == _OVERLAY and not kind.inodes_stable:
            self._layered.add(number)
        self._known[type_name, key] = number
        return number

    def _mount(self, device: int, path: bytes) -> Mount | None:
        if all(mount.device != device for mount in self._mounts):
            self._mounts = read_mounts()  # it may have been mounted since
        return mount_of(self._mounts, device, path)

    def _kind(self, mount: Mount | None) -> Kind:
        """Return what can be relied on in what is mounted; of an overlay its layers decide."""
        kind = kind_of(mount.type if mount else UNKNOWN)
        if mount is None or mount.type != _OVERLAY or SAFE in mount.options.split(b","):
            return kind
        layers = common_device(mount.options)
        below = [kind_of(other.type) for other in self._mounts if other.device == layers]
        return kind._replace(inodes_stable=bool(below) and below[0].inodes_stable)

    def _keys(self, device: int, path: bytes, mount: Mount | None, kind: Kind) -> list[bytes]:
        """Return by what the file system is known; the last one is of what it is a snapshot."""
        if mount is None:
            return [b"device:%x" % device]
        told = ask(path, mount.type)
        if told.subvolume is not None:
            names = (told.subvolume.own, told.subvolume.origin)
            return [b"subvolume:" + name for name in names if name]
        if kind.has_own_id and told.own_id:
            own = b"fsid:%016x" % told.own_id
            return [own, *self._zfs_origin(mount)]
        if uuid := told.uuid or self._uuids.get(device, b""):
            return [b"uuid:" + uuid]
        main = main_mount(self._mounts, mount)
        if kind.is_in_memory:
            return [b"\0".join((b"source:" + main.source, main.point))]
        return [b"source:" + (loop_file(device) or main.source)]

    def _zfs_origin(self, mount: Mount) -> list[bytes]:
        """Return the key of the data set of which *mount* shows a snapshot, if it is mounted."""
        name, mark, _ = mount.source.partition(b"@")
        if mount.type != "zfs" or not mark:
            return []
        shown = [other.point for other in self._mounts if other[3:5] == ("zfs", name)]
        told = ask(shown[0], mount.type) if shown else NOBODY
        return [b"fsid:%016x" % told.own_id] if told.own_id else []

    def _choose(self, type_name: str, keys: list[bytes], mount: Mount | None) -> bytes:
        """Return the key that a device goes by: two of one run never go by the same.

        A snapshot continues what it was taken of, unless that is looked at too.  Of several
        with one key the first has it; the others have their mount point behind it.
        """
        point = main_mount(self._mounts, mount).point if mount else b""
        taken = set(self._ids.values())
        fresh = b"\0".join((keys[0], point))
        for key in (fresh, *keys):
            number = self._known.get((type_name, key))
            if number is not None and number not in taken:
                return key
        for key in (*reversed(keys), fresh):
            if (type_name, key) not in self._known:
                return key
        unused, count = fresh, 1
        while self._known.get((type_name, unused)) in taken:
            count += 1
            unused = b"%b\0%d" % (fresh, count)
        return unused


def keeps_inodes(folder: int) -> bool:
    """Tell whether what is in an open directory has the same inode whenever it is looked at.

    On FAT, and on most of what programs show, an inode's number is made up, and made up
    anew once the kernel has forgotten it, which it does when memory is short.
    """
    rows = Filesystems((), lambda item: None)
    path = os.readlink(b"/proc/self/fd/%d" % folder)
    return rows.has_lasting_inodes(rows.id_of(os.fstat(folder).st_dev, path))
