"""How clients are; a store is looked at again only when something of it has changed."""

import os
import threading
import time

from tardis.admin import ClientState, state_of
from tardis.model import StoreError
from tardis.store import Place, denials, read_grant


class States:
    """For any thread.

    Args:
        place: Where the stores are.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._turn = threading.Lock()
        self._known: dict[str, tuple[object, ClientState]] = {}

    def of(self, client: str) -> ClientState:
        """Return how *client*, which has a store, is; its age may be some time old."""
        with self._turn:  # many who ask at once cost no more than one
            stamp = _stamp(self._place, client)
            known = self._known.get(client)
            if known is None or known[0] != stamp:
                known = (stamp, state_of(self._place, client, time.time_ns()))
                self._known[client] = known
            return known[1]


def _stamp(place: Place, client: str) -> object:
    """Return what is another value when how *client* is may be another."""
    try:
        found = os.stat(place.layout(client).database)
        granted = read_grant(place, client), len(denials(place, client))
    except (OSError, StoreError) as error:
        return str(error)
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size, granted
