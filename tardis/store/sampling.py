"""Which files of a set are tried next: the sample goes round until every content had its turn."""

from collections.abc import Iterator
from contextlib import closing

from tardis.crypto import KeyRing, Seals
from tardis.model import Entry, content_id

from .catalog import sampling
from .catalog.connection import connect_reader, connect_writer, transaction
from .catalog.rows import entry
from .opening import Place
from .trouble import store_trouble
from .veil import Veil

_PAGE = 500


def iter_sample(
    place: Place, client: str, number: int, ring: KeyRing | None = None
) -> Iterator[tuple[int, Entry]]:
    """Yield (directory, row) of files of set *number*, behind where the last sample ended.

    Once round, and no further: then each content was there once, whatever names it has.
    The rows of an encrypted store are put into plain words with the keys *ring*.

    Raises:
        StoreError: The catalog cannot be read.
    """
    veil = None if ring is None else Veil(Seals(ring))
    layout = place.layout(client)
    trouble = store_trouble(layout.directory)
    with trouble, closing(connect_reader(layout.database)) as db:
        began = last = sampling.recall(db)
        is_round = False
        while True:
            page = sampling.files_after(db, number, last, _PAGE)
            for directory, *row in page:
                found = entry(row)
                if is_round and (found.content or 0) > began:
                    return
                if found.content != last:
                    last = found.content or 0
                    yield directory, found if veil is None else veil.entry(found)
            if not page:
                if is_round or not began:
                    return
                is_round, last = True, 0


def note_sample(place: Place, client: str, content: int) -> None:
    """Let the next sample begin behind *content*, in a short transaction.

    Raises:
        StoreError: The catalog cannot be written.
    """
    layout = place.layout(client)
    trouble = store_trouble(layout.directory)
    with trouble, closing(connect_writer(layout.database)) as db, transaction(db):
        sampling.remember(db, content_id(content))
