"""Reading files whole while others may be writing to them.

What is read counts only when the file looks the same before its first byte and after its
last; else it is read again, a few times, and then kept as changed while it was read.
"""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from tardis.model import SEGMENT, SMALL, SourceError
from tardis.protocol import listing

from .filesystems import NO_DEVICE, Filesystems
from .opening import open_directory, open_file, trouble
from .ranges import Identity

RACY: Final = 1
"""Mark: the file changed so lately that its times cannot tell of the next change."""

CHANGED: Final = 2
"""Mark: the file changed again and again while it was read."""

ATTEMPTS: Final = 3
"""How often a file is read that does not keep still."""

NOT_REGULAR: Final = "it is no regular file any more"

HEADER: Final = listing.ENTRY.size
"""Bytes of a row before its name."""

_NS: Final = 1_000_000_000

_TICK: Final = 2.0
"""Seconds to which the coarsest file system rounds a ctime."""
_LONGEST: Final = (1 << 63) - 1
"""Bytes that a file can have; the kernel refuses to read beyond."""


class Open(NamedTuple):
    """A file that is open, what it was like before its first byte, and when that was."""

    descriptor: int
    before: os.stat_result
    moment: float


class Read(NamedTuple):
    """What reading a file came to.

    Attributes:
        marks: `RACY`, `CHANGED`, both or 0.
        state: Empty when the file was as listed, else a packed `listing.ENTRY`.
        size: Plain bytes that were read.
    """

    marks: int
    state: bytes
    size: int


