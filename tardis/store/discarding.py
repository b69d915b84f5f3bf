"""Takes back what an incomplete set has brought, by groups of its own like any other change.

The rows that it opened go, those that it closed stay closed: as if it had found everything
new gone again.  The next run looks at these names anew and finds what they were before, so
nothing is missed, and the manifests tell the same story as the catalog.
"""

from typing import Final

from .catalog import writing
from .writer import StoreWriter

COUNTERS: Final = (
    "new_files", "delta_files", "new_bytes", "stored_bytes",
    "changed_files", "gone_files", "sampled_files", "dense_files",
)  # fmt: skip
"""Columns of a set to which its groups add."""


def discard_set(writer: StoreWriter) -> int:
    """Delete the open rows that the set being written has opened; return how many.

    What only they named is dead afterwards: `prune` removes it.

    Raises:
        StoreError: They cannot be written; what was deleted stays so.
    """
    writer.drain()
    _forget_counts(writer)
    count = 0
    for rows in writing.iter_opened_rows(writer.db, writer.number):
        for directory, name, child in rows:
            group = writer.group
            group.deleted.append((directory, name))
            group.voided.append((directory, b"", None))
            if child is not None:
                group.unlinked.append((child,))
        count += len(rows)
        writer.seal_if_due()
    writer.drain()
    return count


def _forget_counts(writer: StoreWriter) -> None:
    """Let the set have counted nothing so far."""
    done = writing.one_set(writer.db, writer.number)
    for column in COUNTERS:
        writer.group.count(column, -getattr(done, column))
