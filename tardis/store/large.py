"""Large contents: a file each, cut into segments that are compressed alone.

Layout: the record header (kind data, or delta), then the segments, then an index of one
``stored u32 · checksum u32 · codec u8`` for each segment, then ``count u32 · checksum of
the index u32 · magic "TdI1"``.  Every segment but the last stands for 1 MiB plain, so
any offset is found by adding up; where no segment is compressed, segment i lies at
header + i MiB.
"""

import os
import struct
import zlib
from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from tardis.crypto import Digester
from tardis.model import SEGMENT, IntegrityError, StoredContent
from tardis.streams import Codec, expand

from .flush import write_all
from .records import HEADER, Kind, pack_header, parse_header

_INDEX = struct.Struct("<IIB")
_TAIL = struct.Struct("<II4s")
_MAGIC: Final = b"TdI1"
MAX_SEGMENTS: Final = 1 << 24
"""Segments of one content at the most: 16 TiB."""


def stored_size(segment_bytes: int, segments: int) -> int:
    """Return the bytes behind the header of *segments* segments that take *segment_bytes*."""
    return segment_bytes + segments * _INDEX.size + _TAIL.size


class LargeWriter:
    """Writes one large content to a temporary file.

    Args:
        path: Of the temporary file, which must be in a directory of the store.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o666)
        try:
            write_all(self._descriptor, bytes(HEADER.size))
        except OSError:
            self.abandon()
            raise
        self._index = bytearray()
        self._codec = int(Codec.NONE)
        self.stored = 0

    def add(self, codec: int, data: bytes) -> None:
        """Append one segment.

        Raises:
            IntegrityError: There are too many already.
        """
        if len(self._index) >= MAX_SEGMENTS * _INDEX.size:
            raise IntegrityError(f"a content has more than {MAX_SEGMENTS} segments")
        write_all(self._descriptor, data)
        self._index += _INDEX.pack(len(data), zlib.crc32(data), codec)
        self._codec = max(self._codec, codec)
        self.stored += len(data)

    def finish(self, size: int, digest: bytes, basis: bytes = b"") -> int:
        """Write index and header; return the stored bytes behind the header.

        Args:
            size: Plain bytes of all segments.
            digest: Of the content.
            basis: Digest of the content that the segments are a delta against, if they are.
        """
        index = bytes(self._index)
        tail = _TAIL.pack(len(index) // _INDEX.size, zlib.crc32(index), _MAGIC)
        write_all(self._descriptor, index + tail)
        stored = stored_size(self.stored, len(index) // _INDEX.size)
        kind = Kind.DELTA if basis else Kind.DATA
        header = pack_header(kind, self._codec, size, digest, stored, basis)
        os.pwrite(self._descriptor, header, 0)
        os.close(self._descriptor)
        self._descriptor = -1
        return stored

    def abandon(self) -> None:
        """Remove the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        os.unlink(self.path)


class LargeContent:
    """A large content, open for reading; see `model.Content`.

    Args:
        path: Of its file.
        content: What the catalog says of it.
        key: The repository's digest key.
        basis: The file holds a delta of that content against the one with this digest; what
            is read is the delta, its size the header's.

    Attributes:
        size: Plain bytes.
        codec: The highest of its segments.

    Raises:
        IntegrityError: The file is absent, or is not that content.
    """

    def __init__(
        self, path: str, content: StoredContent, key: bytes, basis: bytes | None = None
    ) -> None:
        self.size, self.codec = content.size, int(Codec.NONE)
        self._basis = basis
        self._content = content
        self._key = key
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
        try:
            self._index = self._read_index()
        except IntegrityError:
            self.close()
            raise
        lengths = (stored for stored, _, _ in _INDEX.iter_unpack(self._index))
        self._starts = array("Q", accumulate(lengths, initial=HEADER.size))
        self._last: tuple[int, bytes] = (-1, b"")

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        parts = []
        end = min(offset + length, self.size)
        while offset < end:
            number, inside = divmod(offset, SEGMENT)
            part = self._segment(number)[inside : inside + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        state = Digester(self._key)
        for number in range(len(self._index) // _INDEX.size):
            part = self._segment(number)
            state.update(part)
            yield part
        if state.digest() != self._content.digest:
            raise IntegrityError("a large content does not match its digest")

    def close(self) -> None:
        """See `model.Content.close`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _segment(self, number: int) -> bytes:
        if self._last[0] == number:
            return self._last[1]
        stored, checksum, codec = _INDEX.unpack_from(self._index, number * _INDEX.size)
        data = self._read(stored, self._starts[number])
        if zlib.crc32(data) != checksum:
            raise IntegrityError(f"segment {number} of a large content is damaged")
        plain = expand(codec, data, min(SEGMENT, self.size - number * SEGMENT))
        self._last = (number, plain)
        return plain

    def _read_index(self) -> bytes:
        content = self._content
        head = self._read(HEADER.size, 0)
        record = parse_header(head)
        if self._basis is not None:
            self.size = record.size
        kind = Kind.DATA if self._basis is None else Kind.DELTA
        wanted = (kind, content.digest, self.size, content.stored, self._basis)
        if (record.kind, record.digest, record.size, record.stored, record.basis) != wanted:
            raise IntegrityError("a large content's file holds another content")
        self.codec = record.codec
        end = HEADER.size + content.stored
        count, checksum, magic = _TAIL.unpack(self._read(_TAIL.size, end - _TAIL.size))
        if magic != _MAGIC or count != -(-self.size // SEGMENT) or count > MAX_SEGMENTS:
            raise IntegrityError("a large content has no index")
        length = count * _INDEX.size
        index = self._read(length, end - _TAIL.size - length)
        if zlib.crc32(index) != checksum:
            raise IntegrityError("a large content's index is damaged")
        return index

    def _read(self, length: int, offset: int) -> bytes:
        try:
            data = os.pread(self._descriptor, length, offset)
        except (OSError, OverflowError) as error:
            raise IntegrityError(f"a large content cannot be read: {error}") from error
        if len(data) != length:
            raise IntegrityError("a large content's file is cut off")
        return data
