"""How memory is kept and looked through while a program runs: for speed, within bounds.

With the C library's defaults every message of some 100 KiB gives its memory back to the
kernel and takes it anew, page by page; and the interpreter looks for circles among
objects that form none.  Together that is a third of the processor time of a first backup.
"""

import ctypes
import gc
from typing import Final

KEPT_BYTES: Final = 32 << 20
"""Free memory that is kept at the most."""

LEAST_KEPT_BYTES: Final = 1 << 20
"""The same where memory is scarce."""

OBJECTS: Final = 50_000
"""New objects before the interpreter looks for circles among them."""

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8


def spend_memory_for_speed(*, is_low: bool = False) -> None:
    """Set both, for this process; call once everything is imported.

    Args:
        is_low: Memory is scarce: free memory goes back at once, and threads share what they keep.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS)
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        kept = LEAST_KEPT_BYTES if is_low else KEPT_BYTES
        library.mallopt(_TRIM_THRESHOLD, kept)
        library.mallopt(_MMAP_THRESHOLD, kept)
        if is_low:
            library.mallopt(_ARENA_MAX, 1)
