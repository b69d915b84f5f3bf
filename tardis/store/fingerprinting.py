"""Makes the fingerprints of a client's directories anew, from the rows that they stand for."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from tardis.model import Entry

from .catalog import fingerprinting, writing
from .catalog.connection import connect_writer, transaction
from .lock import WriterLock
from .opening import Place
from .trouble import store_trouble

Fingerprint = tuple[bytes, bytes | None, int, bytes]
"""(first name, first name behind it, entries, fingerprint) of one range of a directory."""

Look = Callable[[list[tuple[Entry, int | None]]], list[Fingerprint]]
"""The open rows of a directory by name, each with the claim of the directory it names, to the
fingerprints of its ranges; none where they cannot be told."""

_MOST: Final = 50_000
"""Entries of a directory that is looked at: what is larger is left to the next backup."""


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """What came of it.

    Attributes:
        directories: That have new fingerprints.
        left: That the next backup has to tell.
    """

    directories: int
    left: int


def renew_fingerprints(place: Place, client: str, look: Look) -> Fingerprinted:
    """Store what *look* makes of the rows of each directory that has nothing unsettled in it.

    Each page of directories is one transaction: what was done stays when it is cut off.

    Raises:
        StoreBusyError: A run is going on.
        StoreError: There is no such store, or it cannot be written.
    """
    layout = place.layout(client)
    lock = WriterLock(layout.lock)
    lock.take(f"making the fingerprints of {client} anew")
    done = last = 0
    with (
        closing(lock),
        store_trouble(layout.directory),
        closing(connect_writer(layout.database)) as db,
    ):
        epoch = writing.epoch(db)
        while page := fingerprinting.settled_directories(db, last):
            last = page[-1]
            with transaction(db):
                for directory in page:
                    found: list[Fingerprint] = []
                    if fingerprinting.count_open(db, directory) <= _MOST:
                        found = look(fingerprinting.open_rows(db, directory))
                    rows = [(directory, *one, epoch) for one in found]
                    fingerprinting.replace(db, directory, rows)
                    done += bool(rows)
        return Fingerprinted(done, fingerprinting.count_today(db) - done)
