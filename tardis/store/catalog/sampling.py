"""A sample of the files of a set, another one each time, by the ids of their contents."""

from typing import Any, Final

from .connection import Connection
from .rows import ENTRY_COLUMNS

_KEY: Final = "drilled"

_SAMPLE: Final = f"""
    SELECT directory, {ENTRY_COLUMNS} FROM entries
    WHERE content > ? AND first_set <= ? AND last_set >= ? ORDER BY content LIMIT ?"""


def files_after(db: Connection, number: int, after: int, count: int) -> list[tuple[Any, ...]]:
    """Return (directory, entry's columns) of files of set *number* behind the content *after*."""
    return db.execute(_SAMPLE, (after, number, number, count)).fetchall()


def recall(db: Connection) -> int:
    """Return the content that was the last of the sample before, 0 for none."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (_KEY,)).fetchone()
    return int(row[0]) if row else 0


def remember(db: Connection, content: int) -> None:
    """Let the next sample begin behind *content*."""
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_KEY, content))
