"""A tree of everything that file systems allow and programs trip over, each oddity by itself.

`KEPT` lists what a backup keeps; what is taken up later is added there and nowhere else.
"""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.facilities import counts

WIDE: Final = counts(6_000, 100_000)
"""Entries of the widest directory."""

LEVELS: Final = 500
MOMENTS: Final = (
    -(2**31),  # 1901-12-13
    -31_536_000,
    -1,  # 1969-12-31
    0,
    2**31 - 1,
    2**31,  # 2038-01-19
    9_223_372_036,
    9_223_372_037,  # 2262-04-11: more than 64 bits of nanoseconds
    2**33 + 2**32,
    15_032_385_535,  # 2446-05-10, the last second of ext4
)
MODES: Final = (0o000, 0o001, 0o111, 0o222, 0o400, 0o777, 0o1777, 0o2755, 0o4755, 0o7777)


def names(top: bytes) -> None:
    """Give each byte a name, alone and inside others, and names as long as they get."""
    odd = [bytes([byte]) for byte in range(1, 256) if byte not in b"./"]
    odd += [b"a" + one + b"z" for one in odd]
    odd += [b"...", b"..x", b"-rf", b"--help", b"@file", b" ", b"x" * 255, b"\xff" * 255]
    odd += [b"line\nbreak\n", "\u00e9 e\u0301 \U0001f600 \u202e".encode(), b"\n" * 255]
    for name in odd:
        with open(top + b"/" + name, "wb") as file:
            file.write(name)
    for name in odd[::9]:
        os.mkdir(top + b"/dir" + name[:250])
        os.symlink(name, top + b"/link" + name[:250])


def dates(top: bytes) -> None:
    """Date files, directories and links to all times that a disk can hold."""
    for number, moment in enumerate(MOMENTS):
        for nanoseconds in (0, 1, 999_999_999):
            base = top + b"/%d-%d" % (number, nanoseconds)
            with open(base, "wb") as file:
                file.write(b"dated")
            os.mkdir(base + b".dir")
            os.symlink(b"nowhere", base + b".link")
            when = moment * 10**9 + nanoseconds
            for path in (base, base + b".dir", base + b".link"):
                os.utime(path, ns=(when, when), follow_symlinks=False)


def modes(top: bytes) -> None:
    """Give all sorts of permissions, none at all among them."""
    for mode in MODES:
        with open(top + b"/file%o" % mode, "wb") as file:
            file.write(b"%o" % mode)
        os.chmod(file.name, mode)
        inner = top + b"/dir%o" % mode
        os.mkdir(inner)
        with open(inner + b"/inner", "wb") as file:
            file.write(b"inside %o" % mode)
        os.chmod(inner, mode)


def links(top: bytes) -> None:
    """Link softly to nowhere, to itself, and hard across directories."""
    for number, target in enumerate((b".", b"..", b"/", b"self", b"a" * 4000, b"\xff\n", b"//x")):
        os.symlink(target, top + b"/soft%d" % number)
    os.symlink(b"self", top + b"/self")
    with open(top + b"/file", "wb") as file:
        file.write(b"one of many names")
    for number in range(20):
        os.makedirs(top + b"/dir%d" % number)
        os.link(top + b"/file", top + b"/dir%d/file" % number)
        os.link(top + b"/self", top + b"/dir%d/self" % number, follow_symlinks=False)


def depth(top: bytes) -> None:
    """Go down further than any path can name."""
    _descend(top, b"d", LEVELS)


def long_path(top: bytes) -> None:
    """Go down by names of 255 bytes to a path of many times 4,096."""
    _descend(top, b"\xfe" * 255, 80)


def _descend(top: bytes, name: bytes, levels: int) -> None:
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for level in range(levels):
        os.mkdir(name, dir_fd=here)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
        file = os.open(b"file", os.O_WRONLY | os.O_CREAT, dir_fd=here)
        os.write(file, b"%d" % level)
        os.close(file)
    os.close(here)


def width(top: bytes) -> None:
    """Fill one directory with very many entries, most of them empty."""
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(WIDE):
        file = os.open(b"%07d" % (number * 7919 % WIDE), os.O_WRONLY | os.O_CREAT, dir_fd=here)
        if number % 50 == 0:
            os.write(file, b"%d" % number)
        os.close(file)
    os.close(here)


def sizes(top: bytes) -> None:
    """Be empty, and as large as any border, less one and more by one."""
    for border in (4 << 10, 64 << 10, 128 << 10, 1 << 20):
        for size in (0, 1, border - 1, border, border + 1):
            with open(top + b"/%d" % size, "wb") as file:
                file.write(os.urandom(size))


def specials(top: bytes) -> None:
    """Be a pipe, a socket, a device."""
    os.mkfifo(top + b"/pipe", 0o600)
    os.mkfifo(top + b"/pipe \xff\n", 0)
    with socket.socket(socket.AF_UNIX) as listening, _inside(top):
        listening.bind("socket")
    os.mknod(top + b"/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.mknod(top + b"/far", 0o600 | stat.S_IFBLK, os.makedev(4095, 1_048_575))


@contextmanager
def _inside(top: bytes) -> Iterator[None]:
    """Work in a directory: the address of a socket has room for a short path only."""
    before = os.getcwd()
    os.chdir(top)
    try:
        yield
    finally:
        os.chdir(before)


def owners(top: bytes) -> None:
    """Belong to users that nobody has heard of."""
    for number in (0, 1, 65534, 65536, 4_294_967_294):
        with open(top + b"/of%d" % number, "wb") as file:
            file.write(b"owned")
        os.chown(file.name, number, number)
        os.chmod(file.name, 0o6755)
        os.symlink(b"x", top + b"/link%d" % number)
        os.chown(top + b"/link%d" % number, number, number, follow_symlinks=False)


def xattrs(top: bytes) -> None:
    """Carry attributes of any bytes."""
    with open(top + b"/file", "wb") as file:
        file.write(b"attributed")
    os.setxattr(top + b"/file", b"user.\xff", b"\0\n\xff")
    os.setxattr(top + b"/file", b"user.empty", b"")
    os.setxattr(top, b"user.large", b"x" * 2000)
    os.setxattr(top + b"/file", b"trusted.tardis", b"of root")


KEPT: Final[tuple[Callable[[bytes], None], ...]] = (
    names,
    dates,
    modes,
    links,
    depth,
    long_path,
    width,
    sizes,
    specials,
    owners,
    xattrs,
)
"""The oddities that come back."""


def build(top: Path, sparse: int) -> Path:
    """Make the whole tree, with a file of *sparse* bytes that is nearly all hole; only root can."""
    top.mkdir()
    for oddity in KEPT:
        place = top / oddity.__name__
        place.mkdir()
        oddity(os.fsencode(place))
    with (top / "sparse").open("wb") as file:
        for number in range(16):
            file.seek(number * sparse // 16 // 4096 * 4096)
            file.write(os.urandom(64 << 10))
        file.truncate(sparse)
    return top
