"""What sets of an encrypted backup show, compared with what was signed, and told to the person."""

import sys
from collections.abc import Callable, Iterable, Sequence

from tardis.history import NOTHING, Adding, Told
from tardis.model import BackupSet
from tardis.render import escape_controls
from tardis.store import StoreReader

from .restore_choice import Chosen


def tell_sums(
    reader: StoreReader,
    sets: Iterable[BackupSet],
    hear: Callable[[str], None],
    *,
    is_thorough: bool,
) -> None:
    """Add up what *sets* show, and tell of those that do not hold.

    Args:
        reader: Of the store, whose rows are read.
        sets: Complete ones, as many as are to be added up.
        hear: Told of what does not hold.
        is_thorough: Compare the contents of all files with what names them, and tell of sets
            that have no sum.
    """
    ring = reader.ring
    if ring is None:
        return
    totals, sets = reader.totals(), list(sets)
    numbers = [one.number for one in sets] if is_thorough else []
    adding = Adding(reader, ring, numbers, looks_up=is_thorough)
    for backup in sets:
        told = Told.parse(totals.get(backup.number, b"")) or NOTHING
        if not (told.total or is_thorough):
            continue
        for fault in adding.faults(backup, told):
            hear(fault)
        if is_thorough and not told.total:
            name = escape_controls(backup.name)
            print(
                f"set {backup.number} ({name}) has no sum: it was encrypted without, or too much "
                "changed while it was made",
                file=sys.stderr,
            )


def whole_sets(reader: StoreReader, chosen: Sequence[Chosen]) -> list[BackupSet]:
    """Return the sets of which all roots were *chosen*."""
    sets = {one.backup.number: one.backup for one in chosen}
    whole = []
    for number, backup in sets.items():
        paths = [one.node.path for one in chosen if one.backup.number == number]
        roots = reader.roots(number)
        if all(any(_lies_at(root.path, path) for path in paths) for root in roots):
            whole.append(backup)
    return whole


def _lies_at(root: bytes, path: bytes) -> bool:
    return root == path or root.startswith(path.rstrip(b"/") + b"/")
