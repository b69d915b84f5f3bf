"""Reading contents of the classic scheme."""

import os
from collections.abc import Iterator
from typing import Final

from tardis.crypto import Digester
from tardis.model import IntegrityError, StoredContent
from tardis.streams import Codec, StreamExpander

_BLOCK: Final = 256 << 10


class ClassicContent:
    """A content that is a file of its own, raw or one stream; see `model.Content`.

    Nothing in the file proves a part of it, so the first `read_at` verifies the whole.  A
    stream is then read forwards; going back begins it anew.

    Args:
        path: Of its file.
        content: What the catalog says of it.
        key: See `crypto.content_key`.

    Raises:
        IntegrityError: The file is absent or has another length.
    """

    def __init__(self, path: str, content: StoredContent, key: bytes) -> None:
        self.size = content.size
        self.codec = content.codec
        self._path = path
        self._content = content
        self._key = key
        self._is_verified = False
        self._pieces: Iterator[bytes] = iter(())
        self._piece, self._begin = b"", content.size
        if content.basis is not None or content.cipher:
            raise IntegrityError(f"{path} is stored in a way that this program does not know")
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
        if os.fstat(self._descriptor).st_size != content.stored:
            self.close()
            raise IntegrityError(f"{path} is not as long as it should be")

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        if not self._is_verified:
            for _ in self.chunks():
                pass
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        if self._content.codec == Codec.NONE:
            return self._read(end - offset, offset)
        return self._read_stream(offset, end)

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        state = Digester(self._key)
        for piece in self._plain():
            state.update(piece)
            yield piece
        if state.digest() != self._content.digest:
            raise IntegrityError(f"{self._path} does not match its digest")
        self._is_verified = True

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        offset = 0
        for piece in self.chunks():
            yield offset, piece
            offset += len(piece)

    def close(self) -> None:
        """See `model.Content.close`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _plain(self) -> Iterator[bytes]:
        """Yield the plain bytes, never more than there should be."""
        expander, size = StreamExpander(self._content.codec), 0
        for offset in range(0, self._content.stored, _BLOCK):
            data = self._read(min(_BLOCK, self._content.stored - offset), offset)
            for piece in expander.feed(data):
                size += len(piece)
                if size > self.size:
                    raise IntegrityError(f"{self._path} stands for more bytes than it should")
                yield piece
        expander.finish()
        if size != self.size:
            raise IntegrityError(f"{self._path} stands for fewer bytes than it should")

    def _read_stream(self, offset: int, end: int) -> bytes:
        if offset < self._begin:
            self._pieces, self._piece, self._begin = self._plain(), b"", 0
        parts = []
        while offset < end:
            inside = offset - self._begin
            if inside < len(self._piece):
                part = self._piece[inside : inside + end - offset]
                parts.append(part)
                offset += len(part)
            else:
                self._begin += len(self._piece)
                self._piece = next(self._pieces)
        return b"".join(parts)

    def _read(self, length: int, offset: int) -> bytes:
        try:
            data = os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise IntegrityError(f"{self._path} cannot be read: {error.strerror}") from error
        if len(data) != length:
            raise IntegrityError(f"{self._path} is cut off")
        return data
