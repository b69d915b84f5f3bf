"""Tools on bytes: compression by name and number, plain values packed; within bounds."""

from .compression import CODECS, MESSAGE_CODECS, Codec, MessageCoder, compress, expand
from .packing import FramePacker, pack, unpack
from .whole import StreamCompressor, StreamExpander

__all__ = [
    "CODECS",
    "MESSAGE_CODECS",
    "Codec",
    "FramePacker",
    "MessageCoder",
    "StreamCompressor",
    "StreamExpander",
    "compress",
    "expand",
    "pack",
    "unpack",
]
