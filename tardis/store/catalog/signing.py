"""The statements about signatures that are stored."""

import sqlite3
from collections.abc import Iterable, Sequence

from tardis.model import OPEN

from .pruning import PackedRow


def place_of(db: sqlite3.Connection, content: int) -> tuple[int, int, int] | None:
    """Return (pack, place, stored bytes) of the signature of a content."""
    query = "SELECT pack, place, stored FROM signatures WHERE content = ?"
    row: tuple[int, int, int] | None = db.execute(query, (content,)).fetchone()
    return row


def add(db: sqlite3.Connection, rows: Sequence[tuple[int, int, int, int]]) -> None:
    """Note where signatures lie: (content, pack, place, stored bytes) of each."""
    db.executemany("INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?)", rows)


def delete(db: sqlite3.Connection, contents: Iterable[int]) -> None:
    """Delete the signatures of *contents*."""
    rows = [(one,) for one in contents]
    db.executemany("DELETE FROM signatures WHERE content = ?", rows)


def delete_stale(db: sqlite3.Connection) -> None:
    """Delete the signatures of contents that no entry of today names."""
    db.execute(
        "DELETE FROM signatures WHERE NOT EXISTS (SELECT 1 FROM entries"
        f" WHERE content = signatures.content AND last_set = {OPEN})"
    )


def records_of(db: sqlite3.Connection, pack: int) -> list[PackedRow]:
    """Return the signatures in *pack*, by place."""
    query = """SELECT content, digest, signatures.place, signatures.stored, 0
        FROM signatures JOIN contents ON contents.id = content
        WHERE signatures.pack = ? ORDER BY signatures.place"""
    return list(map(PackedRow._make, db.execute(query, (pack,))))


def move(db: sqlite3.Connection, moves: Sequence[tuple[int, int, int]]) -> None:
    """Let signatures lie elsewhere: (pack, place, content) of each."""
    db.executemany("UPDATE signatures SET pack = ?, place = ? WHERE content = ?", moves)
