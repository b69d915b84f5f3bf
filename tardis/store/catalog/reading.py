"""The questions that looking back asks the catalog, one function each.

Every question pages by key: no statement stays open between two answers, so a reader
never holds the writer up.  The key of a page must be one that the writer leaves alone:
`last_set` is not, because closing a row moves it.
"""

import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from tardis.model import MODERN, OPEN, Ancestor, BackupSet, Entry, Kinds, Root, StoredContent
from tardis.store.records import HEADER
from tardis.streams import pack, unpack

from .kinds import IS_FOLDER, KIND, some_kinds
from .rows import (
    CONTENT_COLUMNS,
    ENTRY_COLUMNS,
    SET_COLUMNS,
    backup_set,
    entry,
    same_digest,
    stored_content,
)

SETTING_MARK: Final = "config."
"""Before the keys of settings that an administrator stored."""

_PAGE: Final = 10_000
_IDS: Final = 500
_SOME_NAMES: Final = 100

_FIRST_SET: Final = Entry._fields.index("first_set")
_NAME_COLUMNS: Final = "name, child, first_set, last_set"
_KIND_COLUMNS: Final = "name, mode, filesystem, inode, first_set"


def _late(columns: str, only: str = "") -> str:
    """Return the query for rows of one directory that are valid between two sets.

    From the end of history backwards: all at once, and for no more rows than one answer
    may have.
    """
    return f"""
        SELECT {columns} FROM entries
        WHERE directory = :directory AND last_set >= :from AND +first_set <= :to {only}
        LIMIT :limit"""


def _early(columns: str, only: str = "") -> str:
    """Return the query for the same, from the beginning of history, page by page."""
    return f"""
        SELECT {columns} FROM entries INDEXED BY entries_first
        WHERE directory = :directory AND (first_set, name) > (:first_set, :name)
            AND first_set <= :to AND last_set >= :from {only}
        ORDER BY first_set, name LIMIT :limit"""


_ROWS: Final = _late(ENTRY_COLUMNS), _early(ENTRY_COLUMNS)
_NAMES: Final = _late(_NAME_COLUMNS), _early(_NAME_COLUMNS)
_KINDS: Final = _late(_KIND_COLUMNS), _early(_KIND_COLUMNS)
_FOLDERS: Final = _late(ENTRY_COLUMNS, IS_FOLDER), _early(ENTRY_COLUMNS, IS_FOLDER)
_FIRST_SETS: Final = {
    _ROWS: _FIRST_SET,
    _NAMES: _NAME_COLUMNS.split(", ").index("first_set"),
    _KINDS: _KIND_COLUMNS.split(", ").index("first_set"),
    _FOLDERS: _FIRST_SET,
}
"""Which column begins the key of a page."""

# One name: by key when its newest row is meant, else by looking through the directory.
_CHILD_NOW = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set = {OPEN} AND name = ? AND first_set <= ?"""
_CHILD_THEN = f"""
    SELECT {ENTRY_COLUMNS} FROM entries
    WHERE directory = ? AND last_set >= ? AND name = ? AND first_set <= ?"""

# All rows of one name.  No index begins with the name, so the ends of rows are skipped
# through, at most one for each set, and the name is looked up at each: a directory of a
# million names costs no more than one of ten.
_VERSIONS = f"""
    WITH RECURSIVE ends (ends_at) AS (
        SELECT min(last_set) FROM entries WHERE directory = :directory AND last_set >= :from
        UNION ALL
        SELECT (SELECT min(last_set) FROM entries
                WHERE directory = :directory AND last_set > ends_at)
        FROM ends WHERE ends_at IS NOT NULL)
    SELECT {ENTRY_COLUMNS} FROM ends CROSS JOIN entries
    WHERE directory = :directory AND last_set = ends_at AND name = :name AND first_set <= :to
    ORDER BY first_set"""

# What holds a content, and what names a directory.
_HOLDING = f"""
    SELECT directory, {ENTRY_COLUMNS} FROM entries WHERE content = ? LIMIT {_PAGE}"""
_NAMING = f"""
    SELECT directory, {ENTRY_COLUMNS} FROM entries WHERE child = ? LIMIT {_PAGE}"""


def scheme(db: sqlite3.Connection) -> str:
    """Return the scheme that the store was made in."""
    row = db.execute("SELECT value FROM settings WHERE key = 'scheme'").fetchone()
    return str(row[0]) if row else MODERN


def sets(db: sqlite3.Connection) -> list[BackupSet]:
    """Return all sets by number."""
    rows = db.execute(f"SELECT {SET_COLUMNS} FROM backup_sets ORDER BY number").fetchall()
    return [backup_set(row) for row in rows]


def newest_complete(db: sqlite3.Connection, lineage: bytes) -> tuple[str, int] | None:
    """Return name and end, nanoseconds since 1970, of the newest complete set of a lineage."""
    query = """SELECT name, ended_ns FROM backup_sets
        WHERE is_complete AND lineage = (SELECT id FROM lineages WHERE key = ?)
        ORDER BY number DESC LIMIT 1"""
    row = db.execute(query, (lineage,)).fetchone()
    return None if row is None else (str(row[0]), int(row[1] or 0))


def heads(db: sqlite3.Connection, first: int) -> list[tuple[int, int, bytes, bytes, bytes]]:
    """Return (sequence, set, previous, facts, mac) of signed sets from sequence *first* on."""
    query = """SELECT sequence, backup_set, previous, facts, mac FROM heads
        WHERE sequence >= ? ORDER BY sequence"""
    return db.execute(query, (first,)).fetchall()


def totals(db: sqlite3.Connection) -> dict[int, bytes]:
    """Return what is kept of the sum of each set that was signed, sealed, by number."""
    return dict(db.execute("SELECT backup_set, total FROM heads ORDER BY sequence").fetchall())


def newest_head(db: sqlite3.Connection) -> int:
    """Return the sequence of the newest signed set, 0 for none."""
    (found,) = db.execute("SELECT ifnull(max(sequence), 0) FROM heads").fetchone()
    return int(found)


def stored_settings(db: sqlite3.Connection) -> dict[str, str]:
    """Return the settings stored for the client: key of the configuration file to text."""
    query = "SELECT substr(key, ?), value FROM settings WHERE key GLOB ? ORDER BY key"
    return dict(db.execute(query, (len(SETTING_MARK) + 1, f"{SETTING_MARK}*")).fetchall())


def usage(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return the bytes of all contents, headers included, the number of rows, and of damages."""
    query = f"""SELECT ifnull(sum(stored + {HEADER.size}), 0), (SELECT count(*) FROM entries),
        ifnull(sum(is_damaged), 0) FROM contents"""
    row: tuple[int, int, int] = db.execute(query).fetchone()
    return row


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


