"""The questions that a run asks while it writes, and the few rows it writes at once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tardis.model import BUNDLED, OPEN, SMALL, BackupSet, Entry

from .rows import DIGEST_HEAD, ENTRY_COLUMNS, INDEXED, SET_COLUMNS, backup_set

_SOME: Final = 400
_PAGE: Final = 10_000
_CONTENT: Final = Entry._fields.index("content")

# The rows of one range of a directory that are true now.
_OPEN_ROWS = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ?1 AND last_set = {OPEN} AND name >= ?2 AND (?3 IS NULL OR name < ?3)"""

# What a directory's names were last, before they went.
_GONE_ROWS = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set < {OPEN} AND name IN (%s) ORDER BY last_set"""

# The rows that one set has opened and that are still open, by key.
_OPENED_ROWS = f"""
    SELECT entries.directory, name, child
    FROM directories JOIN entries INDEXED BY entries_first
        ON entries.directory = directories.id AND first_set = ?1
    WHERE directories.id >= ?2 AND last_set = {OPEN}
        AND (entries.directory, name) > (?2, ?3)
    ORDER BY entries.directory, name LIMIT {_PAGE}"""

# What must be known of a directory's open rows to close them.
_OPEN_CHILDREN = f"""
    SELECT name, first_set, child FROM entries
    WHERE directory = ? AND last_set = {OPEN} AND name > ? ORDER BY name LIMIT {_PAGE}"""


class SetRow:
    """What is known of a set when it is opened; names the columns it fills."""

    COLUMNS: Final = (
        "name, lineage, priority, is_full, started_ns, client_time_ns, session, client_version, "
        "server_version, client_address, command_line, client_config"
    )


def one_set(db: sqlite3.Connection, number: int) -> BackupSet:
    """Return set *number*, which is there."""
    return backup_set(set_row(db, number))


def set_row(db: sqlite3.Connection, number: int) -> tuple[Any, ...]:
    """Return the columns `rows.SET_COLUMNS` of set *number*, which is there."""
    query = f"SELECT {SET_COLUMNS} FROM backup_sets WHERE number = ?"
    row: tuple[Any, ...] = db.execute(query, (number,)).fetchone()
    return row


def root_rows(db: sqlite3.Connection, number: int) -> list[tuple[Any, ...]]:
    """Return the rows of the roots of set *number*."""
    return db.execute("SELECT * FROM roots WHERE backup_set = ?", (number,)).fetchall()


def lineage_rows(db: sqlite3.Connection, number: int) -> list[tuple[Any, ...]]:
    """Return the row of the lineage of set *number*."""
    query = """SELECT id, key, label FROM lineages
        WHERE id = (SELECT lineage FROM backup_sets WHERE number = ?)"""
    return db.execute(query, (number,)).fetchall()


def last_full_manifest(db: sqlite3.Connection) -> int:
    """Return the set with which the last full manifest was written, 0 for none."""
    query = "SELECT ifnull(max(backup_set), 0) FROM manifests WHERE is_full"
    (number,) = db.execute(query).fetchone()
    return int(number)


TABLE_KEYS: Final = {
    "lineages": "id",
    "backup_sets": "number",
    "owners": "is_group, number, first_set",
    "heads": "sequence",
    "roots": "backup_set, path",
    "filesystems": "id",
    "directories": "id",
    "contents": "id",
    "entries": "directory, last_set, name",
}
"""Tables of a full manifest, each with the columns of its key."""


def iter_pages(db: sqlite3.Connection, table: str, key: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all rows of *table* in pages, by *key*; no statement stays open in between."""
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    places = [columns.index(name) for name in key.split(", ")]
    marks = ", ".join("?" * len(places))
    rows = db.execute(f"SELECT * FROM {table} ORDER BY {key} LIMIT {_PAGE}").fetchall()
    while rows:
        yield rows
        last = [rows[-1][place] for place in places]
        query = f"SELECT * FROM {table} WHERE ({key}) > ({marks}) ORDER BY {key} LIMIT {_PAGE}"
        rows = db.execute(query, last).fetchall()


