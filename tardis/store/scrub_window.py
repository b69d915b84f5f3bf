"""Reading packs in large pieces, at a pace, and from the disk instead of the page cache."""

import os
import time

from tardis.model import IntegrityError


class Pace:
    """Sleeps so that no more than *rate* bytes are read in a second; 0 never sleeps."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._due = time.monotonic()

    def spend(self, size: int) -> None:
        """Wait until *size* more bytes may have been read."""
        if self._rate:
            self._due = max(self._due, time.monotonic() - 1) + size / self._rate
            time.sleep(max(0.0, self._due - time.monotonic()))


class Window:
    """A part of a pack in memory, which moves on as records are asked for.

    Args:
        path: Of the pack.
        buffer: What memory it takes; more only for a record that is larger.
        pace: Bounds how fast it reads.

    Attributes:
        size: Bytes of the whole pack.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: str, buffer: bytearray, pace: Pace | None = None) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        self._memory = buffer
        self._view = memoryview(buffer)
        self._pace = pace
        self._start = self._end = 0

    def at(self, place: int, length: int) -> memoryview:
        """Return *length* bytes from *place*, valid until the next call.

        Raises:
            IntegrityError: They cannot be read.
        """
        if not self._start <= place <= place + length <= self._end:
            self._move(place, length)
        found = self._view[place - self._start : place - self._start + length]
        if place + length > self._end:
            raise IntegrityError("the pack is cut off")
        return found

    def holds(self, place: int, data: bytes) -> bool:
        """Tell whether *data* lies at *place*; nothing is copied for that.

        Raises:
            IntegrityError: What lies there cannot be read.
        """
        length = len(data)
        if not self._start <= place <= place + length <= self._end:
            self._move(place, length)
            if place + length > self._end:
                raise IntegrityError("the pack is cut off")
        return self._memory.startswith(data, place - self._start)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _move(self, place: int, length: int) -> None:
        if place < 0:  # the kernel would take -1 for where it was last
            raise IntegrityError("it cannot be read: its place is below 0")
        if length > len(self._view):
            self._memory = bytearray(length)
            self._view = memoryview(self._memory)
        try:
            got = os.preadv(self._descriptor, [self._view], place)
            while 0 < got < length:
                more = os.preadv(self._descriptor, [self._view[got:]], place + got)
                if not more:
                    break
                got += more
        except (OSError, OverflowError) as error:
            self._start = self._end = 0
            raise IntegrityError(f"it cannot be read: {error}") from error
        self._start, self._end = place, place + got
        if self._pace is not None:
            self._pace.spend(got)


def forget_cache(path: str) -> None:
    """Let the page cache drop a file; what cannot be opened is told by whoever reads it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
