"""Reading files of the classic scheme: contents, and the deltas that others are kept as."""

from collections.abc import Iterator
from typing import Final

from tardis.crypto import Digester, Envelope
from tardis.model import IntegrityError, RawFile, StoredContent
from tardis.streams import Codec, StreamExpander, with_offsets

from .chains import Held
from .classic_files import PlainFile, SealedFile

_BLOCK: Final = 256 << 10
_GRAIN: Final = 4096
"""Bytes; holes begin and end at multiples of it."""


class StreamFile:
    """The plain bytes of a raw file or one compressed stream, unproved; see `model.Content`.

    A stream is read forwards; going back begins it anew.

    Args:
        file: The file, closed with this, or its path.
        stored: Its length, bytes.
        codec: Of the stream.
        size: Plain bytes; None: they are counted, and may be *most*.
        most: Plain bytes at the most.
        envelope: That it is sealed by; None: it is not.

    Raises:
        IntegrityError: The file is absent, has another length, other plain bytes, or was changed.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that there is to say of a stream
        self,
        file: str | RawFile,
        stored: int,
        codec: int,
        size: int | None,
        most: int = 0,
        envelope: Envelope | None = None,
    ) -> None:
        self.codec = codec
        self._pieces: Iterator[bytes] = iter(())
        self._piece, self._begin = b"", most
        if envelope is None:
            self._file = PlainFile(file, stored)
        else:
            self._file = SealedFile(file, stored, envelope)
        self._path = self._file.name
        try:
            self.size = self._count(most) if size is None else size
        except BaseException:
            self.close()
            raise
        self._begin = self.size

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        if self.codec == Codec.NONE:
            return self._file.read(end - offset, offset)
        return self._read_stream(offset, end)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        size = 0
        for piece in self._plain(self.size):
            size += len(piece)
            yield piece
        if size != self.size:
            raise IntegrityError(f"{self._path} stands for fewer bytes than it should")

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        return with_offsets(self.chunks())

    def close(self) -> None:
        """See `model.Content.close`."""
        self._file.close()

    def _count(self, most: int) -> int:
        if self.codec == Codec.NONE:
            return self._file.size
        return sum(map(len, self._plain(most)))

    def _plain(self, most: int) -> Iterator[bytes]:
        """Yield the plain bytes, never more than *most*."""
        expander, size = StreamExpander(self.codec), 0
        stored = self._file.size
        for offset in range(0, stored, _BLOCK):
            data = self._file.read(min(_BLOCK, stored - offset), offset)
            for piece in expander.feed(data):
                size += len(piece)
                if size > most:
                    raise IntegrityError(f"{self._path} stands for more bytes than it should")
                yield piece
        expander.finish()

    def _read_stream(self, offset: int, end: int) -> bytes:
        if offset < self._begin:
            self._pieces, self._piece, self._begin = self._plain(self.size), b"", 0
        parts = []
        while offset < end:
            inside = offset - self._begin
            if inside < len(self._piece):
                part = self._piece[inside : inside + end - offset]
                parts.append(part)
                offset += len(part)
            else:
                self._begin += len(self._piece)
                piece = next(self._pieces, None)
                if piece is None:
                    raise IntegrityError(f"{self._path} is cut off")
                self._piece = piece
        return b"".join(parts)


class ClassicContent(StreamFile):
    """A whole content that is a file of its own; only `chunks` proves it; see `model.Content`.

    Args:
        file: See `StreamFile`.
        content: What the catalog says of it.
        key: See `crypto.content_key`.
        envelope: That it is sealed by; None: it is not.

    Raises:
        IntegrityError: The file is absent, has another length, or was changed.
    """

    def __init__(
        self,
        file: str | RawFile,
        content: StoredContent,
        key: bytes,
        envelope: Envelope | None = None,
    ) -> None:
        facts = (content.stored, content.codec, content.size)
        super().__init__(file, *facts, envelope=envelope)
        if content.basis is not None or bool(content.cipher) != (envelope is not None):
            self.close()
            raise IntegrityError(f"{self._path} is stored in a way that this program does not know")
        self._digest = content.digest
        self._key = key
        self._has_holes = content.has_holes

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        state = Digester(self._key)
        for piece in super().chunks():
            state.update(piece)
            yield piece
        if state.digest() != self._digest:
            raise IntegrityError(f"{self._path} does not match its digest")

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`; of a file with holes no block of zeros is yielded."""
        for offset, piece in super().pieces():
            if self._has_holes:
                yield from _islands(offset, piece)
            else:
                yield offset, piece


class ProvenContent:
    """A content of which no part is given out before the whole is proved; see `model.Content`.

    Nothing in a classic file proves a part of it.

    Args:
        content: Closed with this.
    """

    def __init__(self, content: Held) -> None:
        self.size, self.codec = content.size, content.codec
        self._content = content
        self._is_verified = False

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        if not self._is_verified:
            for _ in self.chunks():
                pass
        return self._content.read_at(offset, length)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        yield from self._content.chunks()
        self._is_verified = True

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        yield from self._content.pieces()
        self._is_verified = True

    def close(self) -> None:
        """See `model.Content.close`."""
        self._content.close()


def _islands(offset: int, piece: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield what is left of *piece*, which begins at *offset*, without blocks of zeros."""
    if not piece.strip(b"\0"):
        return
    begin = place = 0
    while place < len(piece):
        end = place + _GRAIN - (offset + place) % _GRAIN
        if not piece[place:end].strip(b"\0"):
            if begin < place:
                yield offset + begin, piece[begin:place]
            begin = end
        place = end
    if begin < len(piece):
        yield offset + begin, piece[begin:]
