"""The questions of those who look at a little of a large store: each reads few rows.

Sets and names are handed out in pages by key; none of these answers grows with the number of
sets, or with the number of names in a directory.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from tardis.model import BackupSet, Entry

from .rows import ENTRY_COLUMNS, SET_COLUMNS, backup_set

_SET: Final = SET_COLUMNS.replace("command_line, client_config", "x'', x''")
_STREAMS: Final = 40
"""Different ends of rows of one directory that are merged; more are sorted by SQLite."""

_SLICE: Final = 64

# Different values of a column of one directory's rows, each found by a single look.
_TURNS: Final = """
    WITH RECURSIVE turns (at) AS (
        SELECT (SELECT min({column}) FROM entries
                WHERE directory = :directory AND {column} >= :first)
        UNION ALL
        SELECT (SELECT min({column}) FROM entries
                WHERE directory = :directory AND {column} > at)
        FROM turns WHERE at IS NOT NULL AND at <= :last LIMIT :limit)
    SELECT at FROM turns WHERE at BETWEEN :first AND :last"""

_BY_END: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set = ? AND name > ? AND +first_set <= ?
    ORDER BY name LIMIT ?"""
_BY_BEGIN: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE directory = ? AND first_set = ? AND name > ? AND last_set >= ?
    ORDER BY name LIMIT ?"""
_SORTED: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = :directory AND last_set >= :number AND +first_set <= :number
        AND name > :after
    ORDER BY name LIMIT :limit"""

# What a directory has in a set and had not so, or not at all, in an earlier one.
_CAME: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE directory = ? AND first_set > ? AND first_set <= ? AND last_set >= ?
    ORDER BY first_set, name LIMIT ?"""
_WENT: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set >= ? AND last_set < ? AND first_set <= ?
    ORDER BY last_set, name LIMIT ?"""

# In which sets there is a content that cannot be read; few such contents are.
_DAMAGES: Final = """
    SELECT DISTINCT first_set, last_set FROM contents CROSS JOIN entries ON content = contents.id
    WHERE is_damaged = 1 LIMIT ?"""

# Sets side by side in columns, from the newest backwards.
_COLUMNS: Final = """
    SELECT min(number), max(number), count(*), min(started_ns), max(started_ns),
        max(size_bytes), sum(new_bytes), sum(new_files + delta_files + gone_files),
        max(ifnull(ended_ns - started_ns, 0)), sum(NOT is_complete), sum(is_locked),
        max(alarm = 1), max(name)
    FROM (SELECT *, row_number() OVER (ORDER BY number) - 1 AS place FROM backup_sets
        WHERE number BETWEEN :first AND :last)
    GROUP BY place / :each ORDER BY 1"""

_NAMES: Final = """
    SELECT directory, first_set, last_set, name FROM entries INDEXED BY entries_first
    WHERE (directory, first_set, name) > (?, ?, ?)
    ORDER BY directory, first_set, name LIMIT ?"""

_ROW: Final = f"""
    SELECT {ENTRY_COLUMNS} FROM entries INDEXED BY entries_first
    WHERE directory = ? AND first_set = ? AND name = ?"""

# The newest complete set of each lineage: what they look at is mostly the same.
_NEWEST: Final = """
    SELECT max(number) FROM backup_sets WHERE is_complete = 1 AND number BETWEEN ? AND ?
    GROUP BY lineage ORDER BY 1 DESC LIMIT ?"""


# Which set a word names: a name outranks a tag.
_NAMED: Final = """
    SELECT number FROM backup_sets WHERE name = :word
    UNION ALL SELECT backup_set FROM tags WHERE tag = :word"""

_CURRENT: Final = """
    SELECT number FROM backup_sets WHERE is_complete = 1 ORDER BY number DESC LIMIT 1"""


