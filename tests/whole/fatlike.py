"""A file system in user space that is as forgetful as FAT: `python fatlike.py SOURCE PLACE`.

It shows what lies below SOURCE, with dates of two seconds, no ctime of its own, one name for
each file, and inode numbers that go to whoever is looked at first.  Nobody writes through it.
"""

import os
import sys
from typing import Any, Final

import mfusepy

STEP_NS: Final = 2 * 10**9


class Fatlike(mfusepy.Operations):  # type: ignore[misc]
    """Shows *source*."""

    use_ns = True

    def __init__(self, source: str) -> None:
        self._source = source

    def _below(self, path: str) -> str:
        return self._source + path

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        try:
            found = os.lstat(self._below(path))
        except OSError as error:
            raise mfusepy.FuseOSError(error.errno or 5) from error
        moment = found.st_mtime_ns // STEP_NS * STEP_NS
        return {
            "st_mode": found.st_mode,
            "st_nlink": 1,
            "st_uid": 0,
            "st_gid": 0,
            "st_size": found.st_size,
            "st_atime": moment,
            "st_mtime": moment,
            "st_ctime": moment,
        }

    def readlink(self, path: str) -> str:
        return os.readlink(self._below(path))

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._below(path))]

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        with open(self._below(path), "rb") as file:
            return os.pread(file.fileno(), size, offset)


if __name__ == "__main__":
    mfusepy.FUSE(
        Fatlike(sys.argv[1]),
        sys.argv[2],
        foreground=True,
        nothreads=True,
        fsname="fatlike",
        subtype="fatlike",
        attr_timeout=0,
        entry_timeout=0,
    )
