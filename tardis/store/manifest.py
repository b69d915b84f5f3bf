"""Manifests: what a commit group changed in the catalog, kept beside the contents.

Replaying the manifests of all sets in order rebuilds names, sets and rows without the
catalog.  Every group writes one into a pack of manifests before its rows are committed;
the last one of a set also holds the set's own row.  Now and then a full one repeats all
rows, in parts.  A record is zlib over one packed tuple:

    (format, set, sequence, None, (rows of each of `TABLES`), ((content id, digest), ...))
    (format, set, sequence, set's row, (rows of each of `TABLES`), ())
    (format, set, sequence, table's name, (whole rows), ())

for a group, for the end of a set, and for a page of a full manifest, whose last page is
that of the table ``END``.  Rows refer to contents by id.  What the end of a set says of
its roots replaces what its groups said: an interrupted run may have had others.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from tardis.streams import pack

from .catalog.group import Group

FORMAT: Final = 1
LEVEL: Final = 1

END: Final = "END"
"""Table of the last page of a full manifest.

Its one row is the number of pages before it, and the highest set number ever given out.
"""

TABLES: Final = (
    "filesystems",
    "identities",
    "new_directories",
    "deleted",
    "closed",
    "opened",
    "roots",
    "lineages",
    "owners",
    "heads",
    "proven",
)
"""Attributes of a group that a manifest repeats, in the order of replay."""


def pack_group(
    number: int, sequence: int, group: Group, digests: Sequence[tuple[int, bytes]]
) -> tuple[bytes, int]:
    """Return the record for *group* and its plain size.

    Args:
        number: Of the set.
        sequence: Of the group in its set.
        group: The rows.
        digests: (content id, digest) of every content its rows name.
    """
    tables = [getattr(group, name) for name in TABLES]
    return _squeezed((FORMAT, number, sequence, None, tables, digests))


def pack_set(number: int, sequence: int, row: Sequence[Any], facts: Group) -> tuple[bytes, int]:
    """Return the record that completes set *number*, and its plain size.

    Args:
        number: Of the set.
        sequence: Of the record in its set.
        row: Of the set.
        facts: With all its roots, its lineage and the owners it has told.
    """
    tables = [getattr(facts, name) for name in TABLES]
    return _squeezed((FORMAT, number, sequence, tuple(row), tables, ()))


def pack_page(
    number: int, sequence: int, table: str, rows: Sequence[Sequence[Any]]
) -> tuple[bytes, int]:
    """Return the record for one page of a full manifest, and its plain size."""
    return _squeezed((FORMAT, number, sequence, table, [tuple(row) for row in rows], ()))


def content_ids(group: Group) -> Iterator[int]:
    """Yield the id of every content that the opened rows of *group* name."""
    for row in chain(group.opened, group.proven):
        if row[15] is not None:
            yield row[15]


def _squeezed(value: tuple[Any, ...]) -> tuple[bytes, int]:
    packed = pack(value)
    return zlib.compress(packed, LEVEL), len(packed)
