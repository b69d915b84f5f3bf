"""What changed inside a file: rsync's signatures, deltas and patches, as `rdiff` writes them."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .commands import pack_copy
    from .librsync import SignatureMaker, has_librsync, iter_delta, iter_signature
    from .matching import iter_matched
    from .patching import Patch, made_size, parse_delta
    from .signatures import (
        CLASSIC,
        MODERN,
        MOST,
        SPREADS,
        Style,
        block_size,
        check_signature,
        signature_size,
        style_of,
    )

__all__ = [
    "CLASSIC",
    "MODERN",
    "MOST",
    "SPREADS",
    "Patch",
    "SignatureMaker",
    "Style",
    "block_size",
    "check_signature",
    "has_librsync",
    "iter_delta",
    "iter_matched",
    "iter_signature",
    "made_size",
    "pack_copy",
    "parse_delta",
    "signature_size",
    "style_of",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
