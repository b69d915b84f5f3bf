"""Large contents: a file each, cut into segments that are compressed alone.

Layout: the record header (kind data, or delta), then the segments, then an index of one
``stored u32 · checksum u32 · codec u8`` for each segment, then ``count u32 · checksum of
the index u32 · magic "TdI1"``.  Every segment but the last stands for 1 MiB plain, so
any offset is found by adding up; where no segment is compressed, segment i lies at
header + i MiB.

Of a file with holes the header carries a flag, every segment is one of
`tardis.streams.extents` and stands for 1 MiB of data but the last, and the index says
``stored u32 · checksum u32 · codec u8 · plain u32 · first offset u64`` for each.
"""

import os
import struct
import zlib
from array import array
from collections.abc import Generator, Iterator
from itertools import accumulate
from typing import Final

from tardis.model import RESUMABLE, SEGMENT, IntegrityError, RawFile, StoredContent
from tardis.streams import HOLED_SEGMENT, Codec, expand, with_offsets

from .appending import Appender
from .files import opened
from .partials import HOLED_INDEX, INDEX, Partial, PartsList, pack_mark
from .proved import iter_proved
from .records import HAS_HOLES, HEADER, SEALED, Kind, pack_header, pack_holed_header, parse_header

_TAIL = struct.Struct("<II4s")
_MAGIC: Final = b"TdI1"
MAX_SEGMENTS: Final = 1 << 24
"""Segments of one content at the most: 16 TiB."""


def stored_size(segment_bytes: int, segments: int, *, has_holes: bool = False) -> int:
    """Return the bytes behind the header of *segments* segments that take *segment_bytes*."""
    row = HOLED_INDEX if has_holes else INDEX
    return segment_bytes + segments * row.size + _TAIL.size


class LargeWriter:
    """Writes one large content to a temporary file.

    Args:
        path: Of the temporary file, which must be in a directory of the store.
        has_holes: It is the content of a file with holes.
        upload: What tells it from other uploads, should it be cut off; empty: nothing is
            kept of it then.
        is_direct: Write past the page cache.

    Attributes:
        cipher: 0, or `SEALED`: the segments are sealed pieces, one more than there are.
    """

    cipher = 0

    def __init__(
        self, path: str, *, has_holes: bool = False, upload: bytes = b"", is_direct: bool = False
    ) -> None:
        self._begin(path, has_holes, upload)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o666)
        self._appender = Appender(self._descriptor, 0, is_direct=is_direct)
        self._appender.add(bytes(HEADER.size))

    @classmethod
    def resumed(cls, partial: Partial, *, is_direct: bool = False) -> "LargeWriter":
        """Return what goes on behind the segments of *partial*, and drops what follows them.

        Raises:
            OSError: Its file cannot be written to.
        """
        self = cls.__new__(cls)
        self._begin(partial.path, partial.has_holes, partial.upload)
        self.cipher = SEALED if partial.is_sealed else 0
        self._index += partial.index
        self._rows += partial.rows
        self._segments, self._codec, self.stored = partial.parts, partial.codec, partial.stored
        end = HEADER.size + self.stored
        self._descriptor = os.open(partial.path, os.O_WRONLY | os.O_CLOEXEC)
        self._appender = Appender(self._descriptor, end, is_direct=is_direct)
        try:
            os.ftruncate(self._descriptor, end)
            os.lseek(self._descriptor, 0, os.SEEK_END)
            self._list_parts()
        except OSError:
            self._close()
            raise
        return self

    def _begin(self, path: str, has_holes: bool, upload: bytes) -> None:
        self.path = path
        self._has_holes = has_holes
        self._upload = upload
        self._list: PartsList | None = None
        self._index = bytearray()
        self._rows = bytearray()
        self._segments = 0
        self._codec = int(Codec.NONE)
        self.stored = 0

    def add(self, codec: int, data: bytes, mark: bytes = b"") -> None:
        """Append one segment, with the *mark* by which its client knows it again, if it is sealed.

        Raises:
            IntegrityError: There are too many already.
        """
        self._write(codec, data, INDEX.pack(len(data), zlib.crc32(data), codec), mark)

    def add_holed(self, codec: int, data: bytes, size: int, offset: int, mark: bytes = b"") -> None:
        """Append one segment of *size* bytes whose first extent begins at *offset*; see `add`."""
        row = HOLED_INDEX.pack(len(data), zlib.crc32(data), codec, size, offset)
        self._write(codec, data, row, mark)

    def finish(self, size: int, digest: bytes, basis: bytes = b"") -> int:
        """Write index and header; return the stored bytes behind the header.

        Args:
            size: Plain bytes of all segments; of a sealed delta those of what it makes.
            digest: Of the content.
            basis: Digest of the content that the segments are a delta against, if they are.
        """
        index = bytes(self._index)
        tail = _TAIL.pack(self._segments, zlib.crc32(index), _MAGIC)
        self._appender.add(index + tail)
        stored = stored_size(self.stored, self._segments, has_holes=self._has_holes)
        if self._has_holes:
            header = pack_holed_header(self._codec, size, digest, stored, self.cipher)
        else:
            kind = Kind.DELTA if basis else Kind.DATA
            header = pack_header(kind, self._codec, size, digest, stored, basis, self.cipher)
        self._appender.put_first(header)
        self._appender.flush()
        self._close()
        self._forget_parts()
        return stored

    def leave(self) -> None:
        """Let what is there lie for the next run, if it is enough to be resumed."""
        if self._list is None:
            self.abandon()
            return
        self._appender.flush()
        self._close()
        self._list.close()
        self._list = None

    def abandon(self) -> None:
        """Remove the file."""
        self._close()
        self._forget_parts()
        os.unlink(self.path)

    def _forget_parts(self) -> None:
        if self._list is not None:
            self._list.remove()
            self._list = None

    def _close(self) -> None:
        if self._descriptor >= 0:
            self._appender.close()
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, codec: int, data: bytes, row: bytes, mark: bytes) -> None:
        if self._segments >= MAX_SEGMENTS:
            raise IntegrityError(f"a content has more than {MAX_SEGMENTS} segments")
        self._appender.add(data)
        self._segments += 1
        self._codec = max(self._codec, codec)
        self.stored += len(data)
        self._index += row
        if self._upload:
            self._tell(row + pack_mark(mark) if self.cipher else row)

    def _tell(self, row: bytes) -> None:
        """Put a segment into the list, which is made when there is enough for it."""
        if self._list is not None:
            self._list.add(row)
            return
        self._rows += row
        if self._segments == RESUMABLE:
            self._list_parts()

    def _list_parts(self) -> None:
        kinds = {"has_holes": self._has_holes, "is_sealed": bool(self.cipher)}
        self._list = PartsList(self.path, self._upload, bytes(self._rows), **kinds)
        self._rows.clear()


