"""Tools on bytes: compressed, packed, as extents, in other threads, in private directories."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .attributes import pack_attributes, unpack_attributes
    from .beside import Errand, Lane, iter_ahead, iter_beside, iter_spread
    from .compression import (
        CODECS,
        MESSAGE_CODECS,
        Codec,
        Compressor,
        Effort,
        MessageCoder,
        compress,
        expand,
    )
    from .extents import (
        HOLED_SEGMENT,
        Extent,
        ExtentOrder,
        pack_extents,
        parse_extents,
        with_offsets,
    )
    from .folders import FolderKind, PrivateFolder, make_folder
    from .packing import FramePacker, pack, unpack
    from .whole import StreamExpander, iter_stream

__all__ = [
    "CODECS",
    "HOLED_SEGMENT",
    "MESSAGE_CODECS",
    "Codec",
    "Compressor",
    "Effort",
    "Errand",
    "Extent",
    "ExtentOrder",
    "FolderKind",
    "FramePacker",
    "Lane",
    "MessageCoder",
    "PrivateFolder",
    "StreamExpander",
    "compress",
    "expand",
    "iter_ahead",
    "iter_beside",
    "iter_spread",
    "iter_stream",
    "make_folder",
    "pack",
    "pack_attributes",
    "pack_extents",
    "parse_extents",
    "unpack",
    "unpack_attributes",
    "with_offsets",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
