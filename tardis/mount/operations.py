"""The view as FUSE wants it: the only module that knows the library.

What the kernel need not ask costs nothing: listings bring all that `stat` tells along, and
it keeps listings and bytes of what cannot change.
"""

import errno
import os
import struct
from collections.abc import Callable, Iterator
from itertools import count
from operator import itemgetter
from typing import Any, Final

import mfusepy

from .shown import Attributes, Folder, blocks
from .view import View

NAME_MAX: Final = 255
THREADS: Final = 10
"""Requests that are served at once."""

_POSIX_ACL: Final = 1 << 19
"""FUSE_CAP_POSIX_ACL: the kernel reads ACLs as attributes and decides by them."""

_ACLS_SINCE: Final = 3
_LISTINGS_SINCE: Final = 3

THREADS_SINCE: Final = (3, 12)
"""libfuse from which on that number is given; without, it complains of its own default."""


_READDIR_PLUS: Final = 1
"""FUSE_READDIR_PLUS: the kernel takes attributes together with names."""

_FILL_PLUS: Final = 2
"""FUSE_FILL_DIR_PLUS: these are all attributes, not the kind and the inode alone."""

_NS: Final = 10**9


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
        self._folders: dict[int, Folder] = {}
        self._numbers = count(1)

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
        """Answer `stat`, for libfuse 2."""
        return _stat(self.view.attributes(os.fsencode(path)))

    def opendir(self, _path: str) -> int:
        """Open a directory."""
        return next(self._numbers)

    def releasedir(self, _path: str, fh: int) -> int:
        """Close a directory."""
        self._folders.pop(fh, None)
        return 0

    def folder(self, fh: int, path: bytes, *, is_first: bool) -> Folder:
        """Return what an open directory held when its first name was asked for."""
        known = None if is_first else self._folders.get(fh)
        if known is None:
            known = self._folders[fh] = self.view.folder(path)
        return known

    def readdir(self, path: str, _fh: int) -> Iterator[tuple[str, dict[str, int], int]]:
        """Answer with names, kinds and inode numbers, for libfuse 2."""
        for dots in (".", ".."):
            yield dots, {"st_mode": 0o040555}, 0
        folder = self.view.folder(os.fsencode(path))
        for at, name in enumerate(folder.names):
            mode, inode = folder.brief(at)
            yield os.fsdecode(name), {"st_mode": mode, "st_ino": inode}, 0

    def readlink(self, path: str) -> str:
        """Answer where a symbolic link points."""
        return os.fsdecode(self.view.link(os.fsencode(path)))

    def open(self, path: str, flags: int) -> int:
        """Open a file for reading."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return self.view.open(os.fsencode(path))

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


class Mounted(mfusepy.FUSE):  # type: ignore[misc]
    """The library's callbacks, of which those that are called most go straight to the view."""

    def getattr_fuse_3(self, path: bytes, buffer: Any, _handle: object) -> int:
        """Answer `stat`."""
        _pack_stat(buffer.contents, self.operations.view.attributes(path))
        return 0

    def readdir_fuse_3(  # noqa: PLR0913, PLR0917 - the library's arguments
        self, path: bytes, buffer: Any, fill: Any, offset: int, handle: Any, flags: int
    ) -> int:
        """Answer with names from *offset* on, and with all attributes if the kernel takes them.

        libfuse hands attributes on only if entries say where the next one is; then it asks again
        for what did not fit.
        """
        folder = self.operations.folder(handle.contents.fh, path, is_first=not offset)
        found = mfusepy.c_stat()
        for at, dots in enumerate((b".", b"..")[offset:], offset + 1):
            if fill(buffer, dots, None, at, 0):
                return 0
        for at in range(max(offset - 2, 0), len(folder.names)):
            if flags & _READDIR_PLUS:
                _pack_stat(found, folder.attributes(at))
            else:
                found.st_mode, found.st_ino = folder.brief(at)
            if fill(buffer, folder.names[at], found, at + 3, flags & _READDIR_PLUS and _FILL_PLUS):
                break
        return 0

    def open(self, path: bytes, handle: Any) -> int:
        """Open a file; the kernel keeps its bytes if they are still those that it has."""
        super().open(path, handle)
        handle.contents.keep_cache = self.operations.view.recall(path)[1]
        return 0

    def opendir(self, path: bytes, handle: Any) -> int:
        """Open a directory; the kernel keeps its listing if it cannot change."""
        lasts, is_known = self.operations.view.recall(path)
        handle.contents.fh = self.operations.opendir("")
        if mfusepy.fuse_version_major >= _LISTINGS_SINCE:
            handle.contents.cache_readdir = lasts
            handle.contents.keep_cache = is_known
        return 0


def serve(
    view: View, mountpoint: str, started: Callable[[], None], options: dict[str, Any]
) -> None:
    """Mount *view* and answer until it is unmounted.

    Args:
        view: What is shown.
        mountpoint: A directory.
        started: Called once the mount stands.
        options: For FUSE, by name; True for those without a value.

    Raises:
        OSError: It cannot be mounted.
    """
    fixed: dict[str, str | bool] = {
        "foreground": True,
        "ro": True,
        "nosuid": True,
        "nodev": True,
        "default_permissions": True,
        "use_ino": True,
        "fsname": "tardisfs",
        "subtype": "tardisfs",
    }
    if (mfusepy.fuse_version_major, mfusepy.fuse_version_minor) >= THREADS_SINCE:
        fixed["max_threads"] = fixed["max_idle_threads"] = str(THREADS)
    asked = Operations(view, started)
    try:
        Mounted(asked, mountpoint, **(fixed | options))
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


def _layout() -> tuple[struct.Struct, tuple[int, ...]]:
    """Return how `_fields` become the library's `c_stat`, and in which order."""
    kind: Any = mfusepy.c_stat
    words = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size", "st_rdev", "st_blocks")
    places = [(getattr(kind, name).offset, getattr(kind, name).size) for name in words]
    for name in ("st_atimespec", "st_mtimespec", "st_ctimespec"):
        offset, half = getattr(kind, name).offset, getattr(kind, name).size // 2
        places += [(offset, half), (offset + half, half)]
    order = sorted(range(len(places)), key=places.__getitem__)
    form, end = "=", 0
    for at in order:
        offset, size = places[at]
        form += f"{offset - end}x{_LETTERS[size]}"
        end = offset + size
    return struct.Struct(form), tuple(order)


_LETTERS: Final = {4: "I", 8: "q"}
_STAT, _ORDER = _layout()
_in_order: Final = itemgetter(*_ORDER)


def _pack_stat(place: Any, found: Attributes) -> None:
    """Write *found* into a `c_stat`: one call, where the library makes one for each field."""
    mode, inode, nlink, uid, gid, size, rdev, modified, changed = found
    seconds, rest = divmod(modified, _NS)
    fields = (
        *(mode, inode, nlink, uid, gid, size, rdev, blocks(size)),
        *(seconds, rest, seconds, rest, *divmod(changed, _NS)),
    )
    _STAT.pack_into(place, 0, *_in_order(fields))
