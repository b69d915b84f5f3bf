"""How much room there is where a store lies."""

import os

from .layout import Layout


def free_bytes(layout: Layout) -> int:
    """Return the bytes that are free on the file system of a store, the ballast not counted."""
    found = os.statvfs(layout.directory)
    return found.f_bavail * found.f_frsize