def roots_of(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[Root]]:
    """Return the roots of some sets, by path; sets without any are left out."""
    wanted = set(numbers)
    query = """SELECT backup_set, path, name, directory, ancestors FROM roots
        WHERE backup_set BETWEEN ? AND ? ORDER BY backup_set, path"""
    found: dict[int, list[Root]] = {}
    span = (min(wanted), max(wanted)) if wanted else (1, 0)
    for number, path, name, directory, packed in db.execute(query, span).fetchall():
        if number in wanted:
            root = Root(path, name, directory, unpack_ancestors(packed))
            found.setdefault(number, []).append(root)
    return found


def pack_ancestors(ancestors: Iterable[tuple[bytes, int, int, int, int, int, bytes]]) -> bytes:
    """Return *ancestors* as the column ``roots.ancestors`` holds them."""
    return pack([tuple(one) for one in ancestors])


def unpack_ancestors(packed: bytes) -> tuple[Ancestor, ...]:
    """Return what `pack_ancestors` packed."""
    return tuple(Ancestor(*one) for one in unpack(packed))


def children(db: sqlite3.Connection, directory: int, number: int, is_late: bool) -> Iterator[Entry]:
    """Yield the entries of *directory* in set *number*; see `history`."""
    return history(db, directory, (number, number), is_late)


def history(
    db: sqlite3.Connection, directory: int, between: tuple[int, int], is_late: bool
) -> Iterator[Entry]:
    """Yield the rows of *directory* that are valid in any set of a range.

    Args:
        db: The catalog.
        directory: Whose rows.
        between: First and last set of the range.
        is_late: The range begins nearer to the end of history than to its beginning.
    """
    for rows in _paged(db, _ROWS, directory, between, is_late):
        yield from map(Entry._make, rows)


def page(
    db: sqlite3.Connection,
    directory: int,
    between: tuple[int, int],
    cut: tuple[tuple[int, bytes], int],
    is_late: bool,
) -> list[Entry]:
    """Return some of what `history` yields; fewer than asked for only if there are no more.

    Args:
        db: The catalog.
        directory: Whose rows.
        between: First and last set of the range.
        cut: Behind which first set and name, (0, b"") for the first page, and how many.
        is_late: As for `history`; first pages only.
    """
    (began, name), most = cut
    key = {"directory": directory, "from": between[0], "to": between[1], "limit": most}
    if is_late:
        rows = db.execute(_ROWS[0], key).fetchall()
        if len(rows) < most:
            return list(map(Entry._make, rows))
    rows = db.execute(_ROWS[1], key | {"first_set": began, "name": name}).fetchall()
    return list(map(Entry._make, rows))


