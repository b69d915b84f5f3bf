"""tar archives in the pax format: names of any bytes, times in nanoseconds, hard links.

Extended attributes and ACLs are told as star does it and GNU tar reads it, with
``--xattrs`` and ``--acls``.
"""

import io
import stat
import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from .archive import Item, device_numbers

_KINDS: Final = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}
_BUFFER: Final = 1 << 20
_BLOCK: Final = 512
_SIZE: Final = slice(124, 136)
_SUM: Final = slice(148, 156)
"""Where in a header the size and the sum of the header stand, as octal digits."""

_ACLS: Final = {
    b"system.posix_acl_access": b"SCHILY.acl.access",
    b"system.posix_acl_default": b"SCHILY.acl.default",
}


class TarArchive:
    """See `archive.Archive`; writes to *out*, which need not seek."""

    def __init__(self, out: BinaryIO) -> None:
        self._tar = tarfile.TarFile(
            fileobj=_Forward(out),  # type: ignore[arg-type]
            mode="w",
            format=tarfile.PAX_FORMAT,
            encoding="utf-8",
            errors="surrogateescape",
            copybufsize=_BUFFER,
        )

    def add(self, item: Item, chunks: Iterator[bytes]) -> str:
        """See `archive.Archive.add`."""
        kind = _KINDS.get(stat.S_IFMT(item.mode))
        if kind is None:
            return "a tar archive cannot hold a socket"
        info = _info(item, kind)
        info.linkname = _text(item.target)
        info.devmajor, info.devminor = device_numbers(item.rdev)
        self._add(info, chunks)
        return ""

    def link(self, item: Item, first: bytes) -> bool:
        """See `archive.Archive.link`."""
        info = _info(item, tarfile.LNKTYPE)
        info.linkname = _text(first)
        self._add(info, iter(()))
        return True

    def close(self) -> None:
        """See `archive.Archive.close`."""
        self._tar.close()

    def _add(self, info: tarfile.TarInfo, chunks: Iterator[bytes]) -> None:
        self._tar.addfile(info, io.BufferedReader(_Chunks(chunks), _BUFFER) if info.size else None)
        self._tar.members.clear()  # type: ignore[attr-defined]  # it remembers every member


class _Member(tarfile.TarInfo):
    """A member with extended attributes, whose names and values may be any bytes.

    Attributes:
        records: What goes into its extended header besides.
    """

    records = b""

    def tobuf(self, *words: Any, **more: Any) -> bytes:
        """Return the header, with the records in the extended header before it."""
        made = super().tobuf(*words, **more)
        if not self.records:
            return made
        size = int(made[_SIZE].rstrip(b"\0 "), 8)
        extended = made[_BLOCK : _BLOCK + size] + self.records
        head = bytearray(made[:_BLOCK])
        head[_SIZE] = b"%011o\0" % len(extended)
        head[_SUM] = b" " * 8
        head[_SUM] = b"%06o\0 " % sum(head)
        return bytes(head) + extended + bytes(-len(extended) % _BLOCK) + made[-_BLOCK:]


class _Forward:
    """A stream that only goes forwards, and knows how far it is."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._place = 0

    def write(self, data: bytes) -> int:
        """Write all of *data*."""
        self._out.write(data)
        self._place += len(data)
        return len(data)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._place


class _Chunks(io.RawIOBase):
    """Reads what an iterator yields."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def _info(item: Item, kind: bytes) -> tarfile.TarInfo:
    info = _Member(_text(item.path))
    info.type = kind
    info.mode = stat.S_IMODE(item.mode)
    info.uid, info.gid = item.uid, item.gid
    info.uname, info.gname = _text(item.user), _text(item.group)
    info.size = item.size
    info.mtime = item.mtime
    if kind != tarfile.LNKTYPE:
        info.records = b"".join(_record(*one) for one in item.attributes)
    if item.mtime_ns or info.records:
        info.pax_headers = {"mtime": _moment(item.mtime, item.mtime_ns)}
    return info


def _record(name: bytes, value: bytes) -> bytes:
    """Return one attribute as a record of an extended header: its length, keyword and value.

    An equals sign would end the keyword, so it is escaped, as GNU tar does it.
    """
    escaped = name.replace(b"%", b"%25").replace(b"=", b"%3D")
    keyword = _ACLS.get(name, b"SCHILY.xattr." + escaped)
    rest = b" %s=%s\n" % (keyword, value)
    size = len(rest)
    while len(b"%d" % size) + len(rest) != size:
        size = len(b"%d" % size) + len(rest)
    return b"%d" % size + rest


def _moment(seconds: int, nanoseconds: int) -> str:
    """Return a time as pax writes it, which is one number with a fraction."""
    if seconds >= 0:
        return f"{seconds}.{nanoseconds:09}"
    whole = -seconds * 10**9 - nanoseconds
    return f"-{whole // 10**9}.{whole % 10**9:09}"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
