"""The outer life of a daemon: what signals ask for, and what its service manager is told.

Signal handlers only note that a signal came and wake the loop of the program; that loop calls
`Supervisor.tick`, which does what was asked for, between two other things.
"""

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from .notify import Notifier

_STOP: Final = (signal.SIGTERM, signal.SIGINT)
_STANDARD_ERROR: Final = 2


class Supervisor:
    """Hears SIGTERM and SIGINT (stop), and SIGHUP (reload); feeds systemd's watchdog.

    SIGHUP that comes because the terminal has gone on which it was started ends it.

    Args:
        notifier: Tells the service manager.
        stop: Makes the loop end; called once.
        reload: Takes new settings; raises nothing that a person can cause.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        notifier: Notifier,
        stop: Callable[[], None],
        reload: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = notifier
        self._stop, self._reload = stop, reload
        self._clock = clock
        self._wants_end = self._wants_reload = self._has_ended = self._has_terminal = False
        self._fed = float("-inf")
        self._status = ""

    def hear(self, wake: Callable[[], None]) -> None:
        """Take over the signals; call in the main thread.

        Args:
            wake: Makes the loop call `tick` soon; takes no lock, a handler calls it.
        """

        self._has_terminal = os.isatty(_STANDARD_ERROR)

        def end(_number: int, _frame: FrameType | None) -> None:
            self._wants_end = True
            wake()

        def reread(_number: int, _frame: FrameType | None) -> None:
            self._wants_reload = True
            wake()

        for number in _STOP:
            signal.signal(number, end)
        signal.signal(signal.SIGHUP, reread)

    def stands(self, status: str) -> None:
        """Tell that the daemon serves, in words what."""
        self._status = status
        self._notifier.ready(status)

    def tick(self) -> float | None:
        """Do what signals have asked for; return the seconds until it wants to be called again."""
        if self._wants_reload and self._has_terminal and not os.isatty(_STANDARD_ERROR):
            self._wants_end = True
        if self._wants_end and not self._has_ended:
            self._has_ended = True
            self._notifier.stopping()
            self._stop()
        if self._wants_reload and not self._has_ended:
            self._wants_reload = False
            self._notifier.reloading()
            self._reload()
            self._notifier.ready(self._status)
        return self._feed()

    def _feed(self) -> float | None:
        every = self._notifier.watchdog
        if every is None:
            return None
        now = self._clock()
        if now - self._fed >= every:
            self._fed = now
            self._notifier.alive()
        return max(0.0, self._fed + every - now)
