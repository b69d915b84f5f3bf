"""Compression by name and number; nothing is ever expanded beyond what was declared.

The numbers stand in record headers for good: never change one.
"""

import bz2
import lzma
import threading
import zlib
from enum import IntEnum
from functools import cache
from typing import Any, Final

from tardis.model import IntegrityError

_DAMAGED = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)


class Codec(IntEnum):
    """How stored bytes are compressed."""

    NONE = 0
    ZLIB = 1
    BZIP = 2
    LZMA = 3
    ZSTD = 4


CODECS: Final = tuple(codec.name.lower() for codec in Codec)
"""Names of the codecs for contents, in the order of their numbers."""


class Effort(IntEnum):
    """How much time compressing may take, where a codec knows of that: the level of zstd.

    Of small text thorough takes some eight times as long as usual, and gives back a tenth;
    quick takes two thirds, and costs a twentieth.
    """

    QUICK = 1
    USUAL = 3
    THOROUGH = 12


MESSAGE_CODECS: Final = ("none", "zlib", "zlib-stream", "snappy", "zstd")
"""Names of the ways to compress messages."""


@cache
def zstd_module() -> Any:
    """Return the zstd module: the standard library's from 3.14 on, its backport before.

    It is looked for once: in vain that takes longer than compressing a small file.
    """
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # lazy
    except ImportError:
        from backports import zstd  # noqa: PLC0415  # lazy
    return zstd


def compress(codec: int, data: bytes, effort: Effort = Effort.USUAL) -> bytes:
    """Return *data* compressed by *codec*, alone and self-contained.

    Args:
        codec: One of `Codec`.
        data: Plain.
        effort: How much time it may take.
    """
    match codec:
        case Codec.NONE:
            return data
        case Codec.ZLIB:
            return zlib.compress(data, 6)
        case Codec.BZIP:
            return bz2.compress(data, 9)
        case Codec.LZMA:
            return lzma.compress(data, preset=1)
        case Codec.ZSTD:
            packed: bytes = zstd_module().compress(data, effort)
            return packed
    raise ValueError(f"codec {codec} is unknown")


class Compressor:
    """Compresses one content after another by one codec, in any number of threads.

    Each thread keeps what zstd works with: making that anew costs a quarter of the time of a
    small file.  It is given back where that is a lot, after thorough work.

    Args:
        codec: One of `Codec`.
    """

    def __init__(self, codec: int) -> None:
        self._codec = codec
        self._own = threading.local()

    def compress(self, data: bytes, effort: Effort = Effort.USUAL) -> bytes:
        """Return what `compress` does."""
        if self._codec != Codec.ZSTD or effort == Effort.THOROUGH:
            return compress(self._codec, data, effort)
        kept = self._own.__dict__
        state = kept.get(effort.name)
        if state is None:
            state = kept[effort.name] = zstd_module().ZstdCompressor(effort)
        packed: bytes = state.compress(data, state.FLUSH_FRAME)
        return packed


def expand(codec: int, data: bytes | memoryview, size: int) -> bytes:
    """Return the *size* plain bytes that *data* stands for.

    Never holds more than *size* + 1 plain bytes.

    Raises:
        IntegrityError: It stands for fewer or more, or for nothing at all.
    """
    if codec == Codec.NONE:
        plain = bytes(data)
    else:
        try:
            plain = expander(codec).decompress(data, size + 1)
        except damaged(is_zstd=codec == Codec.ZSTD) as error:
            raise IntegrityError(f"compressed bytes are damaged: {error}") from error
    if len(plain) != size:
        raise IntegrityError(f"{len(plain)} plain bytes where {size} are declared")
    return plain


def damaged(*, is_zstd: bool, is_snappy: bool = False) -> tuple[type[Exception], ...]:
    """Return what stands for damaged bytes; asked only once something was raised."""
    foreign: tuple[type[Exception], ...] = ()
    if is_zstd:
        foreign = (zstd_module().ZstdError,)
    elif is_snappy:
        foreign = (_snappy().UncompressError,)
    return (*_DAMAGED, *foreign)


def expander(codec: int) -> Any:
    """Return a fresh decompressor of *codec*; IntegrityError when it is unknown."""
    match codec:
        case Codec.ZLIB:
            return zlib.decompressobj()
        case Codec.BZIP:
            return bz2.BZ2Decompressor()
        case Codec.LZMA:
            return lzma.LZMADecompressor(memlimit=256 << 20)
        case Codec.ZSTD:
            return zstd_module().ZstdDecompressor()
    raise IntegrityError(f"codec {codec} is unknown")


class MessageCoder:
    """Compresses the frames of one direction, or expands those of the other.

    Each direction has its own coder: ``zlib-stream`` carries its window on from frame
    to frame.

    Args:
        name: One of `MESSAGE_CODECS`, not ``none``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._deflate = zlib.compressobj(1) if name == "zlib-stream" else None
        self._inflate = zlib.decompressobj() if name == "zlib-stream" else None

    def compress(self, data: bytes) -> bytes:
        """Return *data* as the peer's `expand` wants it."""
        if self._deflate is not None:
            return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        if self._name == "zlib":
            return zlib.compress(data, 1)
        if self._name == "zstd":
            packed: bytes = zstd_module().compress(data, 1)
            return packed
        squeezed: bytes = _snappy().compress(data)
        return squeezed

    def expand(self, data: bytes, limit: int) -> bytes:
        """Return the plain bytes, never holding more than *limit* + 1 of them.

        Raises:
            IntegrityError: The bytes are damaged, or stand for more than *limit*.
        """
        try:
            plain = self._expand(data, limit)
        except damaged(is_zstd=self._name == "zstd", is_snappy=self._name == "snappy") as error:
            raise IntegrityError(f"a compressed message is damaged: {error}") from error
        if len(plain) > limit:
            raise IntegrityError(f"a compressed message stands for more than {limit} bytes")
        return plain

    def _expand(self, data: bytes, limit: int) -> bytes:
        if self._inflate is not None:
            return self._inflate.decompress(data, limit + 1)
        if self._name == "zlib":
            return zlib.decompressobj().decompress(data, limit + 1)
        if self._name == "zstd":
            plain: bytes = zstd_module().ZstdDecompressor().decompress(data, limit + 1)
            return plain
        if _declared_by_snappy(data) > limit:
            raise ValueError("it declares too many bytes")
        loose: bytes = _snappy().decompress(data)
        return loose


def _snappy() -> Any:
    import snappy  # noqa: PLC0415  # lazy

    return snappy


def _declared_by_snappy(data: bytes) -> int:
    """Return the plain length at the head of a raw snappy block, a little-endian varint."""
    length = 0
    for shift, byte in enumerate(data[:5]):
        length |= (byte & 0x7F) << (7 * shift)
        if not byte & 0x80:
            return length
    raise ValueError("its length does not end")
