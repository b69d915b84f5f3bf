"""What the mount shows: sets below the top, below each set its tree. No FUSE here.

Paths are bytes from the mount's top, with a leading slash.  Trouble is raised as OSError,
the language of file systems.
"""

import errno
import os
import stat
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import RLock
from typing import Final

from tardis.history import Node, Tree, backwards, mode_without_acl
from tardis.model import BackupSet, Content, Entry, NoSuchPathError, Reader, TardisError
from tardis.policy import Flags, flag_letters, unpack_flags
from tardis.streams import unpack_attributes

KEPT_NODES: Final = 50_000
"""Nodes of listed directories that are remembered."""

KEPT_TREES: Final = 64
LOOK_AGAIN: Final = 1.0
"""Seconds for which the list of sets is believed."""

_NS: Final = 10**9
_FOLDER: Final = stat.S_IFDIR | 0o555
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class Attributes:
    """What `stat` tells; times in nanoseconds since 1970."""

    mode: int
    inode: int
    nlink: int
    uid: int
    gid: int
    size: int
    rdev: int
    mtime_ns: int
    ctime_ns: int


@dataclass(slots=True)
class Place:
    """One place of the mount: the top, a set, or something in a set.

    Attributes:
        backup: None for the top and for the link to the newest set.
        node: None unless it lies in a set.
    """

    path: bytes
    backup: BackupSet | None = None
    node: Node | None = None
    is_current: bool = False


@dataclass(slots=True)
class Handle:
    """An open file; *lock* lets one thread read at a time."""

    content: Content
    lock: RLock = field(default_factory=RLock)


