"""Weighing a walk: the largest directories of a tree, and what its rules leave out.

Memory is bounded however large the tree is: of each finished directory a few of the largest
below it are kept, and none beyond some levels; of rules and of entries left out, the heaviest.
"""

from heapq import heappush, heappushpop, nlargest
from typing import Final

from tardis.model import Branch, LeftOut, Weight

LEVELS: Final = 4
"""Levels of directories below a root that are told."""

WIDTH: Final = 10
"""Largest directories that are told of each."""

REASONS: Final = 1000
"""Rules that are counted each for itself."""

LARGEST: Final = 20
"""Heaviest entries left out that are told."""

OTHER: Final = "other rules"


class _Open:
    """A directory whose weight still grows."""

    __slots__ = ("largest", "path", "weight")

    def __init__(self, path: bytes) -> None:
        self.path = path
        self.weight = Weight()
        self.largest: list[Branch] = []


class TreeWeigher:
    """Adds up one tree, whose directories come parents first."""

    def __init__(self, top: bytes) -> None:
        self._open = [_Open(top)]

    def add(self, path: bytes, weight: Weight) -> None:
        """Add what the directory *path* itself holds; it may come in several parts."""
        while len(self._open) > 1 and not is_within(path, self._open[-1].path):
            self._finish()
        if path != self._open[-1].path:
            self._open.append(_Open(path))
        last = self._open[-1]
        last.weight = last.weight.plus(weight)

    def close(self) -> Branch:
        """Return the tree."""
        while len(self._open) > 1:
            self._finish()
        return _branch(self._open[0], keeps=True)

    def _finish(self) -> None:
        done = self._open.pop()
        above = self._open[-1]
        above.weight = above.weight.plus(done.weight)
        if len(self._open) <= LEVELS:
            above.largest.append(_branch(done, keeps=len(self._open) < LEVELS))
            if len(above.largest) > 2 * WIDTH:
                above.largest = _largest(above.largest)


def _branch(done: _Open, keeps: bool) -> Branch:
    return Branch(done.path, done.weight, tuple(_largest(done.largest)) if keeps else ())


def _largest(branches: list[Branch]) -> list[Branch]:
    return nlargest(WIDTH, branches, key=lambda one: (one.weight.size_bytes, one.weight.files))


def is_within(path: bytes, above: bytes) -> bool:
    """Tell whether *path* is *above*, or lies below it."""
    return path == above or path.startswith(above.rstrip(b"/") + b"/")


class LeftOutWeigher:
    """Adds up what is left out, by rule."""

    def __init__(self) -> None:
        self._reasons: dict[str, LeftOut] = {}
        self._heap: list[tuple[int, int, bytes, str]] = []

    def add(self, path: bytes, reason: str, weight: Weight) -> None:
        """Add one entry that is left out, and what it holds."""
        item = (weight.size_bytes, weight.files, path, reason)
        if len(self._heap) < LARGEST:
            heappush(self._heap, item)
        else:
            heappushpop(self._heap, item)
        if reason not in self._reasons and len(self._reasons) >= REASONS:
            reason = OTHER
        before = self._reasons.get(reason, LeftOut(reason, 0, Weight()))
        self._reasons[reason] = LeftOut(reason, before.entries + 1, before.weight.plus(weight))

    def by_reason(self) -> tuple[LeftOut, ...]:
        """Return what each rule leaves out, the heaviest first."""
        found = self._reasons.values()
        return tuple(
            sorted(found, key=lambda one: (-one.weight.size_bytes, -one.entries, one.reason))
        )

    def largest(self) -> tuple[tuple[bytes, str, Weight], ...]:
        """Return (path, reason, weight) of the heaviest entries, the heaviest first."""
        heavy = sorted(self._heap, key=lambda item: (-item[0], -item[1], item[2]))
        return tuple((path, reason, Weight(files, size)) for size, files, path, reason in heavy)
