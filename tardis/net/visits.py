"""The visits that run just now, and the bell that tells the listener when one ends."""

import socket
from collections.abc import Callable
from threading import Condition, Thread

from .transport import Transport

OnError = Callable[[BaseException], None]


class Visits:
    """Counts visits and knows their transports; every method may be called by any thread.

    Args:
        handle: Called with each visit's transport.
        on_error: Told of what a handler raised and of refused visits.
        limit: How many may run at once.

    Attributes:
        alarm: Readable when the listener should look at our state.
        is_stopping: No more visits are wanted.
        seen: Visits that came, ended ones included.
    """

    def __init__(self, handle: Callable[[Transport], None], on_error: OnError, limit: int) -> None:
        self.on_error = on_error
        self._handle = handle
        self._limit = limit
        self.alarm, self._bell = socket.socketpair()
        self.alarm.setblocking(False)
        self._bell.setblocking(False)
        self.is_stopping = False
        self.seen = self.count = 0
        self._changed = Condition()
        self._transports: set[Transport] = set()

    def begin(self) -> bool:
        """Count a visit that comes; False when there are too many already."""
        with self._changed:
            if self.count >= self._limit:
                return False
            self.seen += 1
            self.count += 1
        return True

    def run(self, transport: Transport) -> None:
        """Handle a visit that was counted, and close its transport."""
        with self._changed:
            self._transports.add(transport)
        try:
            if not self.is_stopping:
                self._handle(transport)
        finally:
            transport.close()
            with self._changed:
                self._transports.discard(transport)

    def finish(self) -> None:
        """Count a visit off."""
        with self._changed:
            self.count -= 1
            self._changed.notify_all()
        self.ring()

    def stop(self) -> None:
        """Make the listener end; takes no lock, a signal handler may call it."""
        self.is_stopping = True
        self.ring()

    def ring(self) -> None:
        """Make the listener look at our state; takes no lock, a signal handler may call it."""
        try:
            self._bell.send(b"!")
        except OSError:
            return  # it rings already, or nobody listens any more

    def hush(self) -> None:
        """Take the rings off the alarm."""
        try:
            self.alarm.recv(4096)
        except OSError:
            return

    def end(self, grace: float, patience: float = 0.0) -> None:
        """Wait for the visits that run, and end those that do not end by themselves.

        Args:
            grace: Seconds they have to wind up once their lines are closed.
            patience: Seconds they have before that, to end by themselves.
        """
        self.is_stopping = True
        with self._changed:
            self._changed.wait_for(lambda: not self.count, patience)
            running = list(self._transports)
        for transport in running:  # all at once: each may wait for a peer that does not read
            Thread(target=transport.close, name="closing", daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: not self.count, grace)
        self._bell.close()
        self.alarm.close()
