"""Directories that were told before they were asked for.

Who walks a tree asks for one directory after the other.  So an answer tells what lies below
as well: little at first, for somebody who looks at one directory, and more and more as long
as the questions keep coming.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, NamedTuple

KEPT_BYTES: Final = 16 << 20
"""Bytes of rows that are kept, packed."""

KEPT_SECONDS: Final = 60.0
"""How long they are believed."""

FIRST_LIMIT: Final = 250
"""Rows that the first answer may have, beside those of the directory itself."""

GROWTH: Final = 8
_PAUSE: Final = 2.0
"""Seconds without a question after which somebody looks at single directories again."""

EXPECTED: Final = 10_000
"""Directories that are remembered because they were named, and not asked for yet."""

NAMED: Final = 1_000
"""Of these, how many one question names at the most."""

Key = tuple[int, int, int]
"""Directory, first and last set."""


class Block(NamedTuple):
    """Rows of one directory.

    Attributes:
        is_more: There are further ones.
        packed: They themselves.
    """

    is_more: bool
    packed: bytes


class Ahead:
    """What is known ahead of being asked for; bounded.

    Args:
        most: Rows of an answer at the most.
        clock: Seconds that never go back.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._blocks: OrderedDict[Key, tuple[float, Block]] = OrderedDict()
        self._expected: dict[Key, None] = {}
        self._size = 0
        self._limit = FIRST_LIMIT
        self._asked = 0.0

    def limit(self) -> int:
        """Return how many rows to ask for now that something is not known."""
        now = self._clock()
        if now - self._asked > _PAUSE:
            self._limit = FIRST_LIMIT
        self._asked = now
        found = self._limit
        self._limit = min(GROWTH * found, self._most)
        return found

    def take(self, key: Key) -> Block | None:
        """Return what is known, which is forgotten now: a tree is walked once."""
        self._expected.pop(key, None)
        found = self._blocks.pop(key, None)
        if found is None:
            return None
        since, block = found
        self._size -= len(block.packed)
        now = self._clock()
        if now - since > KEPT_SECONDS:
            return None
        self._asked = now
        return block

    def expect(self, keys: Iterable[Key]) -> None:
        """Take note that *keys*, in this order, will be asked for before those noted until now."""
        for key in reversed(list(keys)):
            self._expected.pop(key, None)
            self._expected[key] = None
        while len(self._expected) > EXPECTED:
            del self._expected[next(iter(self._expected))]

    def next_ones(self, span: tuple[int, int], limit: int) -> list[int]:
        """Return directories of a span that will be asked for next and are not known.

        Args:
            span: First and last set.
            limit: Rows that are asked for: there are no more directories worth naming.
        """
        found = (
            key[0]
            for key in reversed(self._expected)
            if key[1:] == span and key not in self._blocks
        )
        return list(islice(found, min(limit, NAMED)))

    def put(self, key: Key, block: Block) -> None:
        """Keep *block* until it is asked for, unless there is no room for it.

        What was told first is wanted first, so it is the last to go.
        """
        now = self._clock()
        while self._blocks and now - next(iter(self._blocks.values()))[0] > KEPT_SECONDS:
            self._drop(next(iter(self._blocks)))
        self._drop(key)
        if self._size + len(block.packed) <= KEPT_BYTES:
            self._blocks[key] = (now, block)
            self._size += len(block.packed)

    def _drop(self, key: Key) -> None:
        found = self._blocks.pop(key, None)
        if found is not None:
            self._size -= len(found[1].packed)
