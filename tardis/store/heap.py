"""Gives memory back that the C library keeps though nobody uses it.

Messages of many sizes come and go on several threads; what is free between those that
live is kept for ever, 30 to 40 MiB of a first backup.
"""

import ctypes

_library = ctypes.CDLL(None)


def release_memory() -> None:
    """Give free memory back to the kernel, where the C library can; takes some milliseconds."""
    if hasattr(_library, "malloc_trim"):
        _library.malloc_trim(0)
