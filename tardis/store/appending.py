"""Appends to a file past the page cache, where the file system can.

What a backup writes is read again rarely; in the page cache it would push out what is
needed, and taking the pages, copying and writing them back costs more processor time than
all else that a store does with small contents.  Whole blocks go straight from a buffer of
our own to the disk; what begins or ends inside a block goes the usual way.
"""

import errno
import fcntl
import mmap
import os
from typing import Final

from .flush import write_all

BLOCK: Final = 4096
"""Bytes that places, lengths and memory of what goes past the page cache are multiples of."""

BUFFER: Final = 2 << 20
"""Bytes that are gathered before they are written."""

DIRECT_TYPES: Final = frozenset({"ext4", "xfs"})
"""File systems where such writes are known to be sound and quick."""

_SPARES: Final = 4
_SPARE: Final[list[memoryview]] = []
"""Buffers to be used again: taking new memory from the kernel costs as much as copying it."""


class Appender:
    """Gathers bytes for the end of one file and writes them in large pieces.

    Args:
        descriptor: Of the file, open for appending; whoever opened it closes it.
        end: The length that the file has now.
        is_direct: Write past the page cache; where the kernel refuses it, as usual.
    """

    def __init__(self, descriptor: int, end: int, *, is_direct: bool) -> None:
        self._descriptor = descriptor
        self._is_direct = is_direct
        self._memory = _buffer()
        self._begin = self._fill = end % BLOCK
        self._is_untouched = end == 0

    def add(self, data: bytes | memoryview) -> None:
        """Append *data*, now or with what follows.

        Raises:
            OSError: Something could not be written; nothing more may be appended.
        """
        fill = self._fill
        end = fill + len(data)
        if end <= BUFFER:
            self._memory[fill:end] = data
            self._fill = end
            return
        rest = memoryview(data)
        while rest:
            part = rest[: BUFFER - self._fill]
            self._memory[self._fill : self._fill + len(part)] = part
            self._fill += len(part)
            rest = rest[len(part) :]
            if self._fill == BUFFER:
                self.flush()

    def flush(self) -> None:
        """Write all that was gathered.

        Raises:
            OSError: See `add`.
        """
        begin, fill = self._begin, self._fill
        whole = max(begin, fill - fill % BLOCK)
        first = min(-(-begin // BLOCK) * BLOCK, fill)
        if self._is_direct and first < whole:
            self._write(begin, first)
            self._write_blocks(first, whole)
            self._write(whole, fill)
        else:
            self._write(begin, fill)
        self._begin = self._fill = fill % BLOCK
        self._is_untouched = False

    def put_first(self, data: bytes) -> None:
        """Write *data*, at most a block, over what was appended first to an empty file.

        Raises:
            OSError: See `add`.
        """
        if self._is_untouched:
            self._memory[: len(data)] = data
        else:
            os.pwrite(self._descriptor, data, 0)

    def close(self) -> None:
        """Forget what was not flushed; call once, last."""
        if len(_SPARE) < _SPARES:
            _SPARE.append(self._memory)
        self._memory = memoryview(b"")

    def _write(self, begin: int, end: int) -> None:
        if begin < end:
            written = os.writev(self._descriptor, [self._memory[begin:end]])
            write_all(self._descriptor, self._memory[begin + written : end])

    def _write_blocks(self, begin: int, end: int) -> None:
        """Write whole blocks past the page cache, or as usual what it does not take."""
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
            begin += os.writev(self._descriptor, [self._memory[begin:end]])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._is_direct = False
        finally:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags)
        self._write(begin, end)


def _buffer() -> memoryview:
    try:
        return _SPARE.pop()
    except IndexError:
        return memoryview(mmap.mmap(-1, BUFFER))
