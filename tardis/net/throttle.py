"""A limit to the bytes a second that lines carry, for all of them together.

Lines without a limit are left as they are, and cost nothing more.
"""

import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

from tardis.model import LineLostError

from .transport import Transport

LEAST_RATE: Final = 1 << 10
"""Bytes a second below which the signs of life would come too late."""

_LARGEST_PIECE: Final = 64 << 10
_SMALLEST_PIECE: Final = 512
_PIECES_A_SECOND: Final = 8


class Bucket:
    """Fills by *rate* bytes a second, and tells who takes some how long to wait.

    What is taken beyond what is there is a debt that all who come later wait for too, so the
    rate holds for all together; any thread may take.  What is not used is lost, but for what
    comes in a piece's time.

    Args:
        rate: Bytes a second.
        clock: Seconds that only grow.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._turn = Lock()
        self._free_at = clock()

    def take(self, size: int) -> float:
        """Take *size* bytes; return the seconds to wait before the next are moved."""
        with self._turn:
            now = self._clock()
            self._free_at = max(self._free_at, now) + size / self._rate
            return self._free_at - now


class Throttle:
    """One limit for what is sent by all lines together, and the same for what they receive.

    Args:
        rate: Bytes a second, `LEAST_RATE` at least; 0 for no limit.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._received, self._sent = Bucket(max(rate, 1)), Bucket(max(rate, 1))

    def over(self, transport: Transport) -> Transport:
        """Return *transport* with the limit on it."""
        if not self._rate:
            return transport
        piece = min(_LARGEST_PIECE, max(_SMALLEST_PIECE, self._rate // _PIECES_A_SECOND))
        return ThrottledTransport(transport, (self._received, self._sent), piece)


class ThrottledTransport:
    """A transport that moves pieces and waits between them; see `Transport`.

    Small pieces keep both sides hearing of each other all the time.

    Args:
        plain: What carries the bytes; closed with this.
        buckets: Of what is received, and of what is sent.
        piece: Bytes that are moved at once.

    Attributes:
        peer: See `Transport`.
        is_local: See `Transport`.
        binding: See `Transport`.
    """

    def __init__(self, plain: Transport, buckets: tuple[Bucket, Bucket], piece: int) -> None:
        self._plain = plain
        self._received, self._sent = buckets
        self._piece = piece
        self._closing = Event()
        self.peer, self.is_local, self.binding = plain.peer, plain.is_local, plain.binding

    def read(self, limit: int) -> bytes:
        """Return what has arrived, 1 to *limit* bytes; b"" at the end or once closed.

        Raises:
            LineLostError: The connection broke.
        """
        data = self._plain.read(min(limit, self._piece))
        self._closing.wait(self._received.take(len(data)))
        return data

    def read_into(self, buffer: memoryview) -> int:
        """Put what has arrived into *buffer*; return how many bytes, 0 at the end.

        Raises:
            LineLostError: The connection broke.
        """
        size = self._plain.read_into(buffer[: self._piece])
        self._closing.wait(self._received.take(size))
        return size

    def write(self, *parts: bytes | memoryview) -> None:
        """Write all of *parts*, one after another.

        Raises:
            LineLostError: The connection broke or was closed; part may have been sent.
        """
        view = memoryview(b"".join(parts))
        for start in range(0, len(view), self._piece):
            if self._closing.is_set():
                raise LineLostError(f"the line to {self.peer} is closed")
            part = view[start : start + self._piece]
            self._plain.write(part)
            self._closing.wait(self._sent.take(len(part)))

    def close(self) -> None:
        """End both directions and wake whoever reads, writes or waits; harmless when repeated."""
        self._closing.set()
        self._plain.close()
