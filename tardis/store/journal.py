"""``tardis.journal``: a line for each stored content, a header for each set; only appended to.

A content's line is ``digest:basis:codec:cipher:place:size:stored`` with 16 hex digits of a
digest, an empty basis for a whole copy, and the place as ``pack+offset`` or ``file-n``.  A set's
header is ``===== S: number name session D: date V: version``, written after its row was
committed.  A header that the catalog does not know of means that an old catalog was put
back.
"""

import os
import re
from typing import Any, Final

from tardis.crypto import MD5_SIZE
from tardis.streams import CODECS

from .flush import write_all

_HEADER: Final = re.compile(rb"\n===== S: (\d+) ")
_IN_PACK: Final = re.compile(rb"[0-9a-f]+:[0-9a-f]*:\d+:\d+:(\d{1,15})\+")
_HEAD: Final = 8
"""Bytes of a digest that a line has: enough to tell contents apart; its record has the rest."""

_BLOCK: Final = 64 << 10
_OVERLAP: Final = 64


class Journal:
    """The journal of one store, open for appending."""

    def __init__(self, path: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o666)
        self._is_torn = self._ends_within_a_line()

    def append(self, text: str) -> None:
        """Append *text*, whole lines; the caller flushes."""
        if text:
            text = f"\n{text}" if self._is_torn else text
            self._is_torn = False
            write_all(self._descriptor, text.encode())

    def sync(self) -> None:
        """Flush the journal alone."""
        os.fsync(self._descriptor)

    def last_set(self) -> int:
        """Return the number in the last header, 0 when there is none."""
        end = os.fstat(self._descriptor).st_size
        while end > 0:
            start = max(0, end - _BLOCK)
            data = os.pread(self._descriptor, end - start, start)
            found = _HEADER.findall(data if start else b"\n" + data)
            if found:
                return int(found[-1])
            end = start + _OVERLAP if start else 0
        return 0

    def last_pack(self) -> int:
        """Return the highest pack number in any line, 0 when there is none."""
        last = 0
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            for line in file:
                found = _IN_PACK.match(line)
                last = max(last, int(found[1]) if found else 0)
        return last

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _ends_within_a_line(self) -> bool:
        """Tell whether a run was killed, or the disk was full, in the middle of a line."""
        end = os.fstat(self._descriptor).st_size
        return end > 0 and os.pread(self._descriptor, 1, end - 1) != b"\n"


def content_line(content: tuple[Any, ...], cipher: int = 0) -> str:
    """Return the line of a content.

    Args:
        content: (digest, codec, pack or None, place, size, stored), and of a delta the digest
            of its basis.
        cipher: As in its record.
    """
    digest, codec, pack, place, size, stored, *basis = content
    where = f"file-{place}" if pack is None else f"{pack}+{place}"
    below = basis[0][:_HEAD].hex() if basis else ""
    return f"{digest[:_HEAD].hex()}:{below}:{codec}:{cipher}:{where}:{size}:{stored}\n"


def classic_line(content: tuple[Any, ...], cipher: int = 0) -> str:
    """Return the line of a content of the classic scheme; see `content_line`.

    ``MD5:basis:encrypted:compression`` is documented; place, sizes and SHA-256 follow, and
    of a delta the SHA-256 of its basis.
    """
    digest, codec, _, place, size, stored, *basis = content
    name, strong = digest[:MD5_SIZE].hex(), digest[MD5_SIZE:].hex()
    method = CODECS[codec] if codec else "None"
    below, proof = ("", "")
    if basis:
        below, proof = basis[0][:MD5_SIZE].hex(), f":{basis[0][MD5_SIZE:].hex()}"
    return f"{name}:{below}:{cipher}:{method}:file-{place}:{size}:{stored}:{strong}{proof}\n"


def header_line(number: int, name: str, session: str, date: str, version: str) -> str:
    """Return the header of a set; what clients say of themselves cannot break the line."""
    text = f"===== S: {number} {name} {session} D: {date} V: {version}"
    return "".join(char if char.isprintable() else "?" for char in text) + "\n"
