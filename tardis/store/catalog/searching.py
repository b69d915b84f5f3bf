"""Questions about all rows, or all contents, at once: page by page, by keys that stay.

`last_set` moves when a writer closes a row, so pages go by (directory, first_set, name).
"""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tardis.model import OPEN, Entry
from tardis.store.records import HEADER

from .rows import ENTRY_COLUMNS

_PAGE: Final = 5_000
_IDS: Final = 5_000

Limits = tuple[int, int, int, int]
"""Least and greatest size, first and last mtime: of regular files and of all."""

Key = tuple[int, int, bytes]
"""Directory, first set and name of the last row that was looked at."""

START: Final[Key] = (0, 0, b"")

# Rows that began in a range of sets, directory by directory.
_CHANGED: Final = f"""
    SELECT folder, {ENTRY_COLUMNS}
    FROM (SELECT id AS folder FROM directories WHERE id >= :directory)
        CROSS JOIN entries INDEXED BY entries_first
        ON directory = folder AND first_set BETWEEN :after + 1 AND :number
    WHERE last_set >= :number AND (folder, first_set, name) > (:directory, :first_set, :name)
    ORDER BY folder, first_set, name LIMIT {_PAGE}"""

# Rows within limits, from a key on; the key of the last row looked at ends the page.
_ALL: Final = f"""
    SELECT directory, {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE (directory, first_set, name) > (?, ?, ?)
    ORDER BY directory, first_set, name LIMIT {_PAGE}"""

# Rows from a key on, some.
_FROM: Final = f"""
    SELECT directory, {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE (directory, first_set, name) > (?, ?, ?)
    ORDER BY directory, first_set, name LIMIT ?"""

# Which sets need the contents of a range of ids.
_NEEDED: Final = """
    SELECT content, first_set, last_set FROM entries
    WHERE content BETWEEN ? AND ? ORDER BY content"""

_FIRST: Final = Entry._fields.index("first_set")


def changed_rows(db: sqlite3.Connection, number: int, after: int) -> Iterator[tuple[int, Entry]]:
    """Yield (directory, row) of what set *number* shows and set *after* did not yet."""
    key: Key | None = START
    while key is not None:
        rows, key = changed_page(db, number, after, key)
        yield from rows


def changed_page(
    db: sqlite3.Connection, number: int, after: int, key: Key
) -> tuple[list[tuple[int, Entry]], Key | None]:
    """Return what `changed_rows` yields next behind *key*, and the key to go on with."""
    named = {"number": number, "after": after}
    named |= {"directory": key[0], "first_set": key[1], "name": key[2]}  # type: ignore[dict-item]
    rows = db.execute(_CHANGED, named).fetchall()
    return [(directory, Entry._make(row)) for directory, *row in rows], _key_behind(rows)


def all_rows(db: sqlite3.Connection, limits: Limits) -> Iterator[tuple[int, Entry]]:
    """Yield (directory, row) of everything any set holds within *limits*."""
    key: Key | None = START
    while key is not None:
        rows, key = all_page(db, limits, key)
        yield from rows


def all_page(
    db: sqlite3.Connection, limits: Limits, key: Key
) -> tuple[list[tuple[int, Entry]], Key | None]:
    """Return what `all_rows` yields next behind *key*, and the key to go on with."""
    least, most, first, last = limits
    rows = db.execute(_ALL, key).fetchall()
    found = []
    for directory, *row in rows:
        entry = Entry._make(row)
        if least <= entry.size <= most and first <= entry.mtime <= last:
            found.append((directory, entry))
    return found, _key_behind(rows)


def _key_behind(rows: Sequence[Sequence[Any]]) -> Key | None:
    if not rows:
        return None
    directory, *row = rows[-1]
    return directory, row[_FIRST], row[0]


def rows_from(
    db: sqlite3.Connection, key: tuple[int, int, bytes], count: int
) -> list[tuple[int, Entry]]:
    """Return (directory, row) of up to *count* rows behind *key*: directory, first set, name."""
    rows = db.execute(_FROM, (*key, count)).fetchall()
    return [(directory, Entry._make(row)) for directory, *row in rows]


def only_needed(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Return contents, plain and stored bytes that go with each set if it alone goes.

    Args:
        db: The catalog.
        numbers: Of all sets, ascending.
    """
    found: dict[int, tuple[int, int, int]] = {}
    (most,) = db.execute("SELECT ifnull(max(id), 0) FROM contents").fetchone()
    for start in range(1, most + 1, _IDS):
        lonely = _lonely(db, numbers, start)
        query = """SELECT id, size, stored FROM contents AS one WHERE id BETWEEN ? AND ?
            AND NOT EXISTS (SELECT 1 FROM contents WHERE basis = one.id)"""
        for content, size, stored in db.execute(query, (start, start + _IDS - 1)).fetchall():
            number = lonely.get(content)
            if number:
                count, plain, taken = found.get(number, (0, 0, 0))
                found[number] = (count + 1, plain + size, taken + stored)
    return found


def _lonely(db: sqlite3.Connection, numbers: Sequence[int], start: int) -> dict[int, int]:
    """Return the one set that needs each content of a page; 0 for those that more need."""
    lonely: dict[int, int] = {}
    for content, first, last in db.execute(_NEEDED, (start, start + _IDS - 1)).fetchall():
        low, high = bisect_left(numbers, first), bisect_right(numbers, last)
        is_shared = last == OPEN or high - low > 1
        if is_shared or (high > low and lonely.setdefault(content, numbers[low]) != numbers[low]):
            lonely[content] = 0
    return lonely


def tags(db: sqlite3.Connection) -> dict[str, int]:
    """Return the number of the set that each tag names, by tag."""
    return dict(db.execute("SELECT tag, backup_set FROM tags ORDER BY tag").fetchall())


def dead_and_live(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes in packs of contents that nobody needs, and those that somebody does."""
    packed = f"SELECT ifnull(sum(stored + {HEADER.size}), 0) FROM"
    query = f"""SELECT (SELECT ifnull(sum(length), 0) FROM packs WHERE holds = 'contents'),
        ({packed} contents WHERE pack IS NOT NULL) + ({packed} signatures)"""
    length, live = db.execute(query).fetchone()
    return int(length - live), int(live)


def waste(db: sqlite3.Connection) -> tuple[int, int]:
    """Return files that are doomed, and bytes in packs that nobody needs."""
    (doomed,) = db.execute("SELECT count(*) FROM doomed WHERE pack IS NULL").fetchone()
    dead, _ = dead_and_live(db)
    return int(doomed), max(dead, 0)
