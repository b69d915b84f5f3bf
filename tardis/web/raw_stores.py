"""Stores that are open, as they lie, lent to one request at a time.

Opening one costs more than most questions do, so a few stay open between requests.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tardis.model import SchemaError
from tardis.store import DirectoryStore, Place, open_raw

KEPT: Final = 16
"""Stores that stay open while nobody uses them."""

KEPT_SECONDS: Final = 60.0
"""How long one stays open."""

_Stamp = tuple[tuple[int, int, int], ...]


class RawStores:
    """Lends stores; for any thread.

    Args:
        place: Where they lie.
        prepare: Called with a client whose store is of an older version.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        place: Place,
        prepare: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._prepare = prepare
        self._clock = clock
        self._turn = threading.Lock()
        self._idle: list[tuple[str, _Stamp, float, DirectoryStore]] = []

    @contextmanager
    def lent(self, client: str) -> Iterator[DirectoryStore]:
        """Give the store of *client*; it is this thread's until the block is over.

        Raises:
            StoreError: There is none, or it cannot be used.
        """
        stamp = self._stamp(client)
        now = self._clock()
        store = self._take(client, stamp, now)
        if store is None:
            store = self._open(client)
        try:
            yield store
        except BaseException:
            store.close()
            raise
        self._give_back(client, stamp, store)

    def close(self) -> None:
        """Close what nobody uses."""
        with self._turn:
            idle, self._idle = self._idle, []
        for *_, store in idle:
            store.close()

    def _take(self, client: str, stamp: _Stamp, now: float) -> DirectoryStore | None:
        """Return an open store of *client*; close those that lay too long."""
        found, kept, old = None, [], []
        with self._turn:
            for one in self._idle:
                name, known, since, store = one
                is_old = now - since > KEPT_SECONDS or (name == client and known != stamp)
                if is_old:
                    old.append(store)
                elif name == client and found is None:
                    found = store
                else:
                    kept.append(one)
            self._idle = kept
        for store in old:
            store.close()
        return found

    def _open(self, client: str) -> DirectoryStore:
        try:
            return open_raw(self._place, client)
        except SchemaError:
            self._prepare(client)
        return open_raw(self._place, client)

    def _give_back(self, client: str, stamp: _Stamp, store: DirectoryStore) -> None:
        with self._turn:
            if len(self._idle) < KEPT:
                self._idle.append((client, stamp, self._clock(), store))
                return
        store.close()

    def _stamp(self, client: str) -> _Stamp:
        """Return what changes when another catalog, or other keys, are put in their place."""
        layout = self._place.layout(client)
        found = []
        for path in (layout.database, layout.keys):
            try:
                known = os.stat(path)
            except OSError:
                continue  # opening the store says what is wrong
            moved = known.st_mtime_ns if path == layout.keys else 0
            found.append((known.st_dev, known.st_ino, moved))
        return tuple(found)
