"""Compressing contents where it pays."""

from typing import Final

from tardis.streams import Codec, compress

KEEPS_SMALL: Final = 0.9
"""A small content stays as it is unless it shrinks to this part of its size."""

KEEPS_LARGE: Final = 0.8
"""So does the rest of a large one, unless its first segments shrink to this part."""

PROBES: Final = 2
"""Segments of a large content by which that is decided."""


class Packer:
    """Compresses small contents, each alone.

    Args:
        codec: Number of the compression.
        minimum: Plain bytes up to which nothing is compressed.
    """

    def __init__(self, codec: int, minimum: int) -> None:
        self.codec = codec
        self.minimum = minimum

    def pack(self, data: bytes) -> tuple[int, bytes]:
        """Return the codec that was used and the bytes to store."""
        if self.codec == Codec.NONE or len(data) <= self.minimum:
            return Codec.NONE, data
        packed = compress(self.codec, data)
        if len(packed) > KEEPS_SMALL * len(data):
            return Codec.NONE, data
        return self.codec, packed


class SegmentPacker:
    """Compresses the segments of one large content, until it turns out not to pay."""

    def __init__(self, packer: Packer) -> None:
        self._packer = packer
        self._plain = self._packed = self._seen = 0

    def pack(self, data: bytes) -> tuple[int, bytes]:
        """Return the codec that was used and the bytes to store."""
        if self._seen >= PROBES and self._packed > KEEPS_LARGE * self._plain:
            return Codec.NONE, data
        codec, packed = self._packer.pack(data)
        self._seen += 1
        self._plain += len(data)
        self._packed += len(packed)
        return codec, packed
