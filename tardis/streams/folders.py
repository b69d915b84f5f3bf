"""Private directories that a program needs for a moment: locked while anybody needs them.

A process that is killed leaves its directory behind.  The lock ends with the last process
that has it open, so whoever makes the next one of the same kind can tell which are left, and
removes them: what they hold may be a restored file, or a copy of a catalog.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import NamedTuple


class FolderKind(NamedTuple):
    """What directories are for.

    Attributes:
        prefix: What their names begin with.
        holds: Patterns of all names that ever lie in one; with anything else in it a
            directory is somebody's own, and stays.
    """

    prefix: str
    holds: tuple[str, ...]


class PrivateFolder(NamedTuple):
    """A private directory.

    Attributes:
        path: Where.
        descriptor: What holds its lock; other processes may inherit it.
    """

    path: str
    descriptor: int

    def remove(self) -> None:
        """Remove it with what it holds, and give up the lock; call once."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.descriptor)


def make_folder(above: str, kind: FolderKind) -> PrivateFolder:
    """Make a fresh directory for us alone, and remove those of its *kind* that are left there.

    Args:
        above: Directory in which it is made; the system's temporary one when empty.
        kind: What it is for.

    Raises:
        OSError: It cannot be made.
    """
    above = above or tempfile.gettempdir()
    with suppress(OSError):  # where nobody may look nothing is swept
        _sweep(above, kind)
    while True:
        path = tempfile.mkdtemp(prefix=kind.prefix, dir=above)
        with suppress(FileNotFoundError):  # somebody who sweeps was faster than our lock
            descriptor = _opened(path)
            with suppress(OSError):  # where there are no locks nobody sweeps either
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.exists(path):
                return PrivateFolder(path, descriptor)
            os.close(descriptor)


def _sweep(above: str, kind: FolderKind) -> None:
    with os.scandir(above) as found:
        names = [one.path for one in found if one.name.startswith(kind.prefix)]
    for path in names:
        with suppress(OSError):
            _sweep_one(path, kind.holds)


def _sweep_one(path: str, patterns: tuple[str, ...]) -> None:
    """Remove a directory if it is ours, nobody has its lock, and it holds nothing else."""
    descriptor = _opened(path)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        names = os.listdir(descriptor)
        if all(_is_one_of(descriptor, name, patterns) for name in names):
            for name in names:
                os.unlink(name, dir_fd=descriptor)
            os.rmdir(path)
    finally:
        os.close(descriptor)


def _is_one_of(descriptor: int, name: str, patterns: tuple[str, ...]) -> bool:
    found = os.lstat(name, dir_fd=descriptor)
    return not stat.S_ISDIR(found.st_mode) and any(fnmatchcase(name, one) for one in patterns)


def _opened(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
