"""File flags, those of ``chattr``, read without opening a file.

``statx`` tells those that matter most of any file: compressed, immutable, append only, no
dump.  The others are asked for of directories only: to ask, one must open.
"""

import ctypes
import fcntl
import os
import struct
from typing import Final

from tardis.policy import Flags

from .opening import open_directory

_SIZE: Final = 256
_TELLS_AT, _MASK_AT = 0x08, 0x38
"""Bytes of ``struct statx``, and where in it attributes and what could be among them stand."""

_TOLD: Final = 0x74
"""c, i, a, d: ``statx`` has them under the numbers of ``FS_IOC_GETFLAGS``."""

_HERE: Final = 0x1000
_NOT_FOLLOWED: Final = 0x4900
"""Look at the descriptor itself; or at no link's target, mounting nothing and asking no server."""

_GET: Final = 0x8000_6601 | struct.calcsize("l") << 16
"""``FS_IOC_GETFLAGS``; some rare processors number it in another way: no flags there."""


class FlagReader:
    """Reads the flags of what is in directories; for one thread."""

    def __init__(self) -> None:
        self._found = ctypes.create_string_buffer(_SIZE)
        self._place = ctypes.addressof(self._found)
        self._tells = ctypes.c_uint64.from_buffer(self._found, _TELLS_AT)
        self._mask = ctypes.c_uint64.from_buffer(self._found, _MASK_AT)
        # asks neither disk nor server: handing the interpreter's lock on would take longer
        self._statx = getattr(ctypes.PyDLL(None), "statx", None)
        if self._statx is not None:
            kinds = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
            self._statx.argtypes = kinds

    def has_flags(self, folder: int) -> bool:
        """Tell whether the file system of an open directory has such flags at all."""
        if self._statx is None or self._statx(folder, b"", _HERE, 0, self._place):
            return False
        return bool(self._mask.value & _TOLD)

    def of_file(self, name: bytes, folder: int) -> int:
        """Return the flags that can be told of *name*, not followed, in an open directory."""
        assert self._statx is not None
        if self._statx(folder, name, _NOT_FOLLOWED, 0, self._place):
            return 0
        return self._tells.value & _TOLD

    def of_folder(self, path: bytes) -> int:
        """Return all kept flags of the directory *path*; 0 where it cannot be opened."""
        try:
            folder = open_directory(path)
        except OSError:
            return 0
        try:
            told = fcntl.ioctl(folder, _GET, bytes(8))
        except OSError:
            return 0
        finally:
            os.close(folder)
        return int.from_bytes(told[:4], "little") & Flags.KEPT
