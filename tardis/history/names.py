"""Names of one set, directory by directory, and nothing else: the quick way through a tree.

It shows what `Lister` shows of one set without versions, in the same order; that one makes
an object of every name, this one does not.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tardis.model import Reader

from .listing import Scope
from .places import Place, Places, folded
from .sorting import in_order
from .tree import join

_SLICE: Final = 10_000
"""Names that are handed on together."""

_Below = list[tuple[bytes, int]]


class NameLister:
    """Lists the names of set *number*, of what lies at or below a root of it."""

    def __init__(self, reader: Reader, number: int, places: Places, scope: Scope) -> None:
        self._reader = reader
        self._number = number
        self._places = places
        self._scope = scope

    @staticmethod
    def can_list(place: Place) -> bool:
        """Tell whether *place* is one directory of the set, with no further root below it."""
        return len(place.directories) == 1 and (place.fork is None or not place.fork.kids)

    def sections(self, place: Place) -> Iterator[tuple[bytes, Iterator[list[bytes]]]]:
        """Yield (path, names some at a time) of each directory, as `Lister.sections` does."""
        [directory] = place.directories
        below: _Below = []
        yield place.path, self._names(place.path, directory, below)
        waiting = [iter(below)]
        while waiting and self._scope.recurse:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif self._scope.depth is None or len(waiting) <= self._scope.depth:
                below = []
                yield found[0], self._names(*found, below)
                waiting.append(iter(below))

    def _names(self, path: bytes, directory: int, below: _Below) -> Iterator[list[bytes]]:
        hidden, recurse = self._scope.hidden, self._scope.recurse
        rows = in_order(
            (
                (folded(name), name, child)
                for name, child in self._reader.names(directory, self._number)
                if hidden or name[:1] != b"."
            ),
            is_reverse=self._scope.is_reverse,
        )
        while some := list(islice(rows, _SLICE)):
            if recurse:
                below += [(join(path, name), child) for _, name, child in some if child is not None]
            yield [name for _, name, _ in some]
