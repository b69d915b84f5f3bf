"""How far a run is, on one line of the terminal that is drawn over and over."""

import time
from collections.abc import Callable
from typing import Any, Final

from tardis.model import Observer

from .names import escape_name
from .sizes import human_size, human_time

EVERY: Final = 0.1
"""Seconds between two drawings."""

FILE_BYTES: Final = 16 << 10
"""A file takes as long as so many bytes, beside its own."""

_NAME_WIDTH: Final = 40


class ProgressView(Observer):
    """Draws files, bytes, rate, time left and what is being looked at, on standard error.

    Attributes:
        expected: (files, bytes) that all comes to, once that is known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.expected: tuple[int, int] | None = None
        self._clock = clock
        self._status: Any = None
        self._path = b""
        self._files = self._bytes = 0
        self._started = self._drawn = clock()

    def start(self) -> None:
        """Begin to draw."""
        from rich.console import Console  # noqa: PLC0415  # lazy

        self._status = Console(stderr=True, highlight=False).status("")
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
        rate = human_size(round(self._bytes / seconds))
        words = [f"{self._files} files", human_size(self._bytes), f"{rate}/s"]
        left = self._seconds_left(seconds)
        if left is not None:
            words.append(f"{human_time(left)} left")
        name = escape_name(self._path)
        words.append(name if len(name) <= _NAME_WIDTH else f"…{name[1 - _NAME_WIDTH :]}")
        return "  ".join(words)

    def _seconds_left(self, seconds: float) -> float | None:
        """Return how long the rest takes if it goes on like this; None when unknown."""
        if self.expected is None:
            return None
        files, size_bytes = self.expected
        done = self._files * FILE_BYTES + self._bytes
        left = files * FILE_BYTES + size_bytes - done
        return seconds * max(left, 0) / done if done else None

    def _draw(self) -> None:
        now = self._clock()
        if now - self._drawn >= EVERY and self._status is not None:
            self._drawn = now
            from rich.text import Text  # noqa: PLC0415  # lazy

            self._status.update(Text(self.line()))