class SegmentFile:
    """The file of a large content, open for reading, by segments.

    Args:
        file: The file, closed with this, or its path.
        content: What the catalog says of it.
        basis: It holds a delta of that content against the one with this digest.
        is_headless: Believe what the catalog says, whatever the header does: for a whole
            content that is proved by its digest.

    Attributes:
        count: Of its segments.
        size: Plain bytes; of a delta its own, as the header says.
        codec: The highest of its segments.
        has_holes: See `model.StoredContent`.

    Raises:
        IntegrityError: The file is absent, or is not that content.
    """

    def __init__(
        self,
        file: str | RawFile,
        content: StoredContent,
        basis: bytes | None = None,
        *,
        is_headless: bool = False,
    ) -> None:
        self.size, self.codec = content.size, int(Codec.NONE)
        self.has_holes = bool(content.has_holes)
        self._row = HOLED_INDEX if content.has_holes else INDEX
        self._file = opened(file)
        try:
            if not is_headless:
                self._read_header(content, basis)
            self._index = self._read_index(content)
        except BaseException:
            self.close()
            raise
        self.count = len(self._index) // self._row.size
        lengths = (row[0] for row in self._row.iter_unpack(self._index))
        self._starts = array("Q", accumulate(lengths, initial=HEADER.size))

    def offsets(self) -> "array[int]":
        """Return where the first extent of each segment of a file with holes begins."""
        return array("Q", (row[4] for row in HOLED_INDEX.iter_unpack(self._index)))

    def segment(self, number: int, size: int) -> bytes:
        """Return the *size* bytes of one segment.

        Raises:
            IntegrityError: The stored bytes are damaged.
        """
        codec, data = self.raw(number)
        return expand(codec, data, size)

    def raw(self, number: int) -> tuple[int, bytes]:
        """Return codec and stored bytes of one segment.

        Raises:
            IntegrityError: The stored bytes are damaged.
        """
        stored, checksum, codec, *_ = self._row.unpack_from(self._index, number * self._row.size)
        data = self._read(stored, self._starts[number])
        if zlib.crc32(data) != checksum:
            raise IntegrityError(f"segment {number} of a large content is damaged")
        return codec, data

    def plain_at(self, offset: int, length: int) -> bytes:
        """Return bytes of a content whose `codec` is none, proved by no checksum; see `segment`."""
        return self._read(length, HEADER.size + offset)

    def place_of(self, number: int) -> tuple[int, int]:
        """Return plain bytes and first offset of one segment of a file with holes."""
        *_, size, offset = HOLED_INDEX.unpack_from(self._index, number * HOLED_INDEX.size)
        return size, offset

    def holed_segment(self, number: int) -> bytes:
        """Return one segment of a file with holes, as `tardis.streams.extents` has it.

        Raises:
            IntegrityError: The stored bytes are damaged.
        """
        size, _ = self.place_of(number)
        if size > HOLED_SEGMENT:
            raise IntegrityError(f"segment {number} of a large content has an impossible size")
        return self.segment(number, size)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _read_header(self, content: StoredContent, basis: bytes | None) -> None:
        record = parse_header(self._read(HEADER.size, 0))
        if basis is not None and not content.cipher:
            self.size = record.size
        kind = Kind.DATA if basis is None else Kind.DELTA
        flags = HAS_HOLES if content.has_holes else 0
        wanted = (kind, content.digest, self.size, content.stored, basis, flags)
        found = (record.kind, record.digest, record.size, record.stored, record.basis, record.flags)
        if found != wanted or record.cipher != content.cipher:
            raise IntegrityError("a large content's file holds another content")
        self.codec = record.codec

    def _read_index(self, content: StoredContent) -> bytes:
        end = HEADER.size + content.stored
        count, checksum, magic = _TAIL.unpack(self._read(_TAIL.size, end - _TAIL.size))
        length = count * self._row.size
        is_untold = content.has_holes or (content.cipher and content.basis is not None)
        is_all = is_untold or count == -(-self.size // SEGMENT) + bool(content.cipher)
        if magic != _MAGIC or not is_all or count > MAX_SEGMENTS or length > content.stored:
            raise IntegrityError("a large content has no index")
        index = self._read(length, end - _TAIL.size - length)
        if zlib.crc32(index) != checksum:
            raise IntegrityError("a large content's index is damaged")
        return index

    def _read(self, length: int, offset: int) -> bytes:
        data = self._file.read_at(length, offset)
        if len(data) != length:
            raise IntegrityError("a large content's file is cut off")
        return data


class LargeContent:
    """A large content without holes, open for reading; see `model.Content`.

    Args:
        file: Its file, or the path of that.
        content: What the catalog says of it.
        key: The repository's digest key.
        basis: The file holds a delta of that content against the one with this digest; what
            is read is the delta, its size the header's.
        is_proved_elsewhere: Pass over the checksums of its segments, where nothing has to be
            expanded: a digest proves what is read, or what is made of it.

    Attributes:
        size: Plain bytes.
        codec: The highest of its segments.

    Raises:
        IntegrityError: The file is absent, or is not that content.
    """

    def __init__(
        self,
        file: str | RawFile | SegmentFile,
        content: StoredContent,
        key: bytes,
        basis: bytes | None = None,
        *,
        is_proved_elsewhere: bool = False,
    ) -> None:
        self._digest = content.digest
        self._key = key
        if not isinstance(file, SegmentFile):
            file = SegmentFile(file, content, basis)
        self._file = file
        self.size, self.codec = self._file.size, self._file.codec
        self._is_direct = is_proved_elsewhere and self.codec == Codec.NONE
        self._last: tuple[int, bytes] = (-1, b"")
        self._going: Generator[bytes, None, None] | None = None

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        parts = []
        end = min(offset + length, self.size)
        if self._is_direct:
            return self._file.plain_at(offset, end - offset) if offset < end else b""
        while offset < end:
            number, inside = divmod(offset, SEGMENT)
            part = self._segment(number)[inside : inside + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        parts = map(self._part, range(self._file.count))
        self._going = iter_proved(parts, self.size, self._key, self._digest)
        return self._going

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        return with_offsets(self.chunks())

    def close(self) -> None:
        """See `model.Content.close`."""
        if self._going is not None:
            self._going.close()  # nobody reads the file any more
        self._file.close()

    def _segment(self, number: int) -> bytes:
        if self._last[0] != number:
            self._last = (number, self._part(number))
        return self._last[1]

    def _part(self, number: int) -> bytes:
        size = min(SEGMENT, self.size - number * SEGMENT)
        if self._is_direct:
            return self._file.plain_at(number * SEGMENT, size)
        return self._file.segment(number, size)
