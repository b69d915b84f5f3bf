"""Compressing contents where it pays."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from tardis.streams import Codec, Compressor, Effort, iter_stream

KEEPS_SMALL: Final = 0.9
"""A small content stays as it is unless it shrinks to this part of its size."""

KEEPS_LARGE: Final = 0.8
"""So does the rest of a large one, unless its first segments shrink to this part."""

PROBES: Final = 2
"""Segments of a large content by which that is decided."""

THOROUGH: Final = 16 << 20
"""Plain bytes of a run that are compressed thoroughly: all of what an usual run sends, and too
little of a first one to matter."""

BULK: Final = 128 << 20
"""Plain bytes of a run beyond which there is so much that it has to be quick."""


class Packer:
    """Compresses small contents, each alone.

    Args:
        codec: Number of the compression.
        minimum: Plain bytes up to which nothing is compressed.
        is_dense: Tells by name and first bytes of a file that it is not to be compressed.
        thorough: Plain bytes that are compressed thoroughly.
        bulk: Plain bytes behind which it has to be quick.
    """

    def __init__(
        self,
        codec: int,
        minimum: int,
        is_dense: Callable[[bytes, bytes], bool] | None = None,
        thorough: int = THOROUGH,
        bulk: int = BULK,
    ) -> None:
        self.codec = codec
        self.minimum = minimum
        self.is_dense = is_dense
        self._compressor = Compressor(codec)
        self._thorough = thorough
        self._bulk = bulk
        self._seen = 0

    def expect(self, size: int) -> None:
        """Hear that the run has *size* plain bytes at the least: if that is much, be quick now."""
        if size >= self._bulk:
            self._thorough = self._bulk = 0

    def pack(self, name: bytes, data: bytes) -> tuple[int, bytes]:
        """Return the codec that was used and the bytes to store of the file *name*."""
        if self.is_dense is not None and self.is_dense(name, data):
            return Codec.NONE, data
        return self.squeeze(data)

    def squeeze(self, data: bytes) -> tuple[int, bytes]:
        """Return the codec that was used and the bytes to store, whatever file they are of."""
        if self.codec == Codec.NONE or len(data) <= self.minimum:
            return Codec.NONE, data
        packed = self._compressor.compress(data, self._effort())
        self._seen += len(data)  # it is no matter if two threads count as one
        if len(packed) > KEEPS_SMALL * len(data):
            return Codec.NONE, data
        return self.codec, packed

    def _effort(self) -> Effort:
        if self._seen < self._thorough:
            return Effort.THOROUGH
        return Effort.USUAL if self._seen < self._bulk else Effort.QUICK


class SegmentPacker:
    """Compresses the segments of one large content, until it turns out not to pay."""

    def __init__(self, packer: Packer, name: bytes) -> None:
        self._packer = packer
        self._name = name
        self._is_raw: bool | None = None
        self._plain = self._packed = self._seen = 0

    def pack(self, data: bytes) -> tuple[int, bytes]:
        """Return the codec that was used and the bytes to store."""
        if self._is_raw is None:
            is_dense = self._packer.is_dense
            self._is_raw = is_dense is not None and is_dense(self._name, data)
        elif self._seen == PROBES and self._packed > KEEPS_LARGE * self._plain:
            self._is_raw = True
        if self._is_raw:
            return Codec.NONE, data
        codec, packed = self._packer.squeeze(data)
        self._seen += 1
        self._plain += len(data)
        self._packed += len(packed)
        return codec, packed


Pack = Callable[[Packer, bytes, Iterable[bytes]], Iterator[tuple[bytes, int, bytes]]]
"""(packer, name, plain segments of one large content) → each with its codec and stored bytes."""


def pack_segments(
    packer: Packer, name: bytes, segments: Iterable[bytes]
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield each segment of a large file with its codec and its bytes to store."""
    segment_packer = SegmentPacker(packer, name)
    for data in segments:
        yield data, *segment_packer.pack(data)


def pack_stream(
    packer: Packer, name: bytes, segments: Iterable[bytes]
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield each segment with the codec of the whole and what the one stream grows by.

    The first segment, compressed alone, shows whether it pays.
    """
    rest = iter(segments)
    first = next(rest, None)
    if first is None:
        return
    codec, packed = packer.pack(name, first)
    if len(packed) > KEEPS_LARGE * len(first):
        codec = Codec.NONE
    for data, stored in iter_stream(codec, chain((first,), rest)):
        yield data, int(codec), stored
