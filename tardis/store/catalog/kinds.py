"""Many directories listed at once, briefly: for who walks through a tree that is mounted."""

import sqlite3
import stat
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from tardis.model import Entry, Kinds

from .rows import ENTRY_COLUMNS

KIND: Final = 0o170000
"""Bits of a mode that say what it is of."""

IS_FOLDER: Final = f"AND mode & {KIND} = {stat.S_IFDIR}"

_MOST_ROWS: Final = 5000
_DIRECTORY: Final = itemgetter(-1)

# Each directory from the end of history backwards.
_KINDS: Final = """
    SELECT name, mode, filesystem, inode, directory FROM entries
    WHERE directory IN ({}) AND last_set >= ? AND +first_set <= ? LIMIT ?"""
_FOLDERS: Final = f"""
    SELECT {ENTRY_COLUMNS}, directory FROM entries
    WHERE directory IN ({{}}) AND last_set >= ? AND +first_set <= ? {IS_FOLDER} LIMIT ?"""


def some_kinds(db: sqlite3.Connection, directories: Sequence[int], number: int) -> dict[int, Kinds]:
    """Return what is in each of *directories* in a set, as far as it fits a page."""
    key = (*directories, number, number, _MOST_ROWS)
    rows = db.execute(_KINDS.format(_marks(directories)), key).fetchall()
    by_directory = {one: list(its) for one, its in groupby(rows, _DIRECTORY)}
    if len(rows) < _MOST_ROWS:
        by_directory = {one: by_directory.get(one, []) for one in directories}
    else:
        by_directory.popitem()  # which may go on
    files = {
        one: [row for row in its if row[1] & KIND != stat.S_IFDIR]
        for one, its in by_directory.items()
    }
    above = [one for one, its in by_directory.items() if len(files[one]) < len(its)]
    folders = _folders(db, above, number) if above else {}
    return {one: Kinds(folders.get(one, []), its) for one, its in files.items()}


def _folders(
    db: sqlite3.Connection, directories: Sequence[int], number: int
) -> dict[int, list[Entry]]:
    key = (*directories, number, number, _MOST_ROWS)
    found: dict[int, list[Entry]] = {}
    for row in db.execute(_FOLDERS.format(_marks(directories)), key).fetchall():
        found.setdefault(row[-1], []).append(Entry._make(row[:-1]))
    return found


def _marks(values: Sequence[int]) -> str:
    return ",".join("?" * len(values))
