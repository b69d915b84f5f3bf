"""``tardis.check``: what of a store was read and found good, and when.

A text of JSON, replaced atomically: ``{"format": 1, "round": seconds, "parts": {name: [bytes,
seconds]}}``.  It only saves work: where it is lost, or cannot be written, everything is
read again.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .flush import replace_durably

FILE: Final = "tardis.check"
_FORMAT: Final = 1
_EVERY: Final = 5.0
"""Seconds between two times that it is written."""


class ScrubState:
    """What earlier checks of a store have read.

    Args:
        directory: Of the store.

    Attributes:
        round_began: When the round began that is not finished; 0 when none is.
        parts: (bytes, when it was read) by name.
        is_kept: It could be written so far.
    """

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, FILE)
        self.round_began = 0.0
        self.parts: dict[str, tuple[int, float]] = {}
        self.is_kept = True
        self._written = time.monotonic()
        with suppress(OSError, ValueError, KeyError, TypeError):
            self._take(json.loads(Path(self._path).read_text(encoding="utf-8")))

    def note(self, name: str, size: int) -> None:
        """Remember that the part *name* of *size* bytes is good now."""
        self.parts[name] = (size, time.time())
        if time.monotonic() - self._written >= _EVERY:
            self.write()

    def keep_only(self, names: set[str]) -> None:
        """Forget the parts that are not among *names*."""
        self.parts = {name: one for name, one in self.parts.items() if name in names}

    def write(self) -> None:
        """Write it, if that can be."""
        told = {"format": _FORMAT, "round": self.round_began, "parts": self.parts}
        try:
            replace_durably(self._path, json.dumps(told).encode())
        except OSError:
            self.is_kept = False
        self._written = time.monotonic()

    def _take(self, told: Any) -> None:
        if told["format"] != _FORMAT:
            return
        began = float(told["round"])
        self.parts = {
            str(name): (int(size), float(when)) for name, (size, when) in told["parts"].items()
        }
        self.round_began = began
