"""What the kernel's side of FUSE says and hears: layouts and numbers of its protocol, no more.

Source: ``include/uapi/linux/fuse.h`` of Linux, version 7.31, which later ones only add to.
All is in this machine's byte order.  A request is a `HEADER` and a body, an answer a `REPLY` and
a body; a negative error number in the `REPLY` stands for no body.
"""

from collections.abc import Callable
from struct import Struct
from typing import Final

VERSION: Final = (7, 31)
"""What we speak, and every newer kernel."""

OLDEST: Final = (7, 23)
"""What a kernel has to speak at least: Linux 3.15."""

LOOKUP, FORGET, GETATTR, READLINK, OPEN, READ = 1, 2, 3, 5, 14, 15
STATFS, RELEASE, GETXATTR, LISTXATTR, INIT = 17, 18, 22, 23, 26
OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY = 27, 28, 29, 36, 38
BATCH_FORGET, READDIRPLUS = 42, 44

HEADER: Final = Struct("=IIQQIIIHH")
"""Length, kind, number of the request, node, uid, gid, pid, extensions, padding."""

REPLY: Final = Struct("=IiQ")
"""Length, error, number of the request."""

INIT_IN: Final = Struct("=IIII")
"""Major and minor version, read-ahead, flags; newer kernels say more."""

INIT_OUT: Final = Struct("=IIIIHHIIHHI28x")
"""The same, then requests in the background, when they count as many, bytes of a write, how
exact times are, pages of a request, alignment, further flags."""

FOLDER_KIND: Final = 0o040000 >> 12
"""Kind of a directory in a listing."""

READ_IN: Final = Struct("=QQII")
"""Handle, offset, size, flags; and more that is of no use here.  Directories too."""

OPEN_IN: Final = Struct("=I")
OPEN_OUT: Final = Struct("=QII")
"""Handle, flags, padding."""

HANDLE: Final = Struct("=Q")
FORGET_IN: Final = Struct("=Q")
"""How many of its lookups the kernel forgets."""

BATCH_IN: Final = Struct("=II")
FORGET_ONE: Final = Struct("=QQ")
"""Node and how many lookups of it."""

XATTR_IN: Final = Struct("=II")
"""Room for the answer, 0 to ask how much is needed; the name follows."""

XATTR_SIZE: Final = Struct("=II")
STATFS_OUT: Final = Struct("=QQQQQIIII24x")
"""Blocks, free, available, files, free files, block size, longest name, fragment size, padding."""

_ATTRIBUTES = "QQQqqqIIIIIIIIII"
ATTRIBUTES_OUT: Final = Struct("=QII" + _ATTRIBUTES)
"""Seconds it holds, nanoseconds, padding; inode, size, blocks, three times, their nanoseconds,
mode, links, uid, gid, device, block size, flags."""

ENTRY_OUT: Final = Struct("=QQQQII" + _ATTRIBUTES)
"""Node, generation, seconds that the name and the attributes hold, their nanoseconds; then as
above."""

DIRENT: Final = Struct("=QQII")
"""Inode, where the next one is, length of the name, kind; the name follows, in eights."""

ASYNC_READ, AUTO_INVAL_DATA, DO_READDIRPLUS, READDIRPLUS_AUTO = 1, 1 << 12, 1 << 13, 1 << 14
PARALLEL_DIROPS, POSIX_ACL, MAX_PAGES, NO_OPENDIR = 1 << 18, 1 << 20, 1 << 22, 1 << 24

KEEP_CACHE, CACHE_DIR = 1 << 1, 1 << 3
"""Flags of `OPEN_OUT`: bytes or names that the kernel has are still those; it may keep names."""

SMALLEST_BUFFER: Final = 1 << 13
"""Bytes that the kernel wants to be able to write a request to, beside what a write brings."""

MOST_PAGES: Final = 256
"""Pages of one request: 1 MiB on most machines."""

ROOT: Final = 1
NAME_MAX: Final = 255


def packers_of(before: int) -> list[Callable[..., bytes]]:
    """Return what packs a `DIRENT` and its name behind so many zeros, by the length of the name."""
    form = f"={before}x{DIRENT.format[1:]}"
    return [Struct(f"{form}{n}s{-n % 8}x").pack for n in range(NAME_MAX + 1)]
