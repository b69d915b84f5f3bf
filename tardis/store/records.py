"""The small header at the head of every stored content, in packs and in files of their own.

It says by itself what follows, so that a scan of the bytes rebuilds what the catalog
knows of contents.  Layout, little-endian, `HEADER.size` bytes:

    magic "TdR1" · kind u8 · codec u8 · cipher u8 · flags u8 · plain size u64 ·
    stored size u64 · checksum u32 · reserved u32 · digest 32 · basis 32

The one flag, 1, marks the content of a file with holes.  The checksum is CRC-32 over the
header with a zero checksum: it tells a record from chance bytes.  What proves the stored
bytes is the digest; a large content's segments carry checksums of their own.
"""

import struct
import zlib
from enum import IntEnum
from typing import Final, NamedTuple, Protocol

from tardis.model import IntegrityError

from .catalog.group import Group

MAGIC: Final = b"TdR1"
HEADER: Final = struct.Struct("<4sBBBBQQII32s32s")
RECORD_HEAD: Final = HEADER.size
"""Bytes that a record has before what it stores."""
GROUP_ALIGNMENT: Final = 4096
"""Every commit group starts at a multiple of this in its pack, bytes."""

SEALED: Final = 1
"""The ``cipher`` of records whose bytes are sealed pieces, see `tardis.crypto.Sealer`."""

HAS_HOLES: Final = 1
"""Flag of a record of kind data: segments of extents, see `tardis.streams.extents`."""

_BODY = struct.Struct("<4sBBBBQQ")
_CHECKSUM_AT: Final = _BODY.size
_CHECKSUM = struct.Struct("<I")
_TAIL = struct.Struct("<I32s32s")
_NO_CHECKSUM: Final = bytes(4)
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
    flags: int


def pack_header(  # noqa: PLR0913, PLR0917 - the fields of a header, in their order
    kind: int,
    codec: int,
    size: int,
    digest: bytes,
    stored: int,
    basis: bytes = b"",
    cipher: int = 0,
) -> bytes:
    """Return the header of *stored* bytes behind it, which stand for *size* plain bytes.

    Args:
        kind: One of `Kind`.
        codec: Number of the compression; of a large content the highest of its segments.
        size: Plain bytes; of a delta its own, not those of the content it makes.
        digest: At most 32 bytes.
        stored: Stored bytes.
        basis: Digest of the content that a delta stands on.
        cipher: 0, or `SEALED`.
    """
    return _with_checksum(_BODY.pack(MAGIC, kind, codec, cipher, 0, size, stored), digest, basis)


def pack_holed_header(codec: int, size: int, digest: bytes, stored: int, cipher: int = 0) -> bytes:
    """Return what `pack_header` does, for the content of a file with holes."""
    body = _BODY.pack(MAGIC, Kind.DATA, codec, cipher, HAS_HOLES, size, stored)
    return _with_checksum(body, digest, b"")


def _with_checksum(body: bytes, digest: bytes, basis: bytes) -> bytes:
    tail = _TAIL.pack(0, digest, basis)
    return body + _CHECKSUM.pack(zlib.crc32(tail, zlib.crc32(body + _NO_CHECKSUM))) + tail


def parse_header(data: bytes | memoryview) -> Record:
    """Return the header at the head of *data*.

    Raises:
        IntegrityError: There is none, or it has changed since it was made.
    """
    if len(data) < HEADER.size or data[:4] != MAGIC:
        raise IntegrityError("no record where one should be")
    bare = b"".join((data[:_CHECKSUM_AT], _NO_CHECKSUM, data[_CHECKSUM_AT + 4 : HEADER.size]))
    if zlib.crc32(bare) != _CHECKSUM.unpack_from(data, _CHECKSUM_AT)[0]:
        raise IntegrityError("a record's header does not match its checksum")
    fields = HEADER.unpack_from(data)
    _, kind, codec, cipher, flags, size, stored, checksum, _, digest, basis = fields
    if flags & ~HAS_HOLES:
        raise IntegrityError("a record was written by a newer program")
    known_basis = None if basis == _NO_BASIS else basis
    return Record(kind, codec, cipher, size, stored, checksum, digest, known_basis, flags)


def parse_record(
    data: bytes | memoryview, pack: int, place: int, stored: int
) -> tuple[Record, bytes]:
    """Return header and stored bytes of the record *data*, read at *place* of a pack.

    Raises:
        IntegrityError: It is none of *stored* bytes.  The bytes behind its header are proved
            by their digest alone.
    """
    record = parse_header(data)
    if record.stored != stored or len(data) != HEADER.size + stored:
        raise IntegrityError(f"pack {pack} holds another record at {place}")
    return record, bytes(data[HEADER.size :])


class RecordWriter(Protocol):
    """Takes records of one sort, be it into packs or as files."""

    @property
    def number(self) -> int | None:
        """Number of the pack that the last record went to, None for a file of its own."""

    def begin_record(self) -> None:
        """Make room for a record; call before `append`."""

    def begin_pack(self) -> None:
        """Let what comes next lie apart from what was before."""

    def append(  # noqa: PLR0913, PLR0917 - the fields of a header, in their order
        self,
        kind: int,
        codec: int,
        size: int,
        digest: bytes,
        payload: bytes | memoryview,
        basis: bytes = b"",
    ) -> int:
        """Take one record; return its place."""

    def write(self) -> None:
        """Let all be written that was taken."""

    def seal_into(self, group: Group, holds: str) -> None:
        """Let all be written that was taken, and tell *group* where that is.

        Args:
            group: Gets files, folders and packs.
            holds: What the packs hold, see the catalog's table.
        """

    def close(self) -> None:
        """Close what is open; what was not sealed is dead."""
