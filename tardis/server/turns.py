"""How many backups run at once: who comes when there are enough waits for a turn.

Waiting, and not being sent away, is what suits clients that run by cron: nobody has to tell
them to come again.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from tardis.model import RemoteProtocolError, UnavailableError
from tardis.net import Line

from .options import Log

LONGEST_SECONDS: Final = 3600.0
"""How long somebody waits for a turn: runs that come every hour do not pile up."""

LOOK_SECONDS: Final = 1.0


def stopping() -> UnavailableError:
    """Return what a client is told whose run ends because the daemon does."""
    return UnavailableError("the server is stopping", hint="Run again; what was sent is kept.")


class Turns:
    """The backups that run, and those that wait in the order in which they came.

    Attributes:
        limit: How many may run at once, 0 for any number; may change at any time.
        is_stopping: Nobody's turn comes any more.
    """

    def __init__(self, limit: int = 0) -> None:
        self.limit = limit
        self.is_stopping = False
        self._changing = Lock()
        self._running = 0
        self._queue: deque[object] = deque()

    @contextmanager
    def turn(self, line: Line, client: str, log: Log) -> Iterator[None]:
        """Go on once it is the client's turn; the turn is over with the block.

        Signs of life go on while it waits.

        Args:
            line: Of the client, from which nothing is heard meanwhile.
            client: Who waits, for the log.
            log: Hears of a wait.

        Raises:
            UnavailableError: The turn did not come.
            LineLostError: The client did not wait.
        """
        place = object()
        with self._changing:
            is_free = not self.limit or (self._running < self.limit and not self._queue)
            if is_free:
                self._running += 1
            else:
                self._queue.append(place)
        has_come = is_free
        try:
            if not has_come:
                log(f"{client}: waits for its turn: {self.limit} backups run already")
                self._wait(place, line)
                has_come = True
            yield
        finally:
            with self._changing:
                if has_come:
                    self._running -= 1
                else:
                    self._queue.remove(place)

    def _wait(self, place: object, line: Line) -> None:
        limit = time.monotonic() + LONGEST_SECONDS
        while True:
            if line.hear(LOOK_SECONDS) is not None:
                raise RemoteProtocolError("the client did not wait for its turn")
            if self.is_stopping:
                raise stopping()
            if self._has_come(place):
                return
            if time.monotonic() >= limit:
                raise UnavailableError(
                    f"the server runs no more than {self.limit} backups at once, and no turn "
                    "came for too long",
                    hint="Run again later, or raise MaxBackups on the server.",
                )

    def _has_come(self, place: object) -> bool:
        """Take the turn if it has come."""
        with self._changing:
            is_free = not self.limit or self._running < self.limit
            if not is_free or self._queue[0] is not place:
                return False
            self._queue.popleft()
            self._running += 1
            return True