class SetColumn(NamedTuple):
    """Some sets that follow each other, as one column of a chart.

    Attributes:
        first: Number of the oldest of them.
        last: Number of the newest.
        sets: How many.
        began_ns: When the oldest began.
        ended_ns: When the newest began.
        size_bytes: Plain bytes of the largest.
        new_bytes: Plain bytes of contents that all of them added.
        churn: Files that all of them added or changed, or found gone.
        took_ns: How long the longest took.
        incomplete: How many are not complete.
        locked: How many are locked.
        alarmed: Whether one of them looks like mass encryption, and nobody has seen it.
        name: Of one of them.
    """

    first: int
    last: int
    sets: int
    began_ns: int
    ended_ns: int
    size_bytes: int
    new_bytes: int
    churn: int
    took_ns: int
    incomplete: int
    locked: int
    alarmed: int
    name: str


class FoundName(NamedTuple):
    """A row of the catalog, as far as a search by name needs it."""

    directory: int
    first_set: int
    last_set: int
    name: bytes


def sets_before(db: sqlite3.Connection, number: int, limit: int) -> list[BackupSet]:
    """Return the newest sets below *number*, the newest first.

    Like all sets here, without command line and configuration.
    """
    query = f"SELECT {_SET} FROM backup_sets WHERE number < ? ORDER BY number DESC LIMIT ?"
    return [backup_set(row) for row in db.execute(query, (number, limit)).fetchall()]


def sets_after(db: sqlite3.Connection, number: int, limit: int) -> list[BackupSet]:
    """Return the oldest sets above *number*, the oldest first."""
    query = f"SELECT {_SET} FROM backup_sets WHERE number > ? ORDER BY number LIMIT ?"
    return [backup_set(row) for row in db.execute(query, (number, limit)).fetchall()]


def named(db: sqlite3.Connection, word: str) -> list[int]:
    """Return the numbers of the set that has *word* as its name, then of that with it as a tag."""
    return [int(number) for (number,) in db.execute(_NAMED, {"word": word}).fetchall()]


def newest_complete(db: sqlite3.Connection) -> int | None:
    """Return the number of the newest complete set, None when there is none."""
    found = db.execute(_CURRENT).fetchone()
    return int(found[0]) if found else None


def whole(db: sqlite3.Connection, number: int) -> BackupSet | None:
    """Return set *number* with its command line and configuration, None when there is none."""
    query = f"SELECT {SET_COLUMNS} FROM backup_sets WHERE number = ?"
    found = db.execute(query, (number,)).fetchone()
    return backup_set(found) if found else None


def older(db: sqlite3.Connection, number: int, steps: int) -> int | None:
    """Return the number *steps* sets before *number*, or that of the first; None for none."""
    query = """SELECT min(number) FROM (SELECT number FROM backup_sets
        WHERE number < ? ORDER BY number DESC LIMIT ?)"""
    (found,) = db.execute(query, (number, steps)).fetchone()
    return None if found is None else int(found)


def newer(db: sqlite3.Connection, number: int, steps: int) -> int | None:
    """Return the number *steps* sets behind *number*, or that of the last; None for none."""
    query = """SELECT max(number) FROM (SELECT number FROM backup_sets
        WHERE number > ? ORDER BY number LIMIT ?)"""
    (found,) = db.execute(query, (number, steps)).fetchone()
    return None if found is None else int(found)


def between(db: sqlite3.Connection, first_ns: int, last_ns: int) -> tuple[int, int] | None:
    """Return first and last number of the sets that began within a time; None for none."""
    query = "SELECT min(number), max(number) FROM backup_sets WHERE started_ns BETWEEN ? AND ?"
    first, last = db.execute(query, (first_ns, last_ns)).fetchone()
    return None if first is None else (int(first), int(last))


def count_sets(db: sqlite3.Connection) -> int:
    """Return how many sets there are."""
    (count,) = db.execute("SELECT count(*) FROM backup_sets").fetchone()
    return int(count)


