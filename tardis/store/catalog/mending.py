"""The statements that tell the truth about damage: marks, and what the next run looks at again."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from tardis.model import OPEN, StoredContent

from .epochs import new_epoch
from .rows import CONTENT_COLUMNS, stored_content

# Names of today whose content is marked: the next run must not take them for unchanged.
_UNSETTLE: Final = f"""
    INSERT INTO unsettled
    SELECT directory, name, 'damaged', (SELECT ifnull(max(number), 0) FROM backup_sets)
    FROM contents CROSS JOIN entries ON content = contents.id
    WHERE is_damaged AND last_set = {OPEN}
    ON CONFLICT (directory, name) DO UPDATE SET why = excluded.why"""


def mark_damaged(db: sqlite3.Connection, ids: Iterable[int]) -> int:
    """Mark contents as damaged, within the caller's transaction; return how many were not yet."""
    query = "UPDATE contents SET is_damaged = 1 WHERE id = ? AND NOT is_damaged"
    return sum(db.execute(query, (one,)).rowcount for one in ids)


def unmark(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Take the mark off contents that can be read, within the caller's transaction."""
    db.executemany("UPDATE contents SET is_damaged = 0 WHERE id = ?", [(one,) for one in ids])


def unsettle_damaged(db: sqlite3.Connection) -> None:
    """Let no name of today whose content is marked pass for unchanged.

    All fingerprints are void from now on: what they vouched for may be gone.
    """
    db.execute(_UNSETTLE)
    new_epoch(db)


def iter_contents(
    db: sqlite3.Connection,
) -> Iterator[tuple[int, StoredContent, bytes | None]]:
    """Yield (set it came with, content, digest of its basis) of all contents, by set."""
    columns = ", ".join(f"one.{name}" for name in CONTENT_COLUMNS.split(", "))
    query = f"""SELECT one.added_set, below.digest, {columns}
        FROM contents AS one LEFT JOIN contents AS below ON below.id = one.basis
        ORDER BY one.added_set, one.id"""
    return ((row[0], stored_content(row[2:]), row[1]) for row in db.execute(query))