def names(
    db: sqlite3.Connection, directory: int, number: int, is_late: bool
) -> Iterator[tuple[bytes, int | None]]:
    """Yield (name, id of the directory it is, if any) of what is in *directory* in a set."""
    for rows in _paged(db, _NAMES, directory, (number, number), is_late):
        for row in rows:
            yield row[:2]


def kinds(
    db: sqlite3.Connection, directories: Sequence[int], number: int, is_late: bool
) -> dict[int, Kinds]:
    """Return briefly what is in the first of some directories in a set, and in others as well.

    Those are left out that would make it too long.
    """
    first, *others = directories
    found = some_kinds(db, directories, number) if others and is_late else {}
    if first not in found:
        pages = _paged(db, _KINDS, first, (number, number), is_late)
        rows = list(chain.from_iterable(pages))
        files = [row for row in rows if row[1] & KIND != stat.S_IFDIR]
        pages = _paged(db, _FOLDERS, first, (number, number), is_late)
        has_folders = len(files) < len(rows)
        folders = list(map(Entry._make, chain.from_iterable(pages))) if has_folders else []
        found[first] = Kinds(folders, files)
    return found


def _paged(
    db: sqlite3.Connection,
    queries: tuple[str, str],
    directory: int,
    between: tuple[int, int],
    is_late: bool,
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the pages of an answer; the first column is the name."""
    late, early = queries
    began = _FIRST_SETS[queries]
    first, last = between
    key = {"directory": directory, "from": first, "to": last, "limit": _PAGE}
    if is_late:
        rows = db.execute(late, key).fetchall()
        if len(rows) < _PAGE:
            yield rows
            return
    before: dict[str, Any] = {"name": b"", "first_set": 0}
    while True:
        rows = db.execute(early, key | before).fetchall()
        yield rows
        if len(rows) < _PAGE:
            return
        before = {"name": rows[-1][0], "first_set": rows[-1][began]}


def child(db: sqlite3.Connection, directory: int, number: int, name: bytes) -> Entry | None:
    """Return one entry of *directory* in set *number*."""
    row = db.execute(_CHILD_NOW, (directory, name, number)).fetchone()
    if row is None:
        row = db.execute(_CHILD_THEN, (directory, number, name, number)).fetchone()
    return None if row is None else entry(row)


def versions(
    db: sqlite3.Connection, directory: int, name: bytes, between: tuple[int, int]
) -> list[Entry]:
    """Return the rows of *name* that are valid in any set of a range, in order of time."""
    first, last = between
    key = {"directory": directory, "name": name, "from": first, "to": last}
    return [entry(row) for row in db.execute(_VERSIONS, key).fetchall()]


def holding(db: sqlite3.Connection, content: int) -> list[tuple[int, Entry]]:
    """Return (directory, row) of what ever had a content, the first ten thousand."""
    return [(row[0], entry(row[1:])) for row in db.execute(_HOLDING, (content,)).fetchall()]


def naming(db: sqlite3.Connection, directory: int) -> list[tuple[int, Entry]]:
    """Return (directory above, row) of what ever named a directory."""
    return [(row[0], entry(row[1:])) for row in db.execute(_NAMING, (directory,)).fetchall()]


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


def content_of(db: sqlite3.Connection, digest: bytes) -> StoredContent | None:
    """Return the content with that digest."""
    query = f"SELECT {CONTENT_COLUMNS} FROM contents WHERE {same_digest('?1')}"
    row = db.execute(query, (digest,)).fetchone()
    return None if row is None else stored_content(row)


def names_of(db: sqlite3.Connection, content: int) -> list[bytes]:
    """Return names of files with a content, those of the newest rows first."""
    query = """SELECT name FROM entries WHERE content = ?
        ORDER BY last_set DESC, first_set DESC, name LIMIT ?"""
    return [name for (name,) in db.execute(query, (content, _SOME_NAMES)).fetchall()]


def owners(db: sqlite3.Connection, number: int) -> dict[tuple[bool, int], bytes]:
    """Return the names behind numbers as of set *number*."""
    query = "SELECT is_group, number, name FROM owners WHERE first_set <= ? AND last_set >= ?"
    rows = db.execute(query, (number, number)).fetchall()
    return {(bool(is_group), owner): name for is_group, owner, name in rows}


def unsettled(db: sqlite3.Connection, number: int) -> list[tuple[int, bytes, str]]:
    """Return what could not be read whole up to set *number* and was not mended since."""
    query = """SELECT directory, name, why FROM unsettled AS one
        WHERE why NOT IN ('racy', 'chain') AND since_set <= ?1 AND (name = x'' OR EXISTS (
            SELECT 1 FROM entries WHERE directory = one.directory AND name = one.name
                AND last_set >= ?1 AND first_set <= ?1))
        ORDER BY directory, name"""
    return db.execute(query, (number,)).fetchall()
