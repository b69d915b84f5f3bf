"""Deltas of encrypted stores that are to be whole again: only the client can send them so.

A content whose dead bases outweigh it is noted when sets are removed, and so are all deltas
of today for a full set.  Its names of today lose their fingerprints and are unsettled, so
the next run looks at these files; and as long as it is noted its digest does not count as
known, so the run is asked for all of its bytes.  Until they are there the delta serves.
"""

from collections.abc import Iterable
from typing import Final

from tardis.policy import flattens

from .catalog import chains, reading
from .catalog.connection import transaction
from .writer import StoreWriter

MOST: Final = 10_000
"""Contents that are noted at a time; the rest waits for the next removal of sets."""


def note_heavy_chains(writer: StoreWriter) -> int:
    """Note the sealed contents of today that stand on too much that is dead; return how many."""
    heavy, last = list[int](), 0
    while len(heavy) < MOST and (page := chains.standing_on_dead(writer.db, last)):
        last = page[-1]
        for number in page:
            weights = chains.weights(writer.db, number)
            if weights.is_sealed and flattens(weights.whole, weights.dead):
                heavy.append(number)
    with transaction(writer.writing_db):
        return chains.note_refresh(writer.writing_db, heavy[:MOST])


def begin_refresh(writer: StoreWriter, *, is_full: bool) -> None:
    """Let a run that begins send anew what is noted; for a full one, every delta of today.

    Args:
        writer: Of an encrypted store; nothing that it gathered is waiting.
        is_full: The set is to have no deltas.
    """
    with transaction(writer.writing_db):
        if is_full:
            chains.note_refresh(writer.writing_db, writer.ask.open_deltas())
        noted = chains.noted_refresh(writer.writing_db)
    _forget(writer, noted)


def _forget(writer: StoreWriter, noted: Iterable[int]) -> None:
    for content in reading.contents(writer.db, noted).values():
        writer.forget(content.digest, content.id)
