"""The private directory in which a local server's socket is made: locked while anybody needs it.

A process that is killed leaves its directory behind.  The lock ends with the last process
that has it open, so whoever makes the next one can tell which are left, and removes them.
"""

import fcntl
import os
import tempfile
from contextlib import suppress
from typing import Final, NamedTuple

PREFIX: Final = "tardis-local-"
SOCKET: Final = "socket"
"""All that ever lies in such a directory."""


class LocalPlace(NamedTuple):
    """A private directory.

    Attributes:
        path: Where.
        descriptor: What holds its lock; other processes may inherit it.
    """

    path: str
    descriptor: int

    @property
    def socket(self) -> str:
        """Path of the socket."""
        return os.path.join(self.path, SOCKET)

    def remove(self) -> None:
        """Remove it and give up the lock; call once."""
        _remove(self.path, self.descriptor)
        os.close(self.descriptor)


def make_place(folder: str) -> LocalPlace:
    """Make a fresh directory below *folder*, for us alone, and remove those that are left there.

    Raises:
        OSError: It cannot be made.
    """
    _sweep(folder)
    while True:
        path = tempfile.mkdtemp(prefix=PREFIX, dir=folder)
        with suppress(FileNotFoundError):  # somebody who sweeps was faster than our lock
            descriptor = _opened(path)
            with suppress(OSError):  # where there are no locks nobody sweeps either
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.exists(path):
                return LocalPlace(path, descriptor)
            os.close(descriptor)


def _sweep(folder: str) -> None:
    with os.scandir(folder) as found:
        names = [one.path for one in found if one.name.startswith(PREFIX)]
    for path in names:
        with suppress(OSError):
            _sweep_one(path)


def _sweep_one(path: str) -> None:
    """Remove a directory if it is ours and nobody has its lock."""
    descriptor = _opened(path)
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path, descriptor)
    finally:
        os.close(descriptor)


def _remove(path: str, descriptor: int) -> None:
    with suppress(OSError):
        os.unlink(SOCKET, dir_fd=descriptor)
    with suppress(OSError):
        os.rmdir(path)


def _opened(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
