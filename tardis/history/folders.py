"""Directories below one top, reached by descriptors and never through a symbolic link.

Nothing that a store or another user says can lead out of the top: every step is one
name, checked, opened in the descriptor of the directory before it.
"""

import os
from collections.abc import Sequence
from types import TracebackType
from typing import Final, NamedTuple

from tardis.scan import keeps_inodes

OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NAME_LIMIT: Final = 255
CASE_BLIND: Final = 2
"""A fresh directory in which upper and lower case are the same name."""

_HELD: Final = 64
"""Descriptors one `Folders` keeps, however deep the tree."""


class Folder(NamedTuple):
    """A directory that was made or found; it goes to other processes as a plain tuple.

    Attributes:
        path: Its names below the top, joined by ``/``; empty for the top itself.
        device: Together with *inode* what it must still be when it is opened again.
        is_fresh: It was made by this run, so nothing of others is in it: `True`, or
            `CASE_BLIND`.
        number: Backup set that what goes into it belongs to.
    """

    path: bytes
    device: int
    inode: int
    is_fresh: int
    number: int


def refused(name: bytes) -> str:
    """Return why *name* may not be made, or an empty string when it may."""
    if name in (b"", b".", b".."):
        return "the store gives it a name that no file can have"
    if b"/" in name or b"\0" in name:
        return "its name in the store holds a slash or a zero byte"
    if len(name) > NAME_LIMIT:
        return "its name in the store is longer than 255 bytes"
    return ""


class Folders:
    """Opens directories below *top*, keeping the descriptors on the way to the last one.

    Args:
        top: Open descriptor of the top directory; the caller closes it.
    """

    def __init__(self, top: int) -> None:
        self.top = top
        self._names: tuple[bytes, ...] = ()
        self._held: dict[int, int] = {}

    def __enter__(self) -> "Folders":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop_below(0)

    def open(self, names: Sequence[bytes]) -> int:
        """Return a descriptor of the directory *names*, valid until the next call.

        Raises:
            OSError: A step is missing or is no directory (ELOOP or ENOTDIR for a link).
        """
        wanted = tuple(names)
        if wanted == self._names and len(wanted) in self._held:
            return self._held[len(wanted)]
        common = _common(self._names, wanted)
        self._drop_below(common)
        self._names = wanted[:common]
        depth = max((d for d in self._held if d <= common), default=0)
        for step in range(depth, len(wanted)):
            here = self._held.get(step, self.top)
            self._held[step + 1] = os.open(wanted[step], OPEN_FOLDER, dir_fd=here)
            self._names = wanted[: max(step + 1, common)]
            self._let_go()
        return self._held.get(len(wanted), self.top)

    def open_same(self, folder: Folder) -> int:
        """Return a descriptor of *folder*, as `open`; only if it is still the same one.

        Raises:
            OSError: It is not; somebody put another directory in its place.
        """
        descriptor = self.open(folder.path.split(b"/") if folder.path else ())
        found = os.fstat(descriptor)
        now = (found.st_dev, found.st_ino)
        if not may_be_one((folder.device, folder.inode), now, descriptor):
            raise OSError(0, "another directory was put in its place")
        return descriptor

    def _drop_below(self, depth: int) -> None:
        for held in [d for d in self._held if d > depth]:
            os.close(self._held.pop(held))

    def _let_go(self) -> None:
        """Close the descriptor nearest to the top when there are too many."""
        if len(self._held) > _HELD:
            os.close(self._held.pop(min(self._held)))


def may_be_one(known: tuple[int, int], now: tuple[int, int], folder: int) -> bool:
    """Tell whether two (device, inode) can be one object, in an open directory or the directory.

    Where inodes do not last, another number says nothing; then it is the path that counts,
    and that leads nowhere else, for no link is followed.
    """
    return known == now or (known[0] == now[0] and not keeps_inodes(folder))


def _common(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """Return how many first names *one* and *other* share."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
