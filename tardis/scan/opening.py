"""Opening files and directories to look at them, leaving no trace where that is permitted.

A source is never followed through a symbolic link, never waited for, and its access
time is left alone when the kernel lets us.
"""

import errno
import os
from collections.abc import Iterator
from typing import Final

from tardis.model import SourceError

PATH_MAX: Final = 4095
"""Bytes of a path that one system call takes."""

GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
"""The only errors that mean that something vanished."""

DENIED: Final = frozenset({errno.EACCES, errno.EPERM})
"""Errors that mean that it is not ours to read."""

_QUIET = getattr(os, "O_NOATIME", 0)
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def trouble(error: OSError) -> SourceError:
    """Return what to say about *error*, met at a source.

    ELOOP is what O_NOFOLLOW says where a symbolic link stands now: what was there is gone.
    ENXIO comes from a socket or a FIFO in its place.
    """
    if error.errno in (errno.ELOOP, errno.ENXIO):
        return SourceError("it was replaced by something else", errno.ENOENT)
    return SourceError(error.strerror or str(error), error.errno or 0)


def open_file(name: bytes, directory: int) -> int:
    """Return a descriptor to read the file *name* in the open *directory*."""
    try:
        return os.open(name, _FILE | _QUIET, dir_fd=directory)
    except PermissionError as error:
        if error.errno != errno.EPERM or not _QUIET:
            raise
    return os.open(name, _FILE, dir_fd=directory)


def open_directory(path: bytes, *, may_pass_links: bool = True) -> int:
    """Return a descriptor of the directory *path*, which may be of any length.

    Args:
        path: Absolute; its last component is never followed if it is a link.
        may_pass_links: The caller will see by the inode whether it came elsewhere; without
            that no component may be a link.
    """
    if not may_pass_links:
        return _open_step_by_step(path)
    if len(path) <= PATH_MAX:
        return _open_quietly(path, None)
    directory: int | None = None
    for part in _parts(path):
        above = directory
        try:
            directory = _open_quietly(part, above)
        finally:
            if above is not None:
                os.close(above)
    assert directory is not None
    return directory


def _open_step_by_step(path: bytes) -> int:
    here = os.open(b"/", _STEP)
    for name in filter(None, path.split(b"/")):
        there = here
        try:
            here = os.open(name, _STEP, dir_fd=there)
        finally:
            os.close(there)
    try:
        return _open_quietly(b".", here)
    finally:
        os.close(here)


def _parts(path: bytes) -> Iterator[bytes]:
    """Cut an absolute *path* at slashes into parts that one system call takes each."""
    while len(path) > PATH_MAX:
        slash = path.rindex(b"/", 1, PATH_MAX)
        yield path[:slash]
        path = path[slash + 1 :]
    yield path


def _open_quietly(path: bytes, directory: int | None) -> int:
    try:
        return os.open(path, _DIRECTORY | _QUIET, dir_fd=directory)
    except PermissionError as error:
        if error.errno != errno.EPERM or not _QUIET:
            raise
    return os.open(path, _DIRECTORY, dir_fd=directory)
