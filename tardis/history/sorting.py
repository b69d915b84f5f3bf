"""Sorting more rows than memory should hold: in runs that are put aside and merged."""

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any, Final

from .spool import Spool

RUN: Final = 50_000
"""Rows that are sorted in memory."""


def in_order(
    rows: Iterable[tuple[Any, ...]], *, is_reverse: bool = False, run: int = RUN
) -> Iterator[tuple[Any, ...]]:
    """Yield tuples of numbers, bytes and None, whose last item may be a tuple of such, in order.

    Up to *run* of them are sorted where they are; more go to temporary files, from which
    the last item comes back as a plain tuple.
    """
    rows = iter(rows)
    some = sorted(islice(rows, run), reverse=is_reverse)
    if len(some) < run:
        yield from some
        return
    with ExitStack() as stack:
        runs = []
        while some:
            spool = stack.enter_context(Spool())
            for row in some:
                spool.add(_plain(row))
            runs.append(spool)
            some = sorted(islice(rows, run), reverse=is_reverse)
        yield from heapq.merge(*runs, reverse=is_reverse)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    last = row[-1]
    return (*row[:-1], tuple(last)) if isinstance(last, tuple) else row
