"""What a comparison sees of one side: a backup set, or the files as they are now."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final, NamedTuple, Protocol

from tardis.model import BackupSet, Entry, IntegrityError, Reader

from .tree import Node, Tree, join

_CHUNK: Final = 1 << 20
_DEVICES: Final = (stat.S_IFBLK, stat.S_IFCHR)
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Thing(NamedTuple):
    """One object of one side.

    Attributes:
        kind: Of its mode.
        size: Plain bytes of a regular file.
        mtime: Seconds; None when that is not known.
        value: Target of a link or number of a device; of a file the content's id where
            the side has one.
        read: Yields the bytes of a regular file; IntegrityError or OSError when it cannot.
        children: Yields (name, object) of a directory; OSError when it cannot.
    """

    kind: int
    size: int
    mtime: int | None
    value: bytes | int | None
    read: Callable[[], Iterator[bytes]]
    children: Callable[[], Iterator[tuple[bytes, "Thing"]]]

    @property
    def is_directory(self) -> bool:
        """Tell whether it is a directory."""
        return self.kind == stat.S_IFDIR

    @property
    def is_regular(self) -> bool:
        """Tell whether it is a regular file."""
        return self.kind == stat.S_IFREG


class Side(Protocol):
    """Where things are looked up.

    Attributes:
        label: What the side is called, not escaped.
    """

    label: str

    def find(self, path: bytes) -> Thing | None:
        """Return what is at *path*, or None.

        Raises:
            OSError: It cannot be looked at.
        """


class SetSide:
    """One backup set."""

    def __init__(self, reader: Reader, backup: BackupSet) -> None:
        self.label = backup.name
        self._reader = reader
        self._tree = Tree(reader, backup.number)

    def find(self, path: bytes) -> Thing | None:
        """See `Side.find`; *path* is as stored."""
        node = self._tree.find(path)
        return self._thing(node) if node else None

    def _thing(self, node: Node) -> Thing:
        entry, known = node.entry, node.ancestor

        def children() -> Iterator[tuple[bytes, Thing]]:
            return ((child.name, self._thing(child)) for child in self._tree.children(node))

        if entry is None:
            mtime = known.mtime if known else None
            return Thing(stat.S_IFDIR, 0, mtime, None, _nothing, children)
        kind = stat.S_IFMT(entry.mode)
        value: bytes | int | None = entry.content if entry.is_regular else entry.target
        value = entry.rdev if kind in _DEVICES else value
        return Thing(kind, entry.size, entry.mtime, value, lambda: self._chunks(entry), children)

    def _chunks(self, entry: Entry) -> Iterator[bytes]:
        if entry.content is None:
            raise IntegrityError("it could never be read, so the store has no content of it")
        stored = self._reader.contents([entry.content]).get(entry.content)
        if stored is None:
            raise IntegrityError("its content is not in the store")
        with closing(self._reader.open(stored)) as content:
            yield from content.chunks()


class LiveSide:
    """The files as they are now; no symbolic link is followed, nothing but files is opened."""

    label = "filesystem"

    def find(self, path: bytes) -> Thing | None:
        """See `Side.find`; *path* is one of this machine."""
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return self._thing(path, found)

    def _thing(self, path: bytes, found: os.stat_result) -> Thing:
        kind = stat.S_IFMT(found.st_mode)
        is_link = kind == stat.S_IFLNK
        value = os.readlink(path) if is_link else found.st_rdev if kind in _DEVICES else None
        return Thing(
            kind,
            found.st_size,
            int(found.st_mtime_ns // 10**9),
            value,
            lambda: _live_chunks(path),
            lambda: self._children(path),
        )

    def _children(self, path: bytes) -> Iterator[tuple[bytes, Thing]]:
        for name in os.listdir(path):
            child = self.find(join(path, name))
            if child is not None:
                yield name, child


def _live_chunks(path: bytes) -> Iterator[bytes]:
    with open(os.open(path, _OPEN), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is no regular file any more")
        while chunk := file.read(_CHUNK):
            yield chunk


def _nothing() -> Iterator[bytes]:
    return iter(())