class View:
    """Answers what a file system is asked, for any number of threads.

    Args:
        reader: Of the store; used by this alone, one thread at a time.
        current: Name of the link to the newest complete set.
        repoint: Where the view is mounted, when absolute links are to stay within it.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        reader: Reader,
        current: str,
        repoint: bytes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._current = os.fsencode(current)
        self._repoint = repoint
        self._clock = clock
        self._turn = RLock()
        self._sets: dict[bytes, BackupSet] = {}
        self._newest: BackupSet | None = None
        self._looked = -LOOK_AGAIN
        self._trees: OrderedDict[int, Tree] = OrderedDict()
        self._listings: OrderedDict[tuple[int, bytes], dict[bytes, Node]] = OrderedDict()
        self._kept = 0
        self._handles: dict[int, Handle] = {}
        self._next = 0

    def attributes(self, path: bytes) -> Attributes:
        """Return what `stat` tells of *path*."""
        with self._asking():
            place = self._find(path)
            if place.is_current:
                return self._link_attributes()
            if place.node is None:
                return self._folder_attributes(place)
            return self._node_attributes(place, place.node)

    def names(self, path: bytes) -> list[tuple[bytes, int, int]]:
        """Return (name, mode, inode) of all that is in the directory *path*."""
        with self._asking():
            place = self._find(path)
            if place.is_current or (place.node is not None and not place.node.is_directory):
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if place.backup is None:
                return self._top_names()
            number = place.backup.number
            found = self._listing(place.backup, place.path, place.node)
            return [
                (name, node.entry.mode if node.entry else _FOLDER, _inode(number, node))
                for name, node in found.items()
            ]

    def link(self, path: bytes) -> bytes:
        """Return where the symbolic link *path* points."""
        with self._asking():
            place = self._find(path)
            if place.is_current and self._newest is not None:
                return os.fsencode(self._newest.name)
            entry = place.node.entry if place.node else None
            if entry is None or entry.target is None or place.backup is None:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            if self._repoint is not None and entry.target.startswith(b"/"):
                return b"/".join((self._repoint, os.fsencode(place.backup.name))) + entry.target
            return entry.target

    def open(self, path: bytes) -> int:
        """Open the regular file *path*; return a handle for `read` and `close`."""
        with self._asking():
            entry = self._entry(path)
            if not entry.is_regular:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            if entry.content is None:
                raise OSError(errno.EIO, "it could not be read when it was backed up")
            content = self._reader.contents([entry.content])[entry.content]
            self._next += 1
            self._handles[self._next] = Handle(self._reader.open(content))
            return self._next

    def read(self, handle: int, size: int, offset: int) -> bytes:
        """Return up to *size* bytes from *offset*."""
        with self._asking():
            return self._handles[handle].content.read_at(offset, size)

    def close(self, handle: int) -> None:
        """Release a handle."""
        with self._asking():
            found = self._handles.pop(handle, None)
            if found is not None:
                found.content.close()

    def extra(self, path: bytes) -> dict[str, bytes]:
        """Return the extended attributes of *path* by name."""
        with self._asking():
            place = self._find(path)
            if place.backup is None:
                return {}
            if place.node is None or place.path == b"/":
                return _set_extra(place.backup)
            entry = place.node.entry
            return {} if entry is None else self._entry_extra(entry)

    def end(self) -> None:
        """Release all handles and the reader."""
        with self._turn:
            for handle in list(self._handles):
                self.close(handle)
            self._reader.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Let one thread ask, and put the store's trouble into a file system's words."""
        with self._turn:
            try:
                yield
            except NoSuchPathError as error:
                raise OSError(errno.ENOENT, str(error)) from error
            except TardisError as error:
                raise OSError(errno.EIO, str(error)) from error

    def _look(self) -> None:
        """Learn of sets that have come or gone."""
        now = self._clock()
        if now - self._looked < LOOK_AGAIN:
            return
        self._looked = now
        sets = self._reader.sets()
        before = {one.number: one for one in self._sets.values()}
        self._sets = {os.fsencode(one.name): one for one in sets}
        self._newest = next(iter(backwards(sets)), None)
        changed = {one.number for one in sets if before.get(one.number) != one}
        self._forget(changed | {one.number for one in sets if not one.is_complete})

    def _forget(self, numbers: set[int]) -> None:
        """Drop what was remembered of sets that may have changed."""
        for number in numbers:
            self._trees.pop(number, None)
        for key in [key for key in self._listings if key[0] in numbers]:
            self._kept -= len(self._listings.pop(key))

    def _find(self, path: bytes) -> Place:
        self._look()
        if path == b"/":
            return Place(path)
        name, slash, below = path[1:].partition(b"/")
        backup = self._sets.get(name)
        if backup is None:
            if name == self._current and not slash and self._newest is not None:
                return Place(path, is_current=True)
            raise NoSuchPathError("there is no such set")
        if not below:
            return Place(b"/", backup, self._top(backup))
        inner = b"/" + below
        folder, _, last = inner.rpartition(b"/")
        node = self._listing_of(backup, folder or b"/").get(last)
        if node is None:
            raise NoSuchPathError("the set does not hold that")
        return Place(inner, backup, node)

    def _entry(self, path: bytes) -> Entry:
        place = self._find(path)
        entry = place.node.entry if place.node else None
        if entry is None or entry.is_directory:
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        return entry

    def _top(self, backup: BackupSet) -> Node | None:
        return self._tree(backup).top()

    def _tree(self, backup: BackupSet) -> Tree:
        tree = self._trees.get(backup.number)
        if tree is None:
            tree = self._trees[backup.number] = Tree(self._reader, backup.number)
            if len(self._trees) > KEPT_TREES:
                self._trees.popitem(last=False)
        return tree

    def _listing_of(self, backup: BackupSet, path: bytes) -> dict[bytes, Node]:
        """Return what the directory *path* of a set holds, by name."""
        known = self._listings.get((backup.number, path))
        if known is not None:
            self._listings.move_to_end((backup.number, path))
            return known
        if path == b"/":
            return self._listing(backup, path, self._top(backup))
        folder, _, last = path.rpartition(b"/")
        node = self._listing_of(backup, folder or b"/").get(last)
        if node is None:
            raise NoSuchPathError("the set does not hold that")
        return self._listing(backup, path, node)

    def _listing(self, backup: BackupSet, path: bytes, node: Node | None) -> dict[bytes, Node]:
        known = self._listings.get((backup.number, path))
        if known is not None:
            return known
        tree = self._tree(backup)
        found: dict[bytes, Node] = {}
        if node is not None:
            found = {child.name: child for child in tree.children(node)}
        if path == b"/" and (relative := tree.top(absolute=False)) is not None:
            found |= {child.name: child for child in tree.children(relative)}
        self._listings[backup.number, path] = found
        self._kept += len(found)
        while self._kept > KEPT_NODES and len(self._listings) > 1:
            self._kept -= len(self._listings.popitem(last=False)[1])
        return found

    def _top_names(self) -> list[tuple[bytes, int, int]]:
        found = [(name, _FOLDER, _inode(one.number, None)) for name, one in self._sets.items()]
        if self._newest is not None and self._current not in self._sets:
            found.append((self._current, stat.S_IFLNK | 0o777, _hashed(b"current")))
        return found

    def _link_attributes(self) -> Attributes:
        newest = self._newest
        size, moment = (len(newest.name), newest.started_ns) if newest else (0, 0)
        inode = _hashed(b"current")
        return Attributes(stat.S_IFLNK | 0o777, inode, 1, 0, 0, size, 0, moment, moment)

    def _folder_attributes(self, place: Place) -> Attributes:
        if place.backup is not None:
            moment, inode = place.backup.started_ns, _inode(place.backup.number, None)
        else:
            moment, inode = self._newest.started_ns if self._newest else 0, 1
        return Attributes(_FOLDER, inode, 2, 0, 0, 0, 0, moment, moment)

    def _node_attributes(self, place: Place, node: Node) -> Attributes:
        backup = place.backup
        if backup is None or place.path == b"/":
            return self._folder_attributes(place)
        inode = _inode(backup.number, node)
        entry, known = node.entry, node.ancestor
        if entry is None:
            if known is None:
                return self._folder_attributes(place)
            moment = known.mtime * _NS + known.mtime_ns
            return Attributes(known.mode, inode, 2, known.uid, known.gid, 0, 0, moment, moment)
        size = len(entry.target) if entry.target is not None else entry.size
        mode = mode_without_acl(entry.mode, entry.xattrs) if entry.xattrs else entry.mode
        return Attributes(
            mode,
            inode,
            max(entry.nlink, 1),
            entry.uid,
            entry.gid,
            size,
            entry.rdev,
            entry.mtime * _NS + entry.mtime_ns,
            entry.ctime * _NS + entry.ctime_ns,
        )

    def _entry_extra(self, entry: Entry) -> dict[str, bytes]:
        found = {os.fsdecode(name): value for name, value in unpack_attributes(entry.xattrs or b"")}
        flags = found.pop(os.fsdecode(Flags.NAME), None)
        if flags is not None:
            found["user.tardis_flags"] = flag_letters(unpack_flags(flags)).encode()
        first = next((one for one in self._sets.values() if one.number >= entry.first_set), None)
        if first is not None:
            found["user.tardis_since"] = os.fsencode(first.name)
        if entry.content is not None:
            content = self._reader.contents([entry.content]).get(entry.content)
            if content is not None:
                found["user.tardis_checksum"] = content.digest.hex().encode()
                found["user.tardis_chain"] = str(content.chain).encode()
        return found


def blocks(size: int) -> int:
    """Return the blocks of 512 bytes that *size* bytes take."""
    return -(-size // _BLOCK)


def _set_extra(backup: BackupSet) -> dict[str, bytes]:
    return {
        "user.priority": str(backup.priority).encode(),
        "user.complete": str(backup.is_complete).encode(),
        "user.backupset": os.fsencode(backup.name),
        "user.session": os.fsencode(backup.session),
    }


def _inode(number: int, node: Node | None) -> int:
    """Return a number that the names of one file in one set share, and nothing else has."""
    if node is None:
        return _hashed(b"set %d" % number)
    entry = node.entry
    if entry is None or entry.is_directory:
        return _hashed(b"%d path %s" % (number, node.path))
    return _hashed(b"%d file %d %d" % (number, entry.filesystem, entry.inode))


def _hashed(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1 or 1
