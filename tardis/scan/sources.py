"""The roots of a run as they are on the machine: real paths, kinds, what lies above them."""

import os
import stat
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tardis.model import SourceError

from .opening import open_directory, trouble

Ancestor = tuple[bytes, int, int, int, int, int, bytes]
"""(name, mode, uid, gid, mtime, mtime_ns, attributes), as the wire has it."""

_NS = 1_000_000_000


class Source(NamedTuple):
    """A root that is there: its real path and what `lstat` said of it."""

    path: bytes
    status: os.stat_result

    @property
    def is_directory(self) -> bool:
        """Whether it is walked, and not saved alone."""
        return stat.S_ISDIR(self.status.st_mode)


def real_path(path: bytes) -> bytes:
    """Return *path* absolute and free of symbolic links, whether it exists or not."""
    return os.path.realpath(path)


def look_at(path: bytes, *, allows_empty: bool) -> Source:
    """Return the root *path*.

    Raises:
        SourceError: It is not there, or is empty, or may not be listed: what was asked for
            by name is not left out in silence as what is found on the way may be.
    """
    try:
        status = os.lstat(path)
        is_empty = stat.S_ISDIR(status.st_mode) and _is_empty(path)
    except OSError as error:
        raise trouble(error) from error
    if is_empty and not allows_empty:
        raise SourceError("the directory is empty")
    return Source(path, status)


def _is_empty(path: bytes) -> bool:
    """Tell whether a directory holds nothing; raises OSError for one that may not be listed."""
    folder = open_directory(path)
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    finally:
        os.close(folder)


def ancestors(
    path: bytes, stored: bytes, attributes: Callable[[bytes], bytes]
) -> tuple[Ancestor, ...]:
    """Return what lies on the way to *path*, one for each component of *stored*.

    Args:
        path: Of the root.
        stored: Under what path it is stored.
        attributes: Returns the extended attributes of a path.

    Raises:
        SourceError: One of them is gone, or is not ours to look at.
    """
    names = _components(stored)
    tops = _prefixes(path)[-len(names) :]
    return tuple(_ancestor(name, top, attributes) for name, top in zip(names, tops, strict=True))


def _components(stored: bytes) -> Sequence[bytes]:
    return [name for name in stored.split(b"/") if name] or [b""]


def _prefixes(path: bytes) -> list[bytes]:
    found, at = [], path.find(b"/", 1)
    while at != -1:
        found.append(path[:at])
        at = path.find(b"/", at + 1)
    return [*found, path]


def _ancestor(name: bytes, path: bytes, attributes: Callable[[bytes], bytes]) -> Ancestor:
    try:
        status = os.lstat(path)
    except OSError as error:
        raise trouble(error) from error
    seconds, nanoseconds = divmod(status.st_mtime_ns, _NS)
    times = (seconds, nanoseconds)
    owner = (status.st_uid, status.st_gid)
    return name, status.st_mode, *owner, *times, attributes(path)