class FolderReader:
    """Reads files of one directory; close it afterwards.

    Args:
        path: Of the directory.
        directory: Which one it was when it was listed.
        filesystems: Tells devices apart.
        racy_window: Seconds.
        clock: This machine's, seconds since 1970.

    Raises:
        SourceError: It cannot be opened any more, or is another directory by now.
    """

    def __init__(
        self,
        path: bytes,
        directory: Identity,
        filesystems: Filesystems,
        racy_window: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._number = directory[0]
        self._filesystems = filesystems
        self._clock = clock
        self._window = racy_window * filesystems.racy_factor(self._number)
        self._trusts_ctime = filesystems.trusts_ctime(self._number)
        is_lasting = filesystems.has_lasting_inodes(self._number)
        try:
            self._folder = open_directory(path, may_pass_links=is_lasting)
        except OSError as error:
            raise trouble(error) from error
        status = os.fstat(self._folder)
        self._device = status.st_dev if is_lasting else NO_DEVICE
        if filesystems.of_folder(status.st_dev, status.st_ino, path) != directory[:2]:
            os.close(self._folder)
            raise SourceError("its directory was replaced", errno.ENOENT)

    @property
    def inside(self) -> bytes:
        """What to put before a name to make a path of it, while the directory is open."""
        return b"/proc/self/fd/%d/" % self._folder

    @property
    def descriptor(self) -> int:
        """The directory, while it is open."""
        return self._folder

    def close(self) -> None:
        """Release the directory."""
        os.close(self._folder)

    def read_link(self, name: bytes) -> bytes:
        """Return where the symbolic link *name* points.

        Raises:
            SourceError: It is gone, or no link any more (EINVAL).
        """
        try:
            return os.readlink(name, dir_fd=self._folder)
        except OSError as error:
            raise trouble(error) from error

    def open(self, name: bytes) -> Open:
        """Open the regular file *name*; the caller closes it.

        Raises:
            SourceError: It is gone, may not be read, or is no regular file any more.
        """
        try:
            descriptor = open_file(name, self._folder)
        except OSError as error:
            raise trouble(error) from error
        before = os.fstat(descriptor)
        if stat.S_ISREG(before.st_mode):
            if before.st_dev != self._device:
                self._identity(before)
            return Open(descriptor, before, self._clock())
        os.close(descriptor)
        raise SourceError(NOT_REGULAR, errno.ENOENT)

    def outcome(self, row: bytes, file: Open, size: int, *, kept_still: bool) -> Read:
        """Return what to tell of a file of which *size* bytes were read.

        Args:
            row: The file as it was listed.
            file: It, as it was opened; whether it is racy counts from that moment.
            size: Bytes that were read.
            kept_still: The file was the same after its last byte.
        """
        before = file.before
        mode, inode, device, nlink, uid, gid, _, _, mtime, ctime = before
        number = self._number
        if device != self._device:
            number, inode = self._identity(before)
        ctime_ns = before.st_ctime_ns
        state = listing.ENTRY.pack(
            mode, uid, gid, size, mtime, before.st_mtime_ns % _NS, ctime, ctime_ns % _NS,
            number, inode, nlink, 0, 0, len(row) - HEADER,
        )  # fmt: skip
        marks = 0 if kept_still else CHANGED
        if not self._trusts_ctime:
            ctime_ns = max(ctime_ns, before.st_mtime_ns)
        if abs(file.moment - ctime_ns / _NS) <= self._window:
            marks |= RACY
        if row.startswith(state):
            return Read(marks, b"", size)
        return Read(marks, state[:-2] + b"\0\0", size)

    def _identity(self, file: os.stat_result) -> tuple[int, int]:
        device, inode, nlink = file.st_dev, file.st_ino, file.st_nlink
        return self._filesystems.of_file(self._number, device, inode, nlink, self._path)

    def read_small(self, name: bytes, row: bytes) -> tuple[Read, bytes] | None:
        """Return a small file's bytes, or None when it is not small.

        Raises:
            SourceError: It is gone, cannot be read, or is no regular file any more.
        """
        left = ATTEMPTS
        while True:
            file = self.open(name)
            descriptor, before, _ = file
            try:
                size = before.st_size
                if size > SMALL:
                    return None
                data = os.read(descriptor, size + 1)
                kept_still = len(data) == size and is_same(before, os.fstat(descriptor))
            except OSError as error:
                raise trouble(error) from error
            finally:
                os.close(descriptor)
            left -= 1
            if kept_still or not left:
                data = data[:SMALL]
                return self.outcome(row, file, len(data), kept_still=kept_still), data

    def is_racy(self, ctime: int) -> bool:
        """Tell whether *ctime*, seconds, is too near to the clock to be trusted."""
        return abs(self._clock() - ctime) <= self._window

    def is_fresh(self, ctime: int, ctime_ns: int) -> bool:
        """Tell whether another change this very moment might leave *ctime* as it is.

        That is a matter of the clock's tick: only writing through a mapping takes longer.
        """
        window = min(self._window, _TICK)
        return bool(window) and abs(self._clock() - ctime - ctime_ns / _NS) <= window


def is_same(before: os.stat_result, after: os.stat_result) -> bool:
    """Tell whether nothing was written between two looks at a file."""
    return (
        before.st_ctime_ns == after.st_ctime_ns
        and before.st_mtime_ns == after.st_mtime_ns
        and before.st_size == after.st_size
        and before.st_ino == after.st_ino
    )


def iter_segments(file: Open) -> Iterator[bytes]:
    """Yield the bytes of an open file, `SEGMENT` each and the last one less.

    It ends at the size the file had before, or where the file ends by now.

    Raises:
        OSError: The bytes cannot be read.
    """
    offset, behind = 0, file.before.st_size
    with suppress(OSError):
        os.posix_fadvise(file.descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    while offset < behind:
        data = read_fully(file.descriptor, offset, min(SEGMENT, behind - offset))
        if not data:
            return
        yield data
        offset += len(data)


def read_fully(descriptor: int, offset: int, length: int) -> bytes:
    """Return *length* bytes from *offset*, fewer only where the file ends.

    Raises:
        OSError: They cannot be read.
    """
    data = os.pread(descriptor, length, offset)
    while 0 < len(data) < length:
        more = os.pread(descriptor, length - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def kept_still(file: Open, size: int) -> bool:
    """Tell whether an open file of which *size* bytes were read is as it was before."""
    return (
        size == file.before.st_size
        and is_same(file.before, os.fstat(file.descriptor))
        and (size == _LONGEST or not os.pread(file.descriptor, 1, size))
    )
