"""The numbered scripts that make and renew the catalog's schema."""

import re
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from tardis.model import MODERN, SchemaError

_NAME: Final = re.compile(r"(\d{4})_(\w+)\.sql")


class Migration(NamedTuple):
    """One script; applied in one transaction, never edited after release."""

    number: int
    name: str
    script: str


def migrations() -> list[Migration]:
    """Return all scripts that came with this program, by number."""
    found = []
    for file in _schema_directory().iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), match[2], file.read_text(encoding="utf-8")))
    return sorted(found)


def newest() -> int:
    """Return the number of the newest script."""
    return migrations()[-1].number


def create(db: sqlite3.Connection, script: str | None, scheme: str = MODERN) -> None:
    """Make the whole schema in an empty catalog.

    Args:
        db: Connection in autocommit mode.
        script: The administrator's own script instead of ours.
        scheme: Of the store, for the record.
    """
    known = migrations()
    db.execute("BEGIN EXCLUSIVE")
    for statement in _statements(script or "".join(one.script for one in known)):
        db.execute(statement)
    now = time.time_ns()
    rows = [(one.number, one.name, now) for one in known]
    db.executemany("INSERT INTO migrations VALUES (?, ?, ?)", rows)
    db.execute("INSERT INTO settings VALUES ('scheme', ?)", (scheme,))
    db.execute("COMMIT")


def number_of(db: sqlite3.Connection, place: str) -> int:
    """Return the number of the last script that the catalog at *place* has gone through.

    Raises:
        SchemaError: It is no catalog of ours.
    """
    known = "SELECT 1 FROM sqlite_master WHERE name = 'migrations'"
    if not db.execute(known).fetchone():
        raise SchemaError(f"{place} is not a catalog of this program")
    (number,) = db.execute("SELECT ifnull(max(number), 0) FROM migrations").fetchone()
    return int(number)


def check(db: sqlite3.Connection, place: str, *, is_reading: bool = False) -> None:
    """Make sure that this program and the catalog are of one age.

    Args:
        db: The catalog.
        place: Where it is, for people.
        is_reading: A newer one will do if it says that readers of our age understand it.

    Raises:
        SchemaError: They are not, or it is no catalog of ours.
    """
    number, ours = number_of(db, place), newest()
    if number > ours and is_reading and _readable_by(db) <= ours:
        return
    if number > ours:
        raise SchemaError(
            f"{place} was made by a newer version (schema {number}, this program: {ours})",
            hint="Use the version that made it, or a later one.",
        )
    if number < ours:
        raise SchemaError(
            f"{place} was made by an older version (schema {number}, this program: {ours})",
            hint="Bring it up to date with `sonic upgrade`, or set AllowSchemaUpgrades.",
        )


def pending(db: sqlite3.Connection, place: str) -> list[Migration]:
    """Return the scripts that the catalog at *place* has still to go through, by number.

    Raises:
        SchemaError: It was made by a newer program, or is no catalog of ours.
    """
    number = number_of(db, place)
    if number > newest():
        check(db, place)
    return [one for one in migrations() if one.number > number]


def apply(db: sqlite3.Connection, one: Migration) -> None:
    """Let a catalog go through one script, in one transaction with the note of it.

    Raises:
        SchemaError: A reference would be broken; nothing has changed.
    """
    db.execute("PRAGMA foreign_keys = OFF")  # a script may make a table anew
    db.execute("BEGIN EXCLUSIVE")
    try:
        for statement in _statements(one.script):
            db.execute(statement)
        row = (one.number, one.name, time.time_ns())
        db.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
        if db.execute("PRAGMA foreign_key_check").fetchone():
            raise SchemaError(f"the change {one.number} ({one.name}) would break the catalog")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    finally:
        db.execute("PRAGMA foreign_keys = ON")


def _readable_by(db: sqlite3.Connection) -> int:
    """Return the age of the oldest readers that understand a newer catalog."""
    row = db.execute("SELECT value FROM settings WHERE key = 'readable_by'").fetchone()
    return int(row[0]) if row and isinstance(row[0], int) else sys.maxsize


def whole_schema() -> str:
    """Return the schema that all scripts together make, as ``schema/tardis.sql`` has it."""
    with closing(sqlite3.connect(":memory:")) as db:
        for one in migrations():
            db.executescript(one.script)
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        statements = [row[0] for row in db.execute(query)]
        for key, value in db.execute("SELECT key, quote(value) FROM settings ORDER BY key"):
            statements.append(f"INSERT INTO settings VALUES ('{key}', {value})")
    head = "-- Generated from the numbered scripts beside it: the whole current schema.\n\n"
    return head + "".join(f"{statement};\n\n" for statement in statements)


def _statements(script: str) -> list[str]:
    """Cut *script* into statements."""
    found, waiting = [], ""
    for line in script.splitlines(keepends=True):
        waiting += line
        if ";" in line and sqlite3.complete_statement(waiting):
            found.append(waiting)
            waiting = ""
    return found


def _schema_directory() -> Path:
    """Return where the scripts are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "schema"
    return inside if inside.is_dir() else package.parent / "schema"
