"""Chains whose dead bases outweigh them: what is needed of them is stored whole.

A basis stays while anything stands on it, also when no set shows it any more.  A content is
taken off its chain when that frees clearly more than the whole copy takes, and there is
room for the copy while both are there.  It gets a new representation; the old one and the
bases go as ever, by the list of what is doomed, so an end at any step harms nothing.
"""

import os
from contextlib import closing

from tardis.policy import flattens

from .catalog import chains, reading
from .deltas import DeltaKeeper
from .records import HEADER
from .writer import StoreWriter


def flatten_chains(writer: StoreWriter, reserve: int) -> tuple[int, int]:
    """Store whole what stands on too much that is dead; return (contents, bytes they take now).

    Args:
        writer: Of the store, with a set begun; nothing that it gathered is waiting.
        reserve: Bytes that are to stay free on the disk.

    Raises:
        StoreError: The store cannot be written; every content is as it was, or whole.
    """
    count = written = last = 0
    with closing(DeltaKeeper(writer)) as keeper:
        while found := chains.standing_on_dead(writer.db, last):
            done = [number for number in found if _flatten(writer, keeper, number, reserve)]
            writer.drain()
            now = reading.contents(writer.db, done).values()
            written += sum(one.stored + HEADER.size for one in now)
            count += len(done)
            last = found[-1]
    return count, written


def _flatten(writer: StoreWriter, keeper: DeltaKeeper, number: int, reserve: int) -> bool:
    weights = chains.weights(writer.db, number)
    if weights.is_sealed or not flattens(weights.whole, weights.dead):
        return False
    room = os.statvfs(writer.layout.directory)
    if weights.whole + reserve > room.f_bavail * room.f_frsize:
        return False
    is_done = keeper.flatten(number, counts=False)
    writer.seal_if_due()
    return is_done


def needs_flattening(writer: StoreWriter) -> bool:
    """Tell whether any chain has a dead basis below what is needed."""
    return bool(chains.standing_on_dead(writer.db, 0))
