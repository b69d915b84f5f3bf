"""A reader whose large contents come when a test lets them."""

import threading
from collections.abc import Callable
from typing import Any

from tardis.model import Content, Reader, StoredContent

PATIENCE = 60.0


class Gate:
    """Holds up whoever reads certain contents; `met` is set when somebody does.

    Attributes:
        only: Whether it holds up a content.
        opened: How often contents were opened.
        read: What was read, (digest, offset, length).
    """

    def __init__(self, only: Callable[[StoredContent], bool] = lambda _: True) -> None:
        self.only = only
        self.met, self.lifted = threading.Event(), threading.Event()
        self.opened = 0
        self.read: list[tuple[bytes, int, int]] = []

    def wait(self, stored: StoredContent) -> None:
        if self.only(stored):
            self.met.set()
            assert self.lifted.wait(PATIENCE)


class SlowReader:
    """All that *inner* is, for who waits."""

    def __init__(self, inner: Reader, gate: Gate) -> None:
        self._inner, self._gate = inner, gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self, content: StoredContent) -> Content:
        self._gate.opened += 1
        return SlowContent(self._inner.open(content), content, self._gate)


class SlowContent:
    """Says how many use it at once."""

    most_at_once = 0

    def __init__(self, inner: Content, stored: StoredContent, gate: Gate) -> None:
        self._inner, self._stored, self._gate = inner, stored, gate
        self.size = inner.size
        self._users = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def read_at(self, offset: int, length: int) -> bytes:
        self._users += 1
        SlowContent.most_at_once = max(SlowContent.most_at_once, self._users)
        self._gate.read.append((self._stored.digest, offset, length))
        self._gate.wait(self._stored)
        found = self._inner.read_at(offset, length)
        self._users -= 1
        return found
