"""Files of contents on the local disk, open for reading; see `model.RawFile`."""

import os
from contextlib import suppress

from tardis.model import IntegrityError, RawFile


class DiskFile:
    """See `model.RawFile`.

    Args:
        path: Of the file.

    Raises:
        IntegrityError: It cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
        with suppress(OSError):  # most files are read to their end: the kernel may read far ahead
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    def length(self) -> int:
        """See `model.RawFile.length`."""
        return os.fstat(self._descriptor).st_size

    def read_at(self, length: int, offset: int) -> bytes:
        """See `model.RawFile.read_at`."""
        try:
            return os.pread(self._descriptor, length, offset)
        except (OSError, OverflowError) as error:
            raise IntegrityError(f"{self.name} cannot be read: {error}") from error

    def fileno(self) -> int:
        """Return the descriptor, which stays this object's."""
        return self._descriptor

    def close(self) -> None:
        """See `model.RawFile.close`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def opened(file: str | RawFile) -> RawFile:
    """Return *file*, opened where it is a path.

    Raises:
        IntegrityError: It cannot be opened.
    """
    return DiskFile(file) if isinstance(file, str) else file
