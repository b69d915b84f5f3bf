"""The end of a set: its final name, and what follows from it for its beginning."""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from tardis.model import BackupSet, RemoteProtocolError
from tardis.policy import final_name, kind_of, local_time
from tardis.protocol.messages import OpenSet
from tardis.store import Naming, SignedRow, StoreWriter, mark_full

from .options import DaemonOptions
from .permits import usual_priority

HeadRow = tuple[int, int, bytes, bytes, bytes]
"""(sequence, set, previous, facts, signature) of a signed set."""

MOST_TOTAL: Final = 1 << 20
"""Bytes of a sum and of what is told beside it."""

HEAD_SIZE: Final = 32
MOST_HEADS: Final = 10_000
"""Signed sets that a client is told at the most."""


def heads_for(writer: StoreWriter, remembered: int) -> tuple[HeadRow, ...]:
    """Return the signed sets that a client is told, which remembers one with that sequence."""
    newest = writer.ask.newest_head()
    first = max(min(remembered or newest, newest), newest - MOST_HEADS + 1)
    return tuple(writer.ask.heads(first)) if newest else ()


def signed_now(writer: StoreWriter, told: Sequence[HeadRow], total: bytes) -> list[SignedRow]:
    """Return what a client signs, if that is the set that it has made, behind those before.

    *total* is the sum of that set, sealed, which only entries with codes have.

    Raises:
        RemoteProtocolError: It does not.
    """
    is_due = writer.repository.is_sealed
    for sequence, number, *parts in told:
        is_next = sequence == writer.ask.newest_head() + 1 and number == writer.number
        if not is_due or not is_next or {len(part) for part in parts} != {HEAD_SIZE}:
            raise RemoteProtocolError("a set was signed out of turn")
    if len(told) > 1:
        raise RemoteProtocolError("a set was signed twice")
    if bool(total) != writer.repository.has_macs or len(total) > MOST_TOTAL:
        raise RemoteProtocolError("a set was closed without its sum, or with an impossible one")
    return [(*one, total) for one in told]


def naming(options: DaemonOptions, wanted: tuple[str, str, int], label: str) -> Naming:
    """Return how a set that is complete gets its name.

    Args:
        options: With the server's formats and priorities.
        wanted: (name, format, priority) as the client wishes; empty or -1 for ours.
        label: Of the lineage.
    """
    name, form, priority = wanted

    def choose(others: Mapping[str, int], this: BackupSet) -> tuple[str, str | None, int]:
        if name:
            return name, None, max(priority, 0)
        now = local_time(time.time_ns())
        usual = usual_priority(options, form) or 0
        formats = (form,) if form else options.formats
        priorities = (usual,) if form else options.priorities
        found = final_name(formats, priorities, now, others, this.lineage, label)
        if found is None:
            return this.name, None, max(priority, 0)
        chosen, its_format, its_priority = found
        is_known = its_format in options.formats or kind_of(its_format)
        kept_as = its_format if is_known else None  # what nobody has a period for: by hand
        return chosen, kept_as, its_priority if priority < 0 else priority

    return choose


def force_full(options: DaemonOptions, writer: StoreWriter, wish: OpenSet) -> bool:
    """Tell whether the administrator wants the set that has just begun full; note it if so.

    That goes by the format that would name it if it were complete now.
    """
    if not any(options.full_formats):
        return False
    *others, this = writer.ask.sets()
    choose = naming(options, (wish.name, wish.format, wish.priority), wish.label)
    _, form, _ = choose({one.name: one.lineage for one in others}, this)
    answers = dict(zip(options.formats, options.full_formats, strict=True))
    is_forced = form is not None and answers.get(form, False)
    if is_forced:
        mark_full(writer)
    return is_forced