def columns(db: sqlite3.Connection, between: tuple[int, int], most: int) -> list[SetColumn]:
    """Return the sets numbered from first to last in *most* columns at the most."""
    first, last = between
    query = "SELECT count(*) FROM backup_sets WHERE number BETWEEN ? AND ?"
    (count,) = db.execute(query, between).fetchone()
    each = max(1, -(-count // most))
    rows = db.execute(_COLUMNS, {"first": first, "last": last, "each": each}).fetchall()
    return [SetColumn._make(row) for row in rows]


def damages(db: sqlite3.Connection, limit: int) -> list[tuple[int, int]]:
    """Return first and last set of rows whose content is known not to be readable."""
    return [(first, last) for first, last in db.execute(_DAMAGES, (limit,)).fetchall()]


def count_damaged(db: sqlite3.Connection) -> int:
    """Return how many contents are known not to be readable."""
    (count,) = db.execute("SELECT count(*) FROM contents WHERE is_damaged = 1").fetchone()
    return int(count)


def tags_of(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of *numbers*, sorted."""
    query = """SELECT backup_set, tag FROM tags
        WHERE backup_set IN (SELECT value FROM json_each(?)) ORDER BY tag"""
    found: dict[int, list[str]] = {}
    for number, tag in db.execute(query, (json.dumps(list(numbers)),)).fetchall():
        found.setdefault(number, []).append(tag)
    return found


def turns(
    db: sqlite3.Connection, directory: int, between: tuple[int, int], limit: int
) -> tuple[list[int], list[int]]:
    """Return in which sets rows of *directory* began, and in which they ended, within a range."""
    key = {"directory": directory, "first": between[0], "last": between[1], "limit": limit}
    begins, ends = (
        [at for (at,) in db.execute(_TURNS.format(column=column), key).fetchall()]
        for column in ("first_set", "last_set")
    )
    return begins, ends


def page(
    db: sqlite3.Connection, directory: int, number: int, after: bytes, limit: int
) -> list[Entry]:
    """Return the entries of *directory* in set *number* behind the name *after*, by name."""
    most = {"directory": directory, "limit": _STREAMS + 1}
    begins, ends = (
        [at for (at,) in db.execute(_TURNS.format(column=column), most | between).fetchall()]
        for column, between in (
            ("first_set", {"first": 0, "last": number}),
            ("last_set", {"first": number, "last": (1 << 63) - 1}),
        )
    )
    if min(len(begins), len(ends)) > _STREAMS:
        key = {"directory": directory, "number": number, "after": after, "limit": limit}
        return [Entry._make(row) for row in db.execute(_SORTED, key).fetchall()]
    query, values = (_BY_END, ends) if len(ends) <= len(begins) else (_BY_BEGIN, begins)
    streams = [_stream(db, query, (directory, at), after, number) for at in values]
    return [Entry._make(row) for row in islice(merge(*streams, key=itemgetter(0)), limit)]


def _stream(
    db: sqlite3.Connection, query: str, rows: tuple[int, int], after: bytes, number: int
) -> Iterator[tuple[Any, ...]]:
    while some := db.execute(query, (*rows, after, number, _SLICE)).fetchall():
        yield from some
        if len(some) < _SLICE:
            return
        after = some[-1][0]


def came_and_went(
    db: sqlite3.Connection, directory: int, before: int, number: int, limit: int
) -> tuple[list[Entry], list[Entry]]:
    """Return the rows of *directory* that are true in one only of two sets.

    First those of set *number*, then those of the older set *before*; *limit* of each.
    """
    came = db.execute(_CAME, (directory, before, number, number, limit)).fetchall()
    went = db.execute(_WENT, (directory, before, number, before, limit)).fetchall()
    return [Entry._make(row) for row in came], [Entry._make(row) for row in went]


def names_after(db: sqlite3.Connection, key: tuple[int, int, bytes], limit: int) -> list[FoundName]:
    """Return rows of all directories behind (directory, first set, name)."""
    return [FoundName._make(row) for row in db.execute(_NAMES, (*key, limit)).fetchall()]


def row(db: sqlite3.Connection, directory: int, first_set: int, name: bytes) -> Entry | None:
    """Return the row of *directory* that began in a set under a name."""
    found = db.execute(_ROW, (directory, first_set, name)).fetchone()
    return None if found is None else Entry._make(found)


def newest_of_lineages(db: sqlite3.Connection, between: tuple[int, int], limit: int) -> list[int]:
    """Return the newest complete set of each lineage within a range, the newest first."""
    return [number for (number,) in db.execute(_NEWEST, (*between, limit)).fetchall()]


def last_directory(db: sqlite3.Connection) -> int:
    """Return the highest directory id, 0 when there is none."""
    (most,) = db.execute("SELECT ifnull(max(id), 0) FROM directories").fetchone()
    return int(most)
