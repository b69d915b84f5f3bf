"""Which paths of which sets show given rows: the way up from a directory to the roots."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from .catalog import scrubbing
from .catalog.connection import Connection
from .findings import Touched

_DEEPEST: Final = 4096
"""Directories above each other at the most; more of them go round."""

_Places = list[tuple[tuple[int, ...], bytes]]
"""(sets, path) of a directory, which may have been moved."""


class Paths:
    """Finds the paths of rows.

    Args:
        db: A catalog that nobody changes meanwhile.
        sets: Numbers of all sets, ascending.
    """

    def __init__(self, db: Connection, sets: Sequence[int]) -> None:
        self._db = db
        self._sets = sets
        self._roots = scrubbing.roots_at(db)
        self._known: dict[int, _Places] = {}
        self._ranges: dict[tuple[int, int], tuple[int, ...]] = {}

    def of(self, rows: Iterable[tuple[int, bytes, int, int]]) -> list[Touched]:
        """Return path and sets of (directory, name, first set, last set), by path.

        A row that no set shows has none.
        """
        found: dict[bytes, tuple[int, ...]] = {}
        for directory, name, first, last in rows:
            wanted = self._between(first, last)
            if not wanted:
                continue
            for sets, path in self._single(directory, name) + self._below(directory, name):
                shown = _both(sets, wanted)
                if shown:
                    before = found.get(path)
                    found[path] = shown if before is None else _either(before, shown)
        return [Touched(path, sets) for path, sets in sorted(found.items())]

    def _below(self, directory: int, name: bytes) -> _Places:
        return [(sets, _join(path, name)) for sets, path in self._places(directory)]

    def _single(self, directory: int, name: bytes) -> _Places:
        """Return the paths of a file that is a root itself."""
        roots = self._roots.get(directory, ())
        return [((number,), path) for number, path, single in roots if single == name]

    def _places(self, directory: int) -> _Places:
        """Return where a directory was, set by set; the way up is walked without recursion."""
        waiting = [directory]
        while waiting and len(waiting) < _DEEPEST:
            one = waiting[-1]
            if one in self._known:
                waiting.pop()
                continue
            named = scrubbing.names_of_directory(self._db, one)
            lacking = {row[0] for row in named} - self._known.keys() - set(waiting)
            if lacking:
                waiting += lacking
                continue
            self._known[one] = self._gather(one, named)
        return self._known.get(directory, [])

    def _gather(self, directory: int, named: Iterable[tuple[int, bytes, int, int]]) -> _Places:
        by_path: dict[bytes, tuple[int, ...]] = {}
        roots = self._roots.get(directory, ())
        places: _Places = [((number,), path) for number, path, single in roots if single is None]
        for above, name, first, last in named:
            wanted = self._between(first, last)
            for sets, path in self._known.get(above, ()):
                places.append((_both(sets, wanted), _join(path, name)))
        for sets, path in places:
            if sets:
                by_path[path] = _either(by_path.get(path, ()), sets)
        return [(sets, path) for path, sets in by_path.items()]

    def _between(self, first: int, last: int) -> tuple[int, ...]:
        """Return the sets of a range; many ranges are alike, and have one tuple."""
        found = self._ranges.get((first, last))
        if found is None:
            start, end = bisect_left(self._sets, first), bisect_right(self._sets, last)
            found = self._ranges[first, last] = tuple(self._sets[start:end])
        return found


def _both(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return what is in both, ascending; one of the two where it is that."""
    if one == other:
        return other
    shared = set(one).intersection(other)
    return other if len(shared) == len(other) else tuple(sorted(shared))


def _either(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return what is in any of two, ascending."""
    return other if not one or one == other else tuple(sorted({*one, *other}))


def _join(path: bytes, name: bytes) -> bytes:
    return path + name if path.endswith(b"/") else path + b"/" + name