def last_number(db: sqlite3.Connection) -> int:
    """Return the highest set number ever given, 0 for none."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'backup_sets'"
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


def next_manifest(db: sqlite3.Connection, number: int) -> int:
    """Return a sequence above those of all manifests of set *number*."""
    query = "SELECT 1 + ifnull(max(sequence), -1) FROM manifests WHERE backup_set = ?"
    (following,) = db.execute(query, (number,)).fetchone()
    return int(following)


def last_pack(db: sqlite3.Connection) -> int:
    """Return the highest pack number ever given, 0 for none."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'packs'").fetchone()
    return int(row[0]) if row else 0


def newest_pack(db: sqlite3.Connection, holds: str) -> tuple[int, int]:
    """Return number and committed length of the newest pack of a sort; (0, 0) for none."""
    query = "SELECT number, length FROM packs WHERE holds = ? ORDER BY number DESC LIMIT 1"
    row = db.execute(query, (holds,)).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def highest(db: sqlite3.Connection, table: str) -> int:
    """Return the highest id in *table*, 0 when it is empty."""
    (number,) = db.execute(f"SELECT ifnull(max(id), 0) FROM {table}").fetchone()
    return int(number)


def epoch(db: sqlite3.Connection) -> int:
    """Return the epoch that stored fingerprints must carry to count."""
    row = db.execute("SELECT value FROM settings WHERE key = 'epoch'").fetchone()
    return int(row[0]) if row else 0


def lineage(db: sqlite3.Connection, key: bytes, label: str) -> int:
    """Return the id of the lineage *key*, made now if it is new."""
    db.execute("INSERT OR IGNORE INTO lineages (key, label) VALUES (?, ?)", (key, label))
    (number,) = db.execute("SELECT id FROM lineages WHERE key = ?", (key,)).fetchone()
    return int(number)


def insert_set(db: sqlite3.Connection, values: Sequence[Any]) -> int:
    """Insert a set with the columns of `SetRow`; return its number."""
    marks = ", ".join("?" * len(values))
    cursor = db.execute(
        f"INSERT INTO backup_sets ({SetRow.COLUMNS}) VALUES ({marks})", tuple(values)
    )
    return int(cursor.lastrowid or 0)


def renew_set(db: sqlite3.Connection, number: int, values: Sequence[Any]) -> None:
    """Let a new run take over the incomplete set *number*; its roots are told anew."""
    names = SetRow.COLUMNS.split(", ")
    changes = ", ".join(f"{name} = ?" for name in names)
    db.execute(f"UPDATE backup_sets SET {changes} WHERE number = ?", (*values, number))
    db.execute("DELETE FROM roots WHERE backup_set = ?", (number,))


def has_set(db: sqlite3.Connection, number: int) -> bool:
    """Tell whether there is a set *number*."""
    query = "SELECT 1 FROM backup_sets WHERE number = ?"
    return db.execute(query, (number,)).fetchone() is not None


def has_other_set(db: sqlite3.Connection, number: int, name: str) -> bool:
    """Tell whether a set other than *number* has that *name*."""
    query = "SELECT 1 FROM backup_sets WHERE name = ? AND number <> ?"
    return db.execute(query, (name, number)).fetchone() is not None


def has_other_tag(db: sqlite3.Connection, number: int, name: str) -> bool:
    """Tell whether *name* is a tag of a set other than *number*."""
    query = "SELECT 1 FROM tags WHERE tag = ? AND backup_set <> ?"
    return db.execute(query, (name, number)).fetchone() is not None


def change_set(db: sqlite3.Connection, number: int, values: dict[str, Any]) -> bool:
    """Write those columns *values* of set *number* that are not None; False without such a set.

    A new name takes the set out of its format.
    """
    changes = {column: value for column, value in values.items() if value is not None}
    texts = [f"{column} = ?" for column in changes]
    if "name" in changes:
        texts.append("format = NULL")
    query = f"UPDATE backup_sets SET {', '.join(texts)} WHERE number = ?"
    return db.execute(query, (*changes.values(), number)).rowcount == 1


def complete_set(db: sqlite3.Connection, number: int, values: dict[str, Any]) -> None:
    """Write the columns *values* and mark the set complete; nothing is left to be closed."""
    changes = ", ".join(f"{column} = ?" for column in values)
    db.execute(
        f"UPDATE backup_sets SET is_complete = 1, {changes} WHERE number = ?",
        (*values.values(), number),
    )
    db.execute("DELETE FROM unlinked")


def filesystems(db: sqlite3.Connection) -> list[tuple[int, str, bytes]]:
    """Return (id, type, key) of all known file systems."""
    return db.execute("SELECT id, type, key FROM filesystems ORDER BY id").fetchall()


