"""A slice of a directory as bytes: what fingerprints are made of and what travels.

One layout serves both, so a listing that was fingerprinted is sent as it is.  Each
entry is `ENTRY` followed by its name; entries stand in ascending order of their names.
"""

import stat
import struct
from collections.abc import Iterator
from typing import Final

from tardis.crypto import SEALED_NAME_MAX
from tardis.model import Entry, Listed, RemoteProtocolError

VERSION: Final = 1
"""Goes into every fingerprint; a new layout voids the old ones."""

NOT_ENTERED: Final = 0xFFFF_FFFF
"""Claim of a directory that is recorded without its children."""

SLICE_ENTRIES: Final = 1000
"""Directories up to here are one range; larger ones are cut by the client where names decide."""

RANGE_ENTRIES: Final = 4096
"""Entries of one range at the most, in slices of a large directory."""

NAME_MAX: Final = SEALED_NAME_MAX
"""Bytes of a name, at most: of a sealed one, which a file system never has to take."""

ATTRIBUTES_MAX: Final = 128 << 10
"""Bytes of the extended attributes of one entry, packed, at most."""

ATTRIBUTES_SEAL: Final = 96
"""Bytes that sealing adds to them, at most."""

ATTRIBUTE_HEAD: Final = 16
"""Bytes that packing adds to name and value of an attribute, at most."""

ENTRY: Final = struct.Struct("<IIIQqIqIIQIQIH")
"""mode, uid, gid, size, mtime, mtime_ns, ctime, ctime_ns, file system id, inode, nlink,
rdev, claim, length of the name.  Sizes in bytes, times in seconds and nanoseconds."""

SIZE: Final = struct.Struct("<12xQ")
"""Takes the size alone out of an `ENTRY`, at a fraction of the cost."""

_MODE = struct.Struct("<I")
_RESTORED = struct.Struct("<IIIqqIq")
_HEARD = struct.Struct("<IIIqqIqIIqIqIH")


def iter_listing(blob: bytes, capture: int = 0) -> Iterator[Listed]:
    """Yield the entries of *blob*, looked at on the level *capture*, in order.

    Raises:
        RemoteProtocolError: It is cut, out of order, or holds a name that no directory
            can hold; entries before that were yielded.
    """
    offset, end, before = 0, len(blob), b""
    unpack, size = _HEARD.unpack_from, _HEARD.size
    while offset < end:
        if offset + size > end:
            raise RemoteProtocolError("a listing ends in the middle of an entry")
        fields = unpack(blob, offset)
        length = fields[-1]
        offset += size
        name = blob[offset : offset + length]
        offset += length
        if len(name) != length or name <= before or not is_component(name):
            raise RemoteProtocolError("a listing holds an impossible name")
        before = name
        yield Listed._make((*fields[:-1], name, capture, None, None))


def parse_stat(packed: bytes) -> Listed:
    """Return the entry that *packed*, one `ENTRY` without a name, stands for.

    Raises:
        RemoteProtocolError: It has another length.
    """
    if len(packed) != _HEARD.size:
        raise RemoteProtocolError("a file's state has the wrong length")
    return Listed._make((*_HEARD.unpack(packed)[:-1], b"", 0, None, None))


def restored(row: bytes) -> bytes:
    """Return what is restored of *row*, an `ENTRY` with or without its name, as `crypto` proves it.

    Mode, owners, size, mtime and device: 40 bytes.
    """
    return row[:32] + row[60:68]


def restored_of(entry: Entry) -> bytes:
    """Return the same of a row of a catalog; empty where it holds numbers that none can have."""
    try:
        return _RESTORED.pack(*entry[1:7], entry.rdev)
    except struct.error:
        return b""


def row_of(entry: Entry) -> bytes:
    """Return a row of a catalog as an `ENTRY` with its name, as a client packs it.

    Without a claim: that of a directory that was entered is 0.  Empty where the row holds
    numbers that none can have.
    """
    is_bare = stat.S_ISDIR(entry.mode) and entry.child is None
    claim = NOT_ENTERED if is_bare else 0
    try:
        return _HEARD.pack(*entry[1:13], claim, len(entry.name)) + entry.name
    except struct.error:
        return b""


def kind_of(row: bytes) -> int:
    """Return the kind, ``S_IF...``, of *row*, an `ENTRY` with or without its name."""
    return stat.S_IFMT(_MODE.unpack_from(row)[0])


def is_regular(row: bytes) -> bool:
    """Tell whether *row*, an `ENTRY` with or without its name, is that of a regular file."""
    return kind_of(row) == stat.S_IFREG


def is_component(name: bytes) -> bool:
    """Tell whether *name* can be one component of a path."""
    if not 0 < len(name) <= NAME_MAX or b"/" in name or b"\0" in name:
        return False
    return name not in (b".", b"..")


def fingerprint_parts(capture: int, start: bytes, end: bytes | None, blob: bytes) -> list[bytes]:
    """Return what is hashed for the entries *blob* in the range [start, end)."""
    head = struct.pack("<BBHh", VERSION, capture, len(start), -1 if end is None else len(end))
    return [head, start, end or b"", blob]
