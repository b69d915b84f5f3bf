"""Walks a catalog downwards for somebody who will ask for what lies below next."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from tardis.model import Entry
from tardis.protocol import lookups
from tardis.store import DirectoryStore

_ENOUGH: Final = 8 << 20
"""Bytes of an answer after which no further directory is begun."""

Block = tuple[int, bool, bytes]
"""Directory, whether it has more rows than these, and its rows, packed."""


def walk(
    store: DirectoryStore,
    wanted: Sequence[int],
    span: tuple[int, int],
    after: tuple[int, bytes] | None,
    limit: int,
) -> Iterator[Block]:
    """Yield the rows of each of *wanted* and of what is below it, depth first, by name.

    Args:
        store: Whose rows.
        wanted: The directory that was asked for, and those that will be asked for next.
        span: First and last set that rows must be true in one of.
        after: First set and name of the last row that is known already; of no other directory
            anything is told then.
        limit: Rows after which no further directory is begun.
    """
    limit = min(limit, lookups.MOST_ROWS)
    waiting, seen, size = list(reversed(wanted)), set(wanted), 0
    while waiting:
        one = waiting.pop()
        rows = store.page(one, *span, after, lookups.PAGE_ROWS)
        packed = lookups.tell(rows)
        is_more = len(rows) == lookups.PAGE_ROWS
        yield one, is_more, packed
        limit -= len(rows) + 1
        size += len(packed)
        if after is not None or is_more or limit <= 0 or size >= _ENOUGH:
            return
        below = _directories(rows, seen)
        seen.update(below)
        waiting += reversed(below)


def _directories(rows: list[Entry], seen: set[int]) -> list[int]:
    """Return the directories that *rows* name, by name, without those in *seen*."""
    found = [row for row in rows if row.child is not None and row.child not in seen]
    found.sort(key=attrgetter("name"))
    return list(dict.fromkeys(row.child for row in found if row.child is not None))