def directory_of(db: sqlite3.Connection, identity: tuple[int, int, int]) -> int | None:
    """Return the id of the directory (file system, inode, claim)."""
    query = "SELECT id FROM directories WHERE filesystem = ? AND inode = ? AND claim = ?"
    row = db.execute(query, identity).fetchone()
    return None if row is None else int(row[0])


def root_before(db: sqlite3.Connection, path: bytes, number: int) -> int | None:
    """Return the directory id that the root *path* had in the newest set before *number*."""
    query = """SELECT directory FROM roots WHERE path = ? AND name IS NULL AND backup_set < ?
        ORDER BY backup_set DESC LIMIT 1"""
    row = db.execute(query, (path, number)).fetchone()
    return None if row is None else int(row[0])


def is_elsewhere(db: sqlite3.Connection, directory: int, path: bytes, number: int) -> bool:
    """Tell whether *directory*, once the root *path*, has another name before set *number*."""
    query = """SELECT path FROM roots WHERE directory = ? AND name IS NULL AND backup_set < ?
        ORDER BY backup_set DESC LIMIT 1"""
    row = db.execute(query, (directory, number)).fetchone()
    return (row is not None and row[0] != path) or count_names(db, directory) > 0


def fingerprint(db: sqlite3.Connection, directory: int, start: bytes) -> tuple[Any, ...] | None:
    """Return (range_end, count, fingerprint, epoch) of the range of *directory* from *start*."""
    query = """SELECT range_end, count, fingerprint, epoch FROM fingerprints
        WHERE directory = ? AND range_start = ?"""
    row: tuple[Any, ...] | None = db.execute(query, (directory, start)).fetchone()
    return row


def open_rows(
    db: sqlite3.Connection, directory: int, start: bytes, end: bytes | None
) -> list[tuple[Any, ...]]:
    """Return the open rows, `rows.ENTRY_COLUMNS`, of one range of names."""
    return db.execute(_OPEN_ROWS, (directory, start, end)).fetchall()


def gone_rows(
    db: sqlite3.Connection, directory: int, names: Sequence[bytes]
) -> dict[bytes, tuple[Any, ...]]:
    """Return the newest closed row of each of *names* that *directory* once had."""
    found = {}
    for start in range(0, len(names), _SOME):
        some = names[start : start + _SOME]
        query = _GONE_ROWS % ",".join("?" * len(some))
        for row in db.execute(query, (directory, *some)).fetchall():
            found[row[0]] = row
    return _without_damaged(db, found)


def _without_damaged(
    db: sqlite3.Connection, rows: dict[bytes, tuple[Any, ...]]
) -> dict[bytes, tuple[Any, ...]]:
    """Return *rows* with no content where it is damaged: nobody has unsettled closed ones."""
    facts = facts_of_contents(db, {row[_CONTENT] for row in rows.values()} - {None})
    damaged = {number for number, (_, _, is_damaged) in facts.items() if is_damaged}
    if not damaged:
        return rows
    return {
        name: (*row[:_CONTENT], None, *row[_CONTENT + 1 :]) if row[_CONTENT] in damaged else row
        for name, row in rows.items()
    }


def unsettled_names(
    db: sqlite3.Connection, directory: int, start: bytes, end: bytes | None
) -> dict[bytes, str]:
    """Return name and reason of the unsettled entries of one range of *directory*."""
    query = """SELECT name, why FROM unsettled
        WHERE directory = ?1 AND name >= ?2 AND (?3 IS NULL OR name < ?3)"""
    return dict(db.execute(query, (directory, start, end)).fetchall())


def contents_by_digest(
    db: sqlite3.Connection, digests: Sequence[bytes]
) -> dict[bytes, tuple[int, int]]:
    """Return (id, is damaged) of those of *digests* that are stored."""
    found, wanted = {}, set(digests)
    for start in range(0, len(digests), _SOME):
        some = [digest[:INDEXED] for digest in digests[start : start + _SOME]]
        marks = ",".join("?" * len(some))
        query = f"SELECT digest, id, is_damaged FROM contents WHERE {DIGEST_HEAD} IN ({marks})"
        for digest, number, is_damaged in db.execute(query, some).fetchall():
            if digest in wanted:
                found[digest] = (number, is_damaged)
    return found


