"""Makes FIFOs, sockets and device nodes, which are never opened."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

KINDS: Final = frozenset({stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK})
DEVICES: Final = frozenset({stat.S_IFCHR, stat.S_IFBLK})

NEEDS_ROOT: Final = "left out, for only root can make devices"

_DENIED: Final = frozenset({errno.EPERM, errno.EACCES})
_MINE: Final = 0o600
_JUST_THIS: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class NotOurs(Exception):
    """This process may not make that kind of file."""


def make_special(name: bytes, folder: int, mode: int, rdev: int) -> None:
    """Make *name*, of the kind in *mode*, in the open directory *folder*; it is ours alone.

    Raises:
        NotOurs: It is a device, and devices are not for us to make.
        OSError: It cannot be made.
    """
    kind = stat.S_IFMT(mode)
    try:
        os.mknod(name, kind | _MINE, rdev if kind in DEVICES else 0, dir_fd=folder)
    except OSError as error:
        if kind in DEVICES and error.errno in _DENIED:
            raise NotOurs from error
        raise


@contextmanager
def held(name: bytes, folder: int, mode: int) -> Iterator[bytes]:
    """Give a path that leads to *name* in *folder*, whatever takes its name meanwhile.

    It is held by a descriptor that neither opens nor follows it.

    Raises:
        OSError: It is not of the kind in *mode* any more.
    """
    descriptor = os.open(name, _JUST_THIS, dir_fd=folder)
    try:
        if stat.S_IFMT(os.fstat(descriptor).st_mode) != stat.S_IFMT(mode):
            raise OSError(0, "it was replaced")
        yield b"/proc/self/fd/%d" % descriptor
    finally:
        os.close(descriptor)
