"""What the peer sent and nobody has looked at yet: raw chunks, read by a thread of its own.

The thread keeps reading while others write, so two sides that both send a lot never
wait for each other.  A long frame is read into one piece of memory, so that nobody has to
put it together.
"""

import time
from queue import Empty, SimpleQueue
from threading import Event, Thread, current_thread
from typing import Final

from tardis.model import LineLostError
from tardis.protocol import frame_length

from .transport import Transport

CHUNK: Final = 256 << 10
"""Bytes taken from the socket at once, at most.

More does not save system calls worth counting, and fresh memory for it costs page faults.
"""

WHOLE: Final = (1 << 20) + (64 << 10)
"""Bytes of a frame that are read as one piece, at most: a segment and what is said of it."""

_LONG: Final = 32 << 10
"""Bytes of a frame that are worth it."""

_HEAD: Final = 4
_PATIENCE: Final = 5.0
_OVERHEAD: Final = 128
"""Bytes a waiting chunk costs beyond its own."""


class Inbox:
    """Reads a transport to its end, in order, ahead of the one thread that takes.

    Args:
        transport: Read by this alone.
        limit: Bytes that may wait; then reading rests until half of them are taken.
            None: no limit.

    Attributes:
        received: Bytes read so far.
        failure: Why reading ended, when it did not end in order.
    """

    def __init__(self, transport: Transport, limit: int | None) -> None:
        self._transport = transport
        self._limit = limit
        self._chunks: SimpleQueue[bytes | memoryview] = SimpleQueue()
        self._arrived = self._taken = 0
        self._room = Event()
        self._room.set()
        self._is_stopped = self._is_over = False
        self._moment = time.monotonic()
        self._missing = 0
        self._head = b""
        self.received = 0
        self.failure: LineLostError | None = None
        self._thread = Thread(target=self._run, name="line-reader", daemon=True)
        self._thread.start()

    def take(self, timeout: float) -> bytes | memoryview | None:
        """Return the next chunk, b"" at the end, or None after *timeout* seconds."""
        if self._is_over:
            return b""
        if timeout <= 0 and self._chunks.empty():
            return None
        try:
            chunk = self._chunks.get(timeout=max(timeout, 0))
        except Empty:
            return None
        self._taken += len(chunk) + _OVERHEAD
        if not self._room.is_set() and self._waiting() * 2 <= (self._limit or 0):
            self._room.set()
        self._is_over = not chunk
        return chunk

    def silence(self) -> float:
        """Return the seconds for which we listened and nothing came."""
        return time.monotonic() - self._moment if self._room.is_set() else 0.0

    def stop(self) -> None:
        """Let the thread end; the transport was closed."""
        self._is_stopped = True
        self._room.set()
        if self._thread is not current_thread():
            self._thread.join(_PATIENCE)

    def _waiting(self) -> int:
        return self._arrived - self._taken

    def _run(self) -> None:
        try:
            while chunk := self._read():
                self._put(chunk)
                if self._limit is not None and self._waiting() > self._limit:
                    self._rest(self._limit)
        except LineLostError as error:
            self.failure = error
        self._chunks.put(b"")

    def _read(self) -> bytes | memoryview:
        """Return what has arrived; of a long frame that has begun, all that is missing."""
        if _LONG <= self._missing <= WHOLE:
            chunk: bytes | memoryview = self._read_whole(self._missing)
        else:
            chunk = self._transport.read(self._most())
            self._note(len(chunk))
        self._follow(chunk)
        return chunk

    def _most(self) -> int:
        """Return how much to read: where much comes, no more than ends with the present frame.

        What of the next one came along would have to be put together with its rest.
        """
        is_bulk = self._limit is not None
        return self._missing + _HEAD if is_bulk and 0 < self._missing < _LONG else CHUNK

    def _read_whole(self, count: int) -> memoryview:
        """Return the next *count* bytes, with the head of the next frame if that has come."""
        whole = memoryview(bytearray(count + _HEAD))
        have = 0
        while have < count:
            got = self._transport.read_into(whole[have:])
            if not got:
                break
            self._note(got)
            have += got
        return whole[:have]

    def _follow(self, chunk: bytes | memoryview) -> None:
        """Find out how much is missing of the frame in which *chunk* ends."""
        start, self._missing = self._missing, 0
        while start < len(chunk):
            head = self._head + chunk[start : start + _HEAD - len(self._head)]
            start += len(head) - len(self._head)
            self._head = head if len(head) < _HEAD else b""
            if len(head) == _HEAD:
                start += frame_length(head)
        self._missing = start - len(chunk)

    def _note(self, count: int) -> None:
        self._moment = time.monotonic()
        self.received += count

    def _put(self, chunk: bytes | memoryview) -> None:
        self._arrived += len(chunk) + _OVERHEAD
        self._chunks.put(chunk)

    def _rest(self, limit: int) -> None:
        """Wait for room; whoever takes sets `_room` only after it has been cleared here."""
        self._room.clear()
        if self._waiting() > limit and not self._is_stopped:
            self._room.wait()
        self._moment = time.monotonic()
        self._room.set()
