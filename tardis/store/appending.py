"""Appends to a file past the page cache, where the file system can.

What a backup writes is read again rarely; in the page cache it would push out what is
needed, and taking the pages, copying and writing them back costs more processor time than
all else that a store does with small contents.  Whole blocks go straight from a buffer of
our own to the disk; what begins or ends inside a block goes the usual way.  A buffer that is
full is written by a thread of its own while the next one is filled: the disk takes about as
long as digesting does.
"""

import errno
import fcntl
import mmap
import os
from typing import Final

from tardis.streams import Lane

from .flush import write_all

BLOCK: Final = 4096
"""Bytes that places, lengths and memory of what goes past the page cache are multiples of."""

BUFFER: Final = 2 << 20
"""Bytes that are gathered before they are written."""

DIRECT_TYPES: Final = frozenset({"ext4", "xfs"})
"""File systems where such writes are known to be sound and quick."""

_SPARES: Final = 6
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
        self._lane: Lane[tuple[memoryview, int], None] | None = None
        self._is_writing = False

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
                self._pass_on()

    def flush(self) -> None:
        """Write all that was gathered.

        Raises:
            OSError: See `add`.
        """
        self._await_written()
        self._write_out(self._memory, self._begin, self._fill)
        self._begin = self._fill = self._fill % BLOCK
        self._is_untouched = False

    def put_first(self, data: bytes) -> None:
        """Write *data*, at most a block, over what was appended first to an empty file.

        Raises:
            OSError: See `add`.
        """
        if self._is_untouched:
            self._memory[: len(data)] = data
        else:
            self._await_written()
            os.pwrite(self._descriptor, data, 0)

    def close(self) -> None:
        """Forget what was not flushed; call once, last."""
        if self._lane is not None:
            self._lane.close()
        _give_back(self._memory)
        self._memory = memoryview(b"")

    def _pass_on(self) -> None:
        """Let the full buffer be written, beside the next one where the disk is waited for."""
        if not self._is_direct:
            self.flush()
            return
        self._await_written()
        if self._lane is None:
            self._lane = Lane(self._write_full)
        self._lane.give((self._memory, self._begin))
        self._is_writing = True
        self._memory = _buffer()
        self._begin = self._fill = 0
        self._is_untouched = False

    def _await_written(self) -> None:
        if self._lane is not None and self._is_writing:
            self._is_writing = False
            self._lane.take()

    def _write_full(self, full: tuple[memoryview, int]) -> None:
        memory, begin = full
        self._write_out(memory, begin, BUFFER)
        _give_back(memory)

    def _write_out(self, memory: memoryview, begin: int, fill: int) -> None:
        whole = max(begin, fill - fill % BLOCK)
        first = min(-(-begin // BLOCK) * BLOCK, fill)
        if self._is_direct and first < whole:
            self._write(memory[begin:first])
            self._write_blocks(memory[first:whole])
            self._write(memory[whole:fill])
        else:
            self._write(memory[begin:fill])

    def _write(self, data: memoryview) -> None:
        if data:
            written = os.writev(self._descriptor, [data])
            write_all(self._descriptor, data[written:])

    def _write_blocks(self, data: memoryview) -> None:
        """Write whole blocks past the page cache, or as usual what it does not take."""
        written = 0
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
            written = os.writev(self._descriptor, [data])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            self._is_direct = False
        finally:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags)
        self._write(data[written:])


def _give_back(memory: memoryview) -> None:
    if len(_SPARE) < _SPARES:
        _SPARE.append(memory)


def _buffer() -> memoryview:
    try:
        return _SPARE.pop()
    except IndexError:
        return memoryview(mmap.mmap(-1, BUFFER))
