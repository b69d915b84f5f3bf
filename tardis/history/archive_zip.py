"""zip archives: larger than 4 GiB where need be, with modes, owners and symbolic links."""

import stat
import struct
import time
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from .archive import Item

_UNIX: Final = 3
_DIRECTORY: Final = 0x10
_UTF8: Final = 0x800
_LEVEL: Final = 1
"""Of the compression: an archive that is made on the way need not be the smallest."""

_TIMES: Final = struct.Struct("<HHBi")
_OWNER: Final = struct.Struct("<HHBBIBI")
_SECONDS: Final = range(-(1 << 31), 1 << 31)
_NUMBERS: Final = range(1 << 32)
_YEARS: Final = ((1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58))


class ZipArchive:
    """See `archive.Archive`; writes to *out*, which need not seek."""

    def __init__(self, out: BinaryIO) -> None:
        forward: Any = _Forward(out)
        self._zip = zipfile.ZipFile(forward, "w", zipfile.ZIP_DEFLATED)

    def add(self, item: Item, chunks: Iterator[bytes]) -> str:
        """See `archive.Archive.add`."""
        kind = stat.S_IFMT(item.mode)
        if kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            return "a zip archive holds files, directories and symbolic links only"
        is_directory = kind == stat.S_IFDIR
        info = _Info(item.path + b"/" * is_directory)
        info.date_time = _date(item.mtime)
        info.create_system = _UNIX
        info.external_attr = item.mode << 16 | (_DIRECTORY if is_directory else 0)
        info.extra = _extra(item)
        info.compress_type = zipfile.ZIP_DEFLATED if kind == stat.S_IFREG else zipfile.ZIP_STORED
        info._compresslevel = _LEVEL  # type: ignore[attr-defined]  # no other way in 3.11
        parts = iter([item.target]) if kind == stat.S_IFLNK else chunks
        info.file_size = item.size  # tells whether it is one for zip64
        with self._zip.open(info, "w") as member:
            for part in parts:
                member.write(part)
        return ""

    def link(self, item: Item, first: bytes) -> bool:
        """Return False: zip knows no hard links, so each name is a file of its own."""
        return False

    def close(self) -> None:
        """See `archive.Archive.close`."""
        self._zip.close()


class _Info(zipfile.ZipInfo):
    """Keeps a name as it is: UTF-8 where it is that, else its bytes."""

    def __init__(self, name: bytes) -> None:
        super().__init__(name.decode("utf-8", "surrogateescape"))
        self._bytes = name

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        try:
            self._bytes.decode("utf-8")
        except UnicodeDecodeError:
            return self._bytes, self.flag_bits & ~_UTF8
        return self._bytes, self.flag_bits | (0 if self._bytes.isascii() else _UTF8)


class _Forward:
    """A stream that only goes forwards, so that nothing tries to go back in it."""

    def __init__(self, out: BinaryIO) -> None:
        self.write = out.write
        self.flush = out.flush


def _date(seconds: int) -> tuple[int, int, int, int, int, int]:
    """Return local time as far as zip can tell it."""
    first, last = _YEARS
    try:
        found = time.localtime(seconds)[:6]
    except (OverflowError, ValueError, OSError):
        return last if seconds > 0 else first
    return min(max(found, first), last)


def _extra(item: Item) -> bytes:
    """Return the exact time and the owner, in the fields that Info-ZIP made for them."""
    found = b""
    if item.mtime in _SECONDS:
        found += _TIMES.pack(0x5455, 5, 1, item.mtime)
    if item.uid in _NUMBERS and item.gid in _NUMBERS:
        found += _OWNER.pack(0x7875, 11, 1, 4, item.uid, 4, item.gid)
    return found
