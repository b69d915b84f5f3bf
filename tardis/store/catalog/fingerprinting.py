"""The statements about fingerprints that are made anew from the rows they stand for."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from tardis.model import OPEN, Entry

from .rows import ENTRY_COLUMNS

_PAGE: Final = 1000

# Directories of today that can be recognised.
_TODAY: Final = f"""
    inode IS NOT NULL
    AND (EXISTS (SELECT 1 FROM entries WHERE child = directories.id AND last_set = {OPEN})
        OR id IN (SELECT directory FROM roots WHERE name IS NULL AND backup_set =
            (SELECT max(number) FROM backup_sets WHERE is_complete)))"""

# Those among them that have nothing unsettled, by id. A directory that holds a root which is
# no directory is told in part only.
_SETTLED: Final = f"""
    SELECT id FROM directories
    WHERE id > ? AND {_TODAY}
        AND id NOT IN (SELECT directory FROM roots WHERE name IS NOT NULL)
        AND id NOT IN (SELECT directory FROM unsettled)
        AND NOT EXISTS (SELECT 1 FROM entries JOIN contents ON contents.id = content
            WHERE directory = directories.id AND last_set = {OPEN} AND is_damaged)
    ORDER BY id LIMIT {_PAGE}"""

_ROWS: Final = f"""
    SELECT entries.*, claim FROM
        (SELECT {ENTRY_COLUMNS} FROM entries
            WHERE directory = ? AND last_set = {OPEN} ORDER BY name) AS entries
        LEFT JOIN directories ON directories.id = child
    ORDER BY name"""

_COUNT: Final = f"SELECT count(*) FROM entries WHERE directory = ? AND last_set = {OPEN}"


def settled_directories(db: sqlite3.Connection, above: int) -> list[int]:
    """Return the next directories after *above* whose open rows are all whole, by id."""
    return [number for (number,) in db.execute(_SETTLED, (above,))]


def count_today(db: sqlite3.Connection) -> int:
    """Return how many directories there are today, settled or not."""
    (count,) = db.execute(f"SELECT count(*) FROM directories WHERE {_TODAY}").fetchone()
    return int(count)


def count_open(db: sqlite3.Connection, directory: int) -> int:
    """Return how many open rows a directory has."""
    (count,) = db.execute(_COUNT, (directory,)).fetchone()
    return int(count)


def open_rows(db: sqlite3.Connection, directory: int) -> list[tuple[Entry, int | None]]:
    """Return the open rows of a directory, each with the claim of the directory it names."""
    return [(Entry(*row[:-1]), row[-1]) for row in db.execute(_ROWS, (directory,))]


def replace(db: sqlite3.Connection, directory: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Let the fingerprints of a directory be *rows*, within the caller's transaction."""
    db.execute("DELETE FROM fingerprints WHERE directory = ?", (directory,))
    db.executemany("INSERT INTO fingerprints VALUES (?, ?, ?, ?, ?, ?)", rows)
