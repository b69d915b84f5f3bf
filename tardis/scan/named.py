"""Entries of a large directory, of which the names are read first."""

import os
import sys
from typing import Final

_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()


class Named:
    """Stands for a directory entry of which the name alone is kept."""

    __slots__ = ("_folder", "name")

    def __init__(self, name: bytes, folder: int) -> None:
        self.name = name.decode(_ENCODING, _ERRORS)
        self._folder = folder

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        """Look at the entry now."""
        return os.stat(self.name, dir_fd=self._folder, follow_symlinks=follow_symlinks)
