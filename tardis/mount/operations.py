"""The view behind libfuse, for options that it alone knows: the only module that knows mfusepy.

It costs several times what `device` does, and keeps nothing in the kernel but names.
"""

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import mfusepy

from .shown import Attributes, blocks
from .view import View

NAME_MAX: Final = 255
THREADS: Final = 10
"""Requests that are served at once."""

_POSIX_ACL: Final = 1 << 19
"""FUSE_CAP_POSIX_ACL: the kernel reads ACLs as attributes and decides by them."""

_ACLS_SINCE: Final = 3

THREADS_SINCE: Final = (3, 12)
"""libfuse from which on that number is given; without, it complains of its own default."""


class Operations(mfusepy.Operations):  # type: ignore[misc]
    """Passes questions on to a `View`; text is bytes with odd ones as surrogates.

    Args:
        view: Answers.
        started: Called once the kernel talks to us.

    Attributes:
        has_stood: The kernel has talked to us.
    """

    use_ns = True

    def __init__(self, view: View, started: Callable[[], None]) -> None:
        self.view = view
        self._started = started
        self.has_stood = False

    def init_with_config(self, connection: Any, _config: object) -> None:
        """Hear that the mount stands, and ask the kernel to evaluate ACLs if it can."""
        can = getattr(connection, "capable", 0)
        if mfusepy.fuse_version_major >= _ACLS_SINCE and can & _POSIX_ACL:
            connection.want |= _POSIX_ACL
            self.view.has_acls = True
        self.has_stood = True
        self._started()

    def destroy(self, _path: str) -> None:
        """Let go of the store."""
        self.view.end()

    def getattr(self, path: str, _fh: int | None = None) -> dict[str, int]:
        """Answer `stat`."""
        return _stat(self.view.attributes(os.fsencode(path)))

    def readdir(self, path: str, _fh: int) -> Iterator[tuple[str, dict[str, int], int]]:
        """Answer with names, kinds and inode numbers."""
        for dots in (".", ".."):
            yield dots, {"st_mode": 0o040555}, 0
        folder = self.view.folder(os.fsencode(path))
        for name, (mode, inode) in zip(folder.names, folder.briefs, strict=True):
            yield os.fsdecode(name), {"st_mode": mode, "st_ino": inode}, 0

    def readlink(self, path: str) -> str:
        """Answer where a symbolic link points."""
        return os.fsdecode(self.view.link(os.fsencode(path)))

    def open(self, path: str, flags: int) -> int:
        """Open a file for reading."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        whole = os.fsencode(path)
        return self.view.open(whole, self.view.stored(whole))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Answer with bytes."""
        return self.view.read(os.fsencode(path), fh, size, offset)

    def release(self, _path: str, fh: int) -> int:
        """Close a file."""
        self.view.close(fh)
        return 0

    def statfs(self, _path: str) -> dict[str, int]:
        """Tell that there is no room."""
        return {"f_bsize": 4096, "f_frsize": 4096, "f_namemax": NAME_MAX}

    def listxattr(self, path: str) -> list[str]:
        """Answer with names of extended attributes."""
        return list(self.view.extra(os.fsencode(path)))

    def getxattr(self, path: str, name: str, _position: int = 0) -> bytes:
        """Answer with one extended attribute."""
        found = self.view.extra(os.fsencode(path)).get(name)
        if found is None:
            raise OSError(errno.ENODATA, os.strerror(errno.ENODATA))
        return found


def serve(
    view: View, mountpoint: str, started: Callable[[], None], options: dict[str, Any]
) -> None:
    """Mount *view* and answer until it is unmounted.

    Args:
        view: What is shown.
        mountpoint: A directory.
        started: Called once the mount stands.
        options: For FUSE, by name; True for those without a value, `FIXED` ones included.

    Raises:
        OSError: It cannot be mounted.
    """
    fixed: dict[str, str | bool] = {
        "foreground": True,
        "use_ino": True,
    }
    if (mfusepy.fuse_version_major, mfusepy.fuse_version_minor) >= THREADS_SINCE:
        fixed["max_threads"] = fixed["max_idle_threads"] = str(THREADS)
    asked = Operations(view, started)
    try:
        mfusepy.FUSE(asked, mountpoint, **(fixed | options))
    except RuntimeError as error:
        if not asked.has_stood:  # a signal that unmounts has a status of its own, too
            raise OSError(errno.EIO, f"FUSE ended with status {error}") from error


def _stat(found: Attributes) -> dict[str, int]:
    return {
        "st_mode": found.mode,
        "st_ino": found.inode,
        "st_nlink": found.nlink,
        "st_uid": found.uid,
        "st_gid": found.gid,
        "st_size": found.size,
        "st_rdev": found.rdev,
        "st_blocks": blocks(found.size),
        "st_atime": found.mtime_ns,
        "st_mtime": found.mtime_ns,
        "st_ctime": found.ctime_ns,
    }
