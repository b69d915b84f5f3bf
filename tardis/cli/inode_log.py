"""An aid for whoever looks into a run of `tardis`: its files by inode."""

import os
from typing import Final

from tardis.cli.log_files import open_log
from tardis.model import Observer
from tardis.render import escape_name

_COLUMNS: Final = "inode\tdevice\tkind\tbytes\tpath\n"


class InodeLog(Observer):
    """Writes a line for each file that was dealt with, parted by tabs.

    Args:
        path: Of the file that is written.

    Raises:
        ConfigError: It cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._file = open_log(path)
        self._file.write(_COLUMNS)

    def file_done(self, path: bytes, kind: str, size: int) -> None:
        """Write inode, device, kind, size and path; 0 for what is gone by now."""
        try:
            status = os.lstat(path)
            place = f"{status.st_ino}\t{status.st_dev}"
        except OSError:
            place = "0\t0"
        self._file.write(f"{place}\t{kind}\t{size}\t{escape_name(path)}\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
