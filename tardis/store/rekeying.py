"""Changing the keys file of a store that is there."""

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Final

from tardis.crypto import KeysFile
from tardis.model import StoreError

from .catalog import encrypting
from .heads import repeat_keys
from .keys import STAGED, present_keys, read_keys, write_keys
from .layout import Layout
from .lock import WriterLock
from .opening import Place, has_store
from .trouble import store_trouble

_MOST_KEPT: Final = 10_000

_Stamp = tuple[int, int, int, int, int]
"""Device, inode, size, mtime and ctime of a keys file."""


def keys_of(place: Place, client: str) -> KeysFile | None:
    """Return what the keys file of *client* says, None when it has no store here.

    Raises:
        StoreError: It cannot be read.
    """
    if not has_store(place, client):
        return None
    layout = place.layout(client)
    with store_trouble(layout.directory):
        return present_keys(layout.keys, partial(encrypting.is_begun_in, layout.database))


class KeptKeys:
    """What `keys_of` says, read again only when the file is another one; for any thread.

    Args:
        place: Where stores lie.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[str, tuple[_Stamp, KeysFile]] = {}

    def of(self, client: str) -> KeysFile | None:
        """Return what the keys file of *client* says, None when it has no store here.

        Raises:
            StoreError: It cannot be read.
        """
        stamp = _stamp(self._place.layout(client))
        known = self._known.get(client)
        if known is not None and known[0] == stamp and stamp is not None:
            return known[1]
        found = keys_of(self._place, client)
        if found is not None and stamp is not None and len(self._known) < _MOST_KEPT:
            self._known[client] = stamp, found
        else:
            self._known.pop(client, None)
        return found


def _stamp(layout: Layout) -> _Stamp | None:
    """Return what is another one when the keys may be; None where they had better be read."""
    try:
        os.stat(layout.database)
        found = os.stat(layout.keys)
    except OSError:
        return None
    if os.path.exists(layout.keys + STAGED):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


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
        if os.path.exists(layout.keys + STAGED):
            raise StoreError(
                "this store is being encrypted", hint="Let `sonic encrypt` come to its end first."
            )
        keys = change(read_keys(layout.keys))
        write_keys(layout.keys, keys)
        repeat_keys(layout, keys)
    return keys
