"""The numbered scripts that make and renew the catalog's schema."""

import re
import sqlite3
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


def check(db: sqlite3.Connection, place: str) -> None:
    """Make sure that this program and the catalog are of one age.

    Raises:
        SchemaError: They are not, or it is no catalog of ours.
    """
    known = "SELECT 1 FROM sqlite_master WHERE name = 'migrations'"
    if not db.execute(known).fetchone():
        raise SchemaError(f"{place} is not a catalog of this program")
    (number,) = db.execute("SELECT max(number) FROM migrations").fetchone()
    if number != newest():
        age = "newer" if number > newest() else "older"
        raise SchemaError(
            f"{place} was made by a {age} version (schema {number}, this program: {newest()})",
            hint="Use the version that made it, or a later one.",
        )


def whole_schema() -> str:
    """Return the schema that all scripts together make, as ``schema/tardis.sql`` has it."""
    with closing(sqlite3.connect(":memory:")) as db:
        for one in migrations():
            db.executescript(one.script)
        query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        statements = [row[0] for row in db.execute(query)]
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
