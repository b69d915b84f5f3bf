"""A whole content as one compressed stream, made and expanded piece by piece.

This is how the classic scheme compresses; the modern one compresses segments, each alone.
"""

import bz2
import lzma
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tardis.model import IntegrityError

from .compression import Codec, damaged, expander, zstd_module

PIECE: Final = 1 << 20
"""Plain bytes that are expanded at once, at most."""


class StreamCompressor:
    """Compresses one content.

    Args:
        codec: One of `Codec`, not NONE.
    """

    def __init__(self, codec: int) -> None:
        self._state = _compressor(codec)

    def compress(self, data: bytes) -> bytes:
        """Return what can be stored by now, which may be nothing."""
        packed: bytes = self._state.compress(data)
        return packed

    def finish(self) -> bytes:
        """Return the rest of the stream."""
        packed: bytes = self._state.flush()
        return packed


def iter_stream(codec: int, pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each of *pieces* with what the one stream of all grows by; with NONE, itself."""
    if codec == Codec.NONE:
        for data in pieces:
            yield data, data
        return
    stream = StreamCompressor(codec)
    waiting: list[bytes] = []  # the last one is not known before the end
    for data in pieces:
        yield from ((one, stream.compress(one)) for one in waiting)
        waiting = [data]
    yield from ((one, stream.compress(one) + stream.finish()) for one in waiting)


class StreamExpander:
    """Expands one content, never holding more than `PIECE` plain bytes.

    Args:
        codec: Number of the compression.

    Raises:
        IntegrityError: It is unknown.
    """

    def __init__(self, codec: int) -> None:
        self._codec = codec
        self._state: Any = None if codec == Codec.NONE else expander(codec)
        self._feed = self._inflate if codec == Codec.ZLIB else self._expand

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the plain bytes that *data* brings.

        Raises:
            IntegrityError: It is damaged, or lies behind the end of the stream.
        """
        if self._state is None:
            for start in range(0, len(data), PIECE):
                yield data[start : start + PIECE]
            return
        if self._state.eof:
            if data:
                raise IntegrityError("there is more behind the end of a compressed stream")
            return
        pieces = self._feed(data)
        while True:
            try:
                piece = next(pieces, None)
            except damaged(is_zstd=self._codec == Codec.ZSTD) as error:
                raise IntegrityError(f"compressed bytes are damaged: {error}") from error
            if piece is None:
                return
            yield piece

    def finish(self) -> None:
        """Make sure that the stream has come to its end, and nothing lies behind.

        Raises:
            IntegrityError: It has not, or something does.
        """
        if self._state is not None and (not self._state.eof or self._state.unused_data):
            raise IntegrityError("a compressed stream does not end where it should")

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        plain = self._state.decompress(data, PIECE)
        while plain:
            yield plain
            # what zlib still holds comes out even where nothing is left to go in
            plain = b""
            if not self._state.eof:
                plain = self._state.decompress(self._state.unconsumed_tail, PIECE)

    def _expand(self, data: bytes) -> Iterator[bytes]:
        plain = self._state.decompress(data, PIECE)
        while plain:
            yield plain
            plain = b""
            if not (self._state.eof or self._state.needs_input):
                plain = self._state.decompress(b"", PIECE)


def _compressor(codec: int) -> Any:
    match codec:
        case Codec.ZLIB:
            return zlib.compressobj(6)
        case Codec.BZIP:
            return bz2.BZ2Compressor(9)
        case Codec.LZMA:
            return lzma.LZMACompressor(preset=1)
        case Codec.ZSTD:
            return zstd_module().ZstdCompressor(3)
    raise ValueError(f"codec {codec} is unknown")
