"""What is compared of a live object."""

import os
import stat
from typing import Final

from tardis.policy import Shape

UNKNOWN: Final = Shape(stat.S_IFDIR | 0o755, (0, 0), 0, 0, 0, b"")
"""A directory of which nothing is known."""


def shape_of(found: os.stat_result, here: int = -1, name: bytes = b"") -> Shape:
    """Return what is compared of a live object; *name* in *here* says where a link points."""
    is_link = stat.S_ISLNK(found.st_mode) and name
    target = os.readlink(name, dir_fd=here) if is_link else b""
    owner = (found.st_uid, found.st_gid)
    size, mtime = found.st_size, found.st_mtime_ns
    return Shape(found.st_mode, owner, size, mtime, found.st_rdev, target)


def stat_of(here: int, name: bytes) -> os.stat_result | None:
    """Return what *name* in a directory is; None when it, or the directory (-1), is not there."""
    if here < 0:
        return None
    try:
        return os.stat(name, dir_fd=here, follow_symlinks=False)
    except FileNotFoundError:
        return None
