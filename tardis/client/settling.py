"""Which listings may still be asked about, so that only those are kept.

Of files with several names the server wants one, and lets the others wait for it.  When
that one cannot be read, or changed meanwhile, it comes back to the others: as long as that
may happen, listings with such files linger after all that was wanted of them is done.
"""

import sys
from typing import Final

from tardis.scan import Range

EVERY: Final = 32
"""Listings after which those that linger are looked through."""


class Settling:
    """Keeps listings by request until nothing can be wanted of them."""

    def __init__(self) -> None:
        self._ranges: dict[int, Range] = {}
        self._left: dict[int, int] = {}
        self._lingering: dict[int, int | None] = {}

    @property
    def is_lingering(self) -> bool:
        """Whether the server may come back to an entry it passed over."""
        return bool(self._lingering)

    def __contains__(self, request: int) -> bool:
        return request in self._ranges

    def range_of(self, request: int) -> Range:
        """Return the listing *request*, which is kept."""
        return self._ranges[request]

    def open(self, request: int, found: Range, count: int) -> None:
        """Keep a listing of which *count* entries are wanted."""
        if count or found.linked:
            self._ranges[request] = found
        if count:
            self._left[request] = count
        elif found.linked:
            self._lingering[request] = None

    def reopen(self, request: int) -> None:
        """Note that one more entry of a listing is wanted."""
        self._lingering.pop(request, None)
        self._left[request] = self._left.get(request, 0) + 1

    def done(self, request: int, count: int = 1) -> None:
        """Note that so many wanted entries of a listing are dealt with."""
        left = self._left[request] - count
        if left:
            self._left[request] = left
            return
        del self._left[request]
        if self._ranges[request].linked:
            self._lingering[request] = None
        else:
            del self._ranges[request]

    def answered(self, request: int, next_request: int) -> None:
        """Drop what cannot be wanted any more, now that listing *request* was judged.

        An entry waits only for one that was listed before it.  Once all up to it are
        dealt with and told, a listing from then on (*next_request*) is judged after
        whatever the server had to say about it.
        """
        oldest = min(self._left, default=sys.maxsize)
        for lingering, last in list(self._lingering.items()):
            if last is None:
                if lingering < oldest:
                    self._lingering[lingering] = next_request
            elif last <= request:
                del self._lingering[lingering], self._ranges[lingering]

    def forget(self) -> None:
        """Drop all that linger: the server has nothing to say about them."""
        for request in self._lingering:
            del self._ranges[request]
        self._lingering.clear()
