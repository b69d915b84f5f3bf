"""The questions that looking back asks the catalog, one function each.

Every question pages by key: no statement stays open between two answers, so a reader
never holds the writer up.  The key of a page must be one that the writer leaves alone:
`last_set` is not, because closing a row moves it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from tardis.model import OPEN, Ancestor, BackupSet, Entry, Root, StoredContent
from tardis.streams import pack, unpack

from .rows import CONTENT_COLUMNS, ENTRY_COLUMNS, SET_COLUMNS, backup_set, entry, stored_content

_PAGE: Final = 10_000
_IDS: Final = 500

# Rows of one directory that are valid in a set, from the end of history backwards: all at
# once, and for no more rows than one answer may have.
_CHILDREN_LATE = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = :directory AND last_set >= :set AND +first_set <= :set LIMIT :limit"""

# The same, from the beginning of history, page by page.
_CHILDREN_EARLY = f"""
    SELECT {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE directory = :directory AND (first_set, name) > (:first_set, :name)
        AND first_set <= :set AND last_set >= :set
    ORDER BY first_set, name LIMIT :limit"""

# One name: by key when its newest row is meant, else by looking through the directory.
_CHILD_NOW = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set = {OPEN} AND name = ? AND first_set <= ?"""
_CHILD_THEN = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set >= ? AND name = ? AND first_set <= ?"""


def sets(db: sqlite3.Connection) -> list[BackupSet]:
    """Return all sets by number."""
    rows = db.execute(f"SELECT {SET_COLUMNS} FROM backup_sets ORDER BY number").fetchall()
    return [backup_set(row) for row in rows]


def newest_set(db: sqlite3.Connection) -> int:
    """Return the highest set number, 0 when there is none."""
    (number,) = db.execute("SELECT ifnull(max(number), 0) FROM backup_sets").fetchone()
    return int(number)


def roots(db: sqlite3.Connection, number: int) -> list[Root]:
    """Return the roots of a set by path."""
    query = "SELECT path, name, directory, ancestors FROM roots WHERE backup_set = ? ORDER BY path"
    return [
        Root(path, name, directory, unpack_ancestors(packed))
        for path, name, directory, packed in db.execute(query, (number,)).fetchall()
    ]


def pack_ancestors(ancestors: Iterable[tuple[bytes, int, int, int, int, int, bytes]]) -> bytes:
    """Return *ancestors* as the column ``roots.ancestors`` holds them."""
    return pack([tuple(one) for one in ancestors])


def unpack_ancestors(packed: bytes) -> tuple[Ancestor, ...]:
    """Return what `pack_ancestors` packed."""
    return tuple(Ancestor(*one) for one in unpack(packed))


def children(db: sqlite3.Connection, directory: int, number: int, is_late: bool) -> Iterator[Entry]:
    """Yield the entries of *directory* in set *number*.

    Args:
        db: The catalog.
        directory: Whose entries.
        number: Set that they are valid in.
        is_late: The set is nearer to the end of history than to its beginning.
    """
    key = {"directory": directory, "set": number, "limit": _PAGE, "name": b"", "first_set": 0}
    if is_late:
        rows = db.execute(_CHILDREN_LATE, key).fetchall()
        if len(rows) < _PAGE:
            yield from map(Entry._make, rows)
            return
    while True:
        rows = db.execute(_CHILDREN_EARLY, key).fetchall()
        yield from map(Entry._make, rows)
        if len(rows) < _PAGE:
            return
        last = entry(rows[-1])
        key |= {"name": last.name, "first_set": last.first_set}


def child(db: sqlite3.Connection, directory: int, number: int, name: bytes) -> Entry | None:
    """Return one entry of *directory* in set *number*."""
    row = db.execute(_CHILD_NOW, (directory, name, number)).fetchone()
    if row is None:
        row = db.execute(_CHILD_THEN, (directory, number, name, number)).fetchone()
    return None if row is None else entry(row)


def contents(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, StoredContent]:
    """Return where contents lie, by id."""
    wanted = list(ids)
    found = {}
    for start in range(0, len(wanted), _IDS):
        some = wanted[start : start + _IDS]
        marks = ",".join("?" * len(some))
        query = f"SELECT {CONTENT_COLUMNS} FROM contents WHERE id IN ({marks})"
        for row in db.execute(query, some).fetchall():
            found[row[0]] = stored_content(row)
    return found


def owners(db: sqlite3.Connection, number: int) -> dict[tuple[bool, int], bytes]:
    """Return the names behind numbers as of set *number*."""
    query = "SELECT is_group, number, name FROM owners WHERE first_set <= ? AND last_set >= ?"
    rows = db.execute(query, (number, number)).fetchall()
    return {(bool(is_group), owner): name for is_group, owner, name in rows}


def unsettled(db: sqlite3.Connection, number: int) -> list[tuple[int, bytes, str]]:
    """Return what could not be read whole up to set *number* and was not mended since."""
    query = """SELECT directory, name, why FROM unsettled AS one
        WHERE why != 'racy' AND since_set <= ?1 AND (name = x'' OR EXISTS (
            SELECT 1 FROM entries WHERE directory = one.directory AND name = one.name
                AND last_set >= ?1 AND first_set <= ?1))
        ORDER BY directory, name"""
    return db.execute(query, (number,)).fetchall()