def facts_of_contents(
    db: sqlite3.Connection, ids: Iterable[int]
) -> dict[int, tuple[bytes, int, int]]:
    """Return (digest, size, is damaged) of contents by id."""
    wanted = list(ids)
    found = {}
    for start in range(0, len(wanted), _SOME):
        some = wanted[start : start + _SOME]
        marks = ",".join("?" * len(some))
        query = f"SELECT id, digest, size, is_damaged FROM contents WHERE id IN ({marks})"
        for number, digest, size, is_damaged in db.execute(query, some).fetchall():
            found[number] = (digest, size, is_damaged)
    return found


def has_large(db: sqlite3.Connection, size: int) -> bool:
    """Tell whether a large content of *size* plain bytes is stored."""
    query = f"SELECT 1 FROM contents WHERE size = ? AND size > {SMALL} LIMIT 1"
    return db.execute(query, (size,)).fetchone() is not None


def open_deltas(db: sqlite3.Connection) -> list[int]:
    """Return the contents that are kept as deltas, not in bundles, and that an open row names."""
    query = f"""SELECT id FROM contents WHERE basis IS NOT NULL AND NOT is_damaged
        AND size > {BUNDLED} AND EXISTS (
        SELECT 1 FROM entries WHERE content = contents.id AND last_set = {OPEN}) ORDER BY id"""
    return [row[0] for row in db.execute(query).fetchall()]


def place_of(db: sqlite3.Connection, content: int) -> tuple[bytes, int | None, int, int]:
    """Return (digest, pack, place, stored) of a content that is stored."""
    query = "SELECT digest, pack, place, stored FROM contents WHERE id = ?"
    row: tuple[bytes, int | None, int, int] = db.execute(query, (content,)).fetchone()
    return row


def count_names(db: sqlite3.Connection, directory: int) -> int:
    """Return how many open rows name *directory* as their child, 2 for more than one."""
    query = f"SELECT 1 FROM entries WHERE child = ? AND last_set = {OPEN} LIMIT 2"
    return len(db.execute(query, (directory,)).fetchall())


def unlinked(db: sqlite3.Connection) -> list[int]:
    """Return the directories whose row was closed and that were not opened elsewhere since."""
    return [row[0] for row in db.execute("SELECT directory FROM unlinked").fetchall()]


def root_directories(db: sqlite3.Connection, number: int) -> set[int]:
    """Return the directories that are roots of set *number*."""
    query = "SELECT directory FROM roots WHERE backup_set = ? AND name IS NULL"
    return {row[0] for row in db.execute(query, (number,)).fetchall()}


def iter_open_children(
    db: sqlite3.Connection, directory: int
) -> Iterator[list[tuple[bytes, int, int | None]]]:
    """Yield (name, first set, child) of the open rows of *directory* in pages, by name."""
    rows = db.execute(_OPEN_CHILDREN, (directory, b"")).fetchall()
    while rows:
        yield rows
        rows = db.execute(_OPEN_CHILDREN, (directory, rows[-1][0])).fetchall()


def iter_opened_rows(
    db: sqlite3.Connection, number: int
) -> Iterator[list[tuple[int, bytes, int | None]]]:
    """Yield (directory, name, child) of the open rows that set *number* has opened, in pages."""
    rows = db.execute(_OPENED_ROWS, (number, 0, b"")).fetchall()
    while rows:
        yield rows
        rows = db.execute(_OPENED_ROWS, (number, *rows[-1][:2])).fetchall()


def update_owners(
    db: sqlite3.Connection, number: int, items: Iterable[tuple[bool, int, bytes]]
) -> None:
    """Record the names behind numbers as of set *number*."""
    for is_group, owner, name in items:
        query = "SELECT first_set, name FROM owners WHERE is_group=? AND number=? AND last_set=?"
        row = db.execute(query, (is_group, owner, OPEN)).fetchone()
        if row is not None and row[1] == name:
            continue
        if row is not None:
            _end_owner(db, (is_group, owner, row[0]), number)
        db.execute(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?, ?)",
            (is_group, owner, number, OPEN, name),
        )


def _end_owner(db: sqlite3.Connection, key: tuple[bool, int, int], number: int) -> None:
    db.execute(
        "UPDATE owners SET last_set = ? WHERE is_group = ? AND number = ? AND first_set = ?",
        (number - 1, *key),
    )
