"""Tools on bytes: compression by name and number, plain values packed; within bounds."""

from .attributes import pack_attributes, unpack_attributes
from .compression import CODECS, MESSAGE_CODECS, Codec, MessageCoder, compress, expand
from .packing import FramePacker, pack, unpack

__all__ = [
    "CODECS",
    "MESSAGE_CODECS",
    "Codec",
    "FramePacker",
    "MessageCoder",
    "compress",
    "expand",
    "pack",
    "pack_attributes",
    "unpack",
    "unpack_attributes",
]
