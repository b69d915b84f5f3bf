"""Files of contents behind a tardisremote, read by ranges; see `model.RawFile`."""

from typing import Final

from tardis.model import IntegrityError, LineLostError, NoSuchPathError

from .line import Arriving, HttpLine

HEAD: Final = (1 << 20) + (4 << 10)
"""Bytes that the first request is for: header and first segment, or all of a small file."""

TAIL: Final = 64 << 10
"""Bytes at the end that one request brings: the index of all but the largest."""

WINDOW: Final = 256 << 10
"""Bytes that a request for a single place brings at the least."""

_SKIPPED: Final = 256 << 10
"""Bytes that are read for nothing rather than making another request."""

_CUTS: Final = 5
"""How often in a row a line may be cut without a byte before we give up."""


class HeldFile:
    """A small file that came along with others; see `model.RawFile`.

    Args:
        data: All of it.
        name: What errors call it.
    """

    def __init__(self, data: bytes | memoryview, name: str) -> None:
        self.name = name
        self._data = data

    def length(self) -> int:
        """See `model.RawFile.length`."""
        return len(self._data)

    def read_at(self, length: int, offset: int) -> bytes:
        """See `model.RawFile.read_at`."""
        return bytes(self._data[offset : offset + length]) if offset >= 0 else b""

    def close(self) -> None:
        """See `model.RawFile.close`."""


class HttpFile:
    """See `model.RawFile`.

    Its beginning comes with the first request.  What is read from front to back comes as one
    long answer, gone on with where it was cut; single places come by themselves.

    Args:
        line: To the server.
        path: Of the file, below the server.
        name: What errors call it.

    Raises:
        IntegrityError: It is not there.
        TardisError: The server cannot be reached.
    """

    def __init__(self, line: HttpLine, path: str, name: str) -> None:
        self.name = name
        self._line, self._path = line, path
        self._stream: _Stream | None = None
        self._held: list[tuple[int, bytes]] = []
        self._length = HEAD
        self._end = -1
        data, self._length = self._fetch(0, HEAD)
        self._held = [(0, data)]

    def length(self) -> int:
        """See `model.RawFile.length`."""
        return self._length

    def read_at(self, length: int, offset: int) -> bytes:
        """See `model.RawFile.read_at`."""
        end = min(offset + length, self._length)
        if offset < 0 or end <= offset:
            return b""
        found = self._known(offset, end)
        if found is None:
            found = self._read(offset, end)
        self._end = end
        return found

    def close(self) -> None:
        """See `model.RawFile.close`."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _known(self, begin: int, end: int) -> bytes | None:
        for start, data in self._held:
            if start <= begin and end <= start + len(data):
                return data[begin - start : end - start]
        return None

    def _read(self, begin: int, end: int) -> bytes:
        stream = self._stream
        if stream is not None and 0 <= begin - stream.offset <= _SKIPPED:
            stream.take(begin - stream.offset)
            return stream.take(end - begin)
        self.close()
        if begin == self._end:
            self._stream = _Stream(self._line, self._path, begin, self._length)
            return self._stream.take(end - begin)
        if end > self._length - TAIL:
            start = max(self._length - TAIL, 0) if begin >= self._length - TAIL else begin
            data, _ = self._fetch(start, self._length)
        else:
            start = begin
            data, _ = self._fetch(begin, min(max(end, begin + WINDOW), self._length))
        self._held[1:] = [(start, data)]
        return data[begin - start : end - start]

    def _fetch(self, begin: int, end: int) -> tuple[bytes, int]:
        """Return a part of the file, and how long the file is."""
        stream = _Stream(self._line, self._path, begin, end, is_part=True)
        length = stream.length
        return stream.take(min(end, length) - begin), length


class _Stream:
    """Bytes of a file as they arrive, begun anew where the line is cut.

    Attributes:
        offset: Of the next byte.
        length: Of the file.
    """

    def __init__(
        self, line: HttpLine, path: str, begin: int, end: int, *, is_part: bool = False
    ) -> None:
        self._line, self._path, self._last = line, path, end if is_part else None
        self.offset = begin
        self._arriving: Arriving | None = None
        self.length = end
        self._begin()

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes, which there are."""
        parts: list[bytes] = []
        cuts = 0
        while count > 0:
            part = self._arriving.read(count) if self._arriving is not None else b""
            if part:
                cuts = 0
                parts.append(part)
                self.offset += len(part)
                count -= len(part)
                continue
            cuts += 1
            if cuts > _CUTS:
                raise LineLostError(f"{self._line.server} cuts every answer")
            self._begin()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let go of the connection; keep it where little is left to arrive."""
        end = self.length if self._last is None else min(self._last, self.length)
        left = end - self.offset
        if self._arriving is not None:
            if 0 <= left <= _SKIPPED:
                while self._arriving.read(_SKIPPED):
                    pass
            self._arriving.close()
            self._arriving = None

    def _begin(self) -> None:
        if self._arriving is not None:
            self._arriving.close()
        try:
            length, self._arriving = self._line.begin(self._path, self.offset, self._last)
        except NoSuchPathError as error:
            raise IntegrityError(f"a stored file cannot be read: {error}") from error
        if self.length != length and self._last is None:
            raise IntegrityError("a stored file has another length than before")
        self.length = length
