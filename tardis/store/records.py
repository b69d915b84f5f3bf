"""The small header at the head of every stored content, in packs and in files of their own.

It says by itself what follows, so that a scan of the bytes rebuilds what the catalog
knows of contents.  Layout, little-endian, `HEADER.size` bytes:

    magic "TdR1" · kind u8 · codec u8 · cipher u8 · flags u8 · plain size u64 ·
    stored size u64 · checksum u32 · reserved u32 · digest 32 · basis 32

The checksum is CRC-32 over the header with a zero checksum and then, in packs, the
stored bytes; a large content's segments carry their own.
"""

import struct
import zlib
from enum import IntEnum
from typing import Final, NamedTuple

from tardis.model import IntegrityError

MAGIC: Final = b"TdR1"
HEADER: Final = struct.Struct("<4sBBBBQQII32s32s")
GROUP_ALIGNMENT: Final = 4096
"""Every commit group starts at a multiple of this in its pack, bytes."""

_BODY = struct.Struct("<4sBBBBQQ")
_CHECKSUM_AT: Final = _BODY.size
_CHECKSUM = struct.Struct("<I")
_NO_BASIS: Final = bytes(32)


class Kind(IntEnum):
    """What the bytes behind a header are."""

    DATA = 1
    DELTA = 2
    SIGNATURE = 3
    MANIFEST = 4
    KEYS = 5


class Record(NamedTuple):
    """A parsed header."""

    kind: int
    codec: int
    cipher: int
    size: int
    stored: int
    checksum: int
    digest: bytes
    basis: bytes | None


def pack_header(kind: int, codec: int, size: int, digest: bytes, payload: bytes) -> bytes:
    """Return the header for *payload*, which stands for *size* plain bytes."""
    bare = HEADER.pack(
        MAGIC, kind, codec, 0, 0, size, len(payload), 0, 0, digest.ljust(32, b"\0"), _NO_BASIS
    )
    checksum = zlib.crc32(payload, zlib.crc32(bare))
    return bare[:_CHECKSUM_AT] + _CHECKSUM.pack(checksum) + bare[_CHECKSUM_AT + 4 :]


def pack_large_header(codec: int, size: int, stored: int, digest: bytes) -> bytes:
    """Return the header of a large content of *stored* bytes behind it."""
    bare = HEADER.pack(MAGIC, Kind.DATA, codec, 0, 0, size, stored, 0, 0, digest, _NO_BASIS)
    checksum = zlib.crc32(bare)
    return bare[:_CHECKSUM_AT] + _CHECKSUM.pack(checksum) + bare[_CHECKSUM_AT + 4 :]


def parse_header(data: bytes) -> Record:
    """Return the header at the head of *data*.

    Raises:
        IntegrityError: There is none.
    """
    if len(data) < HEADER.size or data[:4] != MAGIC:
        raise IntegrityError("no record where one should be")
    _, kind, codec, cipher, _, size, stored, checksum, _, digest, basis = HEADER.unpack_from(data)
    return Record(
        kind, codec, cipher, size, stored, checksum, digest, None if basis == _NO_BASIS else basis
    )


def check_record(data: bytes, payload: bytes) -> None:
    """Make sure that the header at the head of *data* was made for *payload*.

    Raises:
        IntegrityError: Header or payload have changed since.
    """
    bare = data[:_CHECKSUM_AT] + bytes(4) + data[_CHECKSUM_AT + 4 : HEADER.size]
    (checksum,) = _CHECKSUM.unpack_from(data, _CHECKSUM_AT)
    if zlib.crc32(payload, zlib.crc32(bare)) != checksum:
        raise IntegrityError("a record's bytes do not match its checksum")
