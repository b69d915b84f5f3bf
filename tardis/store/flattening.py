"""Chains whose dead bases outweigh them: what is needed of them is stored whole.

A basis stays while anything stands on it, also when no set shows it any more.  A content is
taken off its chain when that frees clearly more than the whole copy takes, and there is
room for the copy while both are there.  So is what is left of a bundle of which less than
half is needed.  It gets a new representation; the old one and the
bases go as ever, by the list of what is doomed, so an end at any step harms nothing.
"""

import os
from collections.abc import Sequence
from contextlib import closing

from tardis.model import SMALL
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
        parts = chains.in_sparse_bundles(writer.db)
        least = SMALL + reserve
        done = [one for one in parts if _has_room(writer, least) and _take(writer, keeper, one)]
        writer.drain()
        count, written = len(done), _bytes_of(writer, done)
        while found := chains.standing_on_dead(writer.db, last):
            done = [number for number in found if _flatten(writer, keeper, number, reserve)]
            writer.drain()
            written += _bytes_of(writer, done)
            count += len(done)
            last = found[-1]
    return count, written


def _flatten(writer: StoreWriter, keeper: DeltaKeeper, number: int, reserve: int) -> bool:
    weights = chains.weights(writer.db, number)
    if weights.is_sealed or not flattens(weights.whole, weights.dead):
        return False
    if not _has_room(writer, weights.whole + reserve):
        return False
    return _take(writer, keeper, number)


def _take(writer: StoreWriter, keeper: DeltaKeeper, number: int) -> bool:
    is_done = keeper.flatten(number, counts=False)
    writer.seal_if_due()
    return is_done


def _has_room(writer: StoreWriter, size: int) -> bool:
    room = os.statvfs(writer.layout.directory)
    return size <= room.f_bavail * room.f_frsize


def _bytes_of(writer: StoreWriter, numbers: Sequence[int]) -> int:
    found = reading.contents(writer.db, numbers).values()
    return sum(one.stored + HEADER.size for one in found)


def needs_flattening(writer: StoreWriter) -> bool:
    """Tell whether any chain has a dead basis below what is needed, or a bundle is sparse."""
    return bool(chains.standing_on_dead(writer.db, 0) or chains.in_sparse_bundles(writer.db))
