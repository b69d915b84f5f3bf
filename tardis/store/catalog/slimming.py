"""Copies of a catalog without what can be made anew: its indexes, and its fingerprints.

That is almost half of the bytes, and what compresses worst.  The rest is a catalog that any
SQLite shell reads, its rows in the order of their keys and its pages full.  `fill_in` makes
the indexes again where it is to be a catalog once more; fingerprints come with the next run.
"""

import os
import sqlite3
from contextlib import closing
from typing import Final
from urllib.parse import quote

from . import migrations

_LEFT_OUT: Final = ("fingerprints",)

_TELLTALE: Final = "entries_first"
"""An index that no catalog is without."""

_OURS: Final = "SELECT name, sql FROM %s WHERE type = ? AND name NOT LIKE 'sqlite%%' AND sql <> ''"


def copy_slim(source: str, db: sqlite3.Connection) -> None:
    """Copy the catalog *source*, as it is between two commits, to *db*, an empty file."""
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("ATTACH DATABASE ? AS source", (f"file:{quote(os.fsencode(source))}?mode=ro",))
    db.execute("BEGIN")
    for name, statement in db.execute(_OURS % "source.sqlite_master", ("table",)).fetchall():
        db.execute(statement)
        if name not in _LEFT_OUT:
            db.execute(f"INSERT INTO main.{name} SELECT * FROM source.{name}")
    db.execute("DELETE FROM main.sqlite_sequence")
    db.execute("INSERT INTO main.sqlite_sequence SELECT * FROM source.sqlite_sequence")
    db.execute("COMMIT")
    db.execute("DETACH DATABASE source")


def is_slim(db: sqlite3.Connection) -> bool:
    """Tell whether a catalog lacks its indexes, as a copy does that was put back."""
    query = "SELECT name FROM sqlite_master WHERE name IN ('migrations', ?)"
    return db.execute(query, (_TELLTALE,)).fetchall() == [("migrations",)]


def fill_in(db: sqlite3.Connection) -> None:
    """Make the indexes that a catalog of its age has; within the caller's transaction.

    They are those of our own scripts: nothing that a file says is ever carried out.
    """
    (number,) = db.execute("SELECT max(number) FROM migrations").fetchone()
    with closing(sqlite3.connect(":memory:")) as whole:
        for one in migrations.migrations():
            if one.number <= number:
                whole.executescript(one.script)
        wanted = whole.execute(_OURS % "sqlite_master", ("index",)).fetchall()
    for name, statement in wanted:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
            db.execute(statement)
