"""Changing the keys file of a store that is there."""

from collections.abc import Callable
from contextlib import closing

from tardis.crypto import KeysFile

from .heads import repeat_keys
from .keys import read_keys, write_keys
from .lock import WriterLock
from .opening import Place, has_store


def keys_of(place: Place, client: str) -> KeysFile | None:
    """Return what the keys file of *client* says, None when it has no store here.

    Raises:
        StoreError: It cannot be read.
    """
    return read_keys(place.layout(client).keys) if has_store(place, client) else None


def change_keys(place: Place, client: str, change: Callable[[KeysFile], KeysFile]) -> KeysFile:
    """Replace the keys file of *client* by what *change* makes of it, and return that.

    A crash leaves the old one or the new one.  What the packs repeat of it follows; a crash
    before they all do leaves old ones behind, which the next change replaces.  Runs that
    begin meanwhile are refused.

    Args:
        place: Where stores lie.
        client: Which one; it must be there.
        change: May raise; nothing changes then.

    Raises:
        StoreBusyError: A run is going on.
        StoreError: There is no such store, or it cannot be written.
    """
    layout = place.layout(client)
    lock = WriterLock(layout.lock)
    lock.take(f"changing the keys of {client}")
    with closing(lock):
        keys = change(read_keys(layout.keys))
        write_keys(layout.keys, keys)
        repeat_keys(layout, keys)
    return keys
