"""Which of some backup sets: whole numbers whose bits stand for sets, the oldest lowest.

What is true in some sets is such a mask, so that a question about a thousand sets is one
operation on one number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from tardis.model import BackupSet


class Span:
    """The sets that are looked at, at least one, by number.

    Attributes:
        sets: In order of their numbers.
        everything: Mask of all of them.
        complete: Mask of those that say complete.
    """

    def __init__(self, sets: Sequence[BackupSet]) -> None:
        self.sets = sorted(sets, key=lambda backup: backup.number)
        self._numbers = [backup.number for backup in self.sets]
        self.everything = (1 << len(self.sets)) - 1
        self.complete = sum(1 << at for at, one in enumerate(self.sets) if one.is_complete)
        self._masks: dict[tuple[int, int], int] = {}

    @property
    def first(self) -> int:
        """Number of the oldest set."""
        return self._numbers[0]

    @property
    def last(self) -> int:
        """Number of the newest set."""
        return self._numbers[-1]

    def mask(self, first: int, last: int) -> int:
        """Return the sets numbered from *first* to *last*."""
        found = self._masks.get((first, last))
        if found is None:
            low = bisect_left(self._numbers, first)
            high = max(low, bisect_right(self._numbers, last))
            found = self._masks[first, last] = (1 << high) - (1 << low)
        return found

    def oldest(self, mask: int) -> BackupSet:
        """Return the oldest set of a mask that is not empty."""
        return self.sets[lowest(mask)]

    def newest(self, mask: int) -> BackupSet:
        """Return the newest set of a mask that is not empty."""
        return self.sets[highest(mask)]

    def each(self, mask: int) -> Iterator[BackupSet]:
        """Yield the sets of a mask, the oldest first."""
        return (self.sets[at] for at in places(mask))


def lowest(mask: int) -> int:
    """Return the place of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def highest(mask: int) -> int:
    """Return the place of the highest bit."""
    return mask.bit_length() - 1


def places(mask: int) -> Iterator[int]:
    """Yield the places of all bits, the lowest first."""
    while mask:
        yield lowest(mask)
        mask &= mask - 1
