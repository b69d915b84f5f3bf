"""How far a run is, on one line of the terminal that is drawn over and over."""

import time
from collections.abc import Callable
from typing import Any, Final

from tardis.model import Observer

from .names import escape_name
from .stats import show_seconds, show_size

EVERY: Final = 0.1
"""Seconds between two drawings."""

_NAME_WIDTH: Final = 40


class ProgressView(Observer):
    """Draws files, bytes, rate, time left and what is being looked at, on standard error.

    Attributes:
        expected_bytes: What all will come to, as far as is known; 0: unknown.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.expected_bytes = 0
        self._clock = clock
        self._status: Any = None
        self._path = b""
        self._files = self._bytes = 0
        self._started = self._drawn = clock()

    def start(self) -> None:
        """Begin to draw."""
        from rich.console import Console  # noqa: PLC0415  # lazy

        self._status = Console(stderr=True, highlight=False).status(self.line())
        self._status.start()

    def stop(self) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def working_on(self, path: bytes) -> None:
        """Note what is looked at."""
        self._path = path
        self._draw()

    def advanced(self, files: int, size_bytes: int) -> None:
        """Count what is done."""
        self._files += files
        self._bytes += size_bytes
        self._draw()

    def line(self) -> str:
        """Return the line as it is now."""
        seconds = max(self._clock() - self._started, EVERY)
        rate = self._bytes / seconds
        words = [f"{self._files} files", show_size(self._bytes), f"{show_size(rate)}/s"]
        left = self.expected_bytes - self._bytes
        if left > 0 and rate > 0:
            words.append(f"{show_seconds(left / rate)} left")
        name = escape_name(self._path)
        words.append(name if len(name) <= _NAME_WIDTH else f"…{name[1 - _NAME_WIDTH :]}")
        return "  ".join(words)

    def _draw(self) -> None:
        now = self._clock()
        if now - self._drawn >= EVERY and self._status is not None:
            self._drawn = now
            from rich.text import Text  # noqa: PLC0415  # lazy

            self._status.update(Text(self.line()))
