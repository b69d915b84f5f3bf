"""The statements that rebuild a catalog from what lies in the store.

They work on a catalog that nobody else has open, without foreign keys until all is there;
`repair` and `faults` then make sure of them.  A second, temporary file, attached as
``scan``, holds the records that were found.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from tardis.model import OPEN, StoredContent

from .connection import Connection, connect_plain
from .group import STATEMENTS
from .rows import CONTENT_COLUMNS, SET_COLUMNS, same_digest, stored_content
from .writing import TABLE_KEYS, update_owners

_SCAN: Final = """
CREATE TABLE found (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, kind INTEGER, codec INTEGER, cipher INTEGER,
    size INTEGER, stored INTEGER, basis BLOB, flags INTEGER, pack INTEGER, place INTEGER);
CREATE INDEX found_digest ON found (digest, kind);
CREATE TABLE lost (id INTEGER PRIMARY KEY);
"""

_PAGE: Final = 5000
_DATA: Final = 1
_DELTA: Final = 2

_REPLAYED: Final = {
    name: statement.replace("INSERT INTO", "INSERT OR REPLACE INTO", 1).replace(
        "UPDATE entries", "UPDATE OR REPLACE entries", 1
    )
    for name, statement in STATEMENTS
}
"""What a group did, over whatever a damaged history has left in its way."""

# Contents that do not lie where their rows say.
_LOST: Final = f"""
    INSERT INTO scan.lost SELECT id FROM contents AS one
    WHERE is_damaged OR place < 0 OR NOT EXISTS (
        SELECT 1 FROM scan.found AS two WHERE two.digest = one.digest
            AND two.kind = CASE WHEN one.basis IS NULL THEN {_DATA} ELSE {_DELTA} END
            AND two.pack IS one.pack AND two.place = one.place AND two.stored = one.stored)"""

# The next record to try for lost contents: whole ones first, then deltas on what is there.
_CANDIDATES: Final = f"""
    SELECT lost.id, found.id, found.digest, found.size, found.stored, found.codec, found.cipher,
        below.id, found.pack, found.place, found.flags, min(found.kind)
    FROM scan.lost AS lost JOIN contents AS one USING (id)
        JOIN scan.found AS found ON found.digest = one.digest
        LEFT JOIN contents AS below ON {same_digest("found.basis", "below")}
    WHERE lost.id > ? AND (found.kind = {_DATA} OR (found.kind = {_DELTA}
        AND below.id IS NOT NULL AND below.id NOT IN (SELECT id FROM scan.lost)))
    GROUP BY lost.id ORDER BY lost.id LIMIT {_PAGE}"""

# What deltas of lost contents stand on and no row names so far.
_MISSING_BASES: Final = f"""
    SELECT DISTINCT found.basis FROM scan.lost AS lost JOIN contents AS one USING (id)
        JOIN scan.found AS found ON found.digest = one.digest AND found.kind = {_DELTA}
    WHERE NOT EXISTS (SELECT 1 FROM contents WHERE {same_digest("found.basis")})
        AND EXISTS (SELECT 1 FROM scan.found AS two WHERE two.digest = found.basis)"""

# What refers to what is not there, after records were lost; see `repair`.
_MENDS: Final = (
    "INSERT OR IGNORE INTO directories SELECT child, NULL, NULL, 0 FROM entries"
    " WHERE child IS NOT NULL",
    "INSERT OR IGNORE INTO directories SELECT directory, NULL, NULL, 0 FROM entries",
    "INSERT OR IGNORE INTO directories SELECT directory, NULL, NULL, 0 FROM roots",
    "UPDATE directories SET filesystem = NULL, inode = NULL"
    " WHERE filesystem NOT IN (SELECT id FROM filesystems)",
    "UPDATE entries SET content = NULL WHERE content NOT IN (SELECT id FROM contents)",
    "INSERT OR IGNORE INTO lineages SELECT lineage, CAST('lost-' || lineage AS BLOB), ''"
    " FROM backup_sets",
    "DELETE FROM roots WHERE backup_set NOT IN (SELECT number FROM backup_sets)",
    "DELETE FROM tags WHERE backup_set NOT IN (SELECT number FROM backup_sets)",
    "DELETE FROM unsettled WHERE directory NOT IN (SELECT id FROM directories)",
    "DELETE FROM unsettled WHERE name <> x'' AND NOT EXISTS (SELECT 1 FROM entries WHERE"
    f" directory = unsettled.directory AND last_set = {OPEN} AND name = unsettled.name)",
)

# Directories that nothing names any more and whose rows an interrupted run had still to close.
_UNLINKED: Final = f"""
    INSERT OR IGNORE INTO unlinked SELECT DISTINCT one.directory FROM entries AS one
    WHERE one.last_set = {OPEN}
        AND EXISTS (SELECT 1 FROM entries WHERE child = one.directory)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE child = one.directory AND last_set = {OPEN})
        AND NOT EXISTS (SELECT 1 FROM roots WHERE directory = one.directory AND name IS NULL)"""

# Marks are in no manifest: what may have been racy when it was read is looked at again.
_RACY: Final = f"""
    INSERT OR IGNORE INTO unsettled
    SELECT directory, entries.name, 'racy', first_set FROM entries
        LEFT JOIN backup_sets ON number = first_set
    WHERE last_set = {OPEN} AND first_set > ?1
        AND (number IS NULL OR ctime >= client_time_ns / 1000000000 - ?2)"""
_UNREAD: Final = f"""
    INSERT OR IGNORE INTO unsettled
    SELECT directory, name, 'unread', first_set FROM entries
    WHERE last_set = {OPEN} AND content IS NULL AND (mode & 61440) = 32768 AND first_set > ?1"""
_DAMAGED: Final = f"""
    INSERT INTO unsettled
    SELECT directory, name, 'damaged', first_set FROM entries JOIN scan.lost ON id = content
    WHERE last_set = {OPEN}
    ON CONFLICT (directory, name) DO UPDATE SET why = excluded.why"""


def create_scan(path: str) -> Connection:
    """Make the temporary file of found records; it need not survive anything."""
    db = connect_plain(path, "rwc")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(_SCAN)
    return db


def add_found(db: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Add records, as `rebuild_scan.Found` has them, to the temporary file."""
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO found (digest, kind, codec, cipher, size, stored, basis, flags, pack, place)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        list(rows),
    )
    db.execute("COMMIT")


def attach_scan(db: Connection, path: str) -> None:
    """Let a catalog that is rebuilt see the temporary file."""
    db.execute("ATTACH DATABASE ? AS scan", (path,))


def known_manifests(db: Connection) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]]:
    """Return where the last manifest lies, and the highest sequence of each set."""
    query = "SELECT ifnull(pack, backup_set), place FROM manifests ORDER BY 1 DESC, 2 DESC"
    where = db.execute(query).fetchone()
    query = "SELECT backup_set, max(sequence) FROM manifests GROUP BY backup_set"
    return tuple(where or (0, 0)), tuple(db.execute(query).fetchall())


def faults(db: Connection) -> str:
    """Return what is wrong with a catalog's pages or references, empty when nothing is."""
    try:
        (first,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        if first != "ok":
            return str(first)
        broken = db.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if broken is None else f"a row of {broken[0]} refers to what is not there"


def unbind(db: Connection) -> None:
    """Let references be broken for a while, memory bounded, and nothing be flushed."""
    for pragma in ("foreign_keys = OFF", "cache_spill = ON", "synchronous = OFF"):
        db.execute(f"PRAGMA {pragma}")


def begin(db: Connection, *, starts_anew: bool) -> None:
    """Take out what is made anew, and all that a full manifest repeats when it *starts_anew*."""
    tables = ["fingerprints", "unlinked"]
    if starts_anew:
        tables += [*TABLE_KEYS, "manifests", "packs", "doomed"]
    for table in tables:
        db.execute(f"DELETE FROM {table}")


def load_page(db: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Take over one page of a full manifest."""
    if table in TABLE_KEYS and rows:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")][: len(rows[0])]
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        db.executemany(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", rows)


def content_ids(
    db: Connection, number: int, digests: Iterable[tuple[int, bytes]]
) -> dict[int, int]:
    """Return the id in this catalog for each id of a record; new contents get a row.

    Args:
        db: The catalog.
        number: Set of the record.
        digests: (id in the record, digest).
    """
    found = {}
    for told, digest in digests:
        query = f"SELECT id FROM contents WHERE {same_digest('?1')}"
        row = db.execute(query, (digest,)).fetchone()
        if row is None:
            taken = db.execute("SELECT 1 FROM contents WHERE id = ?", (told,)).fetchone()
            row = (add_content(db, None if taken else told, digest, number),)
        found[told] = int(row[0])
    return found


def add_content(db: Connection, number: int | None, digest: bytes, added: int) -> int:
    """Insert a content that has still to be found, under the id *number* if it is given."""
    query = """INSERT INTO contents (id, digest, size, stored, codec, place, added_set, is_damaged)
        VALUES (?, ?, 0, 0, 0, -1, ?, 1)"""
    return int(db.execute(query, (number, digest, added)).lastrowid or 0)


def replay(db: Connection, rows: Mapping[str, Sequence[tuple[Any, ...]]], number: int) -> None:
    """Do once more what a group of set *number* did.

    Args:
        db: The catalog.
        rows: By the table's name in a manifest; contents by their ids in this catalog.
        number: Of the set.
    """
    for name, statement in _REPLAYED.items():
        if rows.get(name):
            db.executemany(statement, rows[name])
    db.executemany("INSERT OR REPLACE INTO lineages VALUES (?, ?, ?)", rows["lineages"])
    update_owners(db, number, rows["owners"])


def end_set(db: Connection, number: int, row: Sequence[Any]) -> None:
    """Put in the row of a complete set; an older set of the same name makes way."""
    columns = SET_COLUMNS.split(", ")[: len(row)]
    name = row[columns.index("name")]
    db.execute(
        "UPDATE backup_sets SET name = name || '-' || number WHERE name = ? AND number <> ?",
        (name, number),
    )
    marks = ", ".join("?" * len(columns))
    query = f"INSERT OR REPLACE INTO backup_sets ({', '.join(columns)}) VALUES ({marks})"
    db.execute(query, tuple(row))
    db.execute("DELETE FROM roots WHERE backup_set = ?", (number,))


def note_lost(db: Connection) -> int:
    """List the contents that are not where they should be; return how many."""
    db.execute("DELETE FROM scan.lost")
    return db.execute(_LOST).rowcount


def missing_bases(db: Connection) -> list[bytes]:
    """Return digests that deltas of lost contents stand on and that have no row."""
    return [digest for (digest,) in db.execute(_MISSING_BASES).fetchall()]


def add_lost(db: Connection, digest: bytes) -> None:
    """Add a content that has still to be found."""
    number = add_content(db, None, digest, 0)
    db.execute("INSERT INTO scan.lost VALUES (?)", (number,))


def candidates(db: Connection, after: int) -> list[tuple[Any, ...]]:
    """Return a page of the next records to try, by the ids of lost contents behind *after*.

    Each is (content id, id of the record, digest, size, stored, codec, cipher, content id of
    its basis, pack, place, flags, kind).
    """
    return db.execute(_CANDIDATES, (after,)).fetchall()


def put_content(db: Connection, content: StoredContent) -> None:
    """Let a content lie where it was found."""
    db.execute(
        "UPDATE contents SET size=?, stored=?, codec=?, cipher=?, basis=?, chain=?, pack=?,"
        " place=?, is_damaged=0, has_holes=? WHERE id = ?",
        (*content[2:10], content.has_holes, content.id),
    )


def content(db: Connection, number: int) -> StoredContent:
    """Return the row of a content that is there."""
    query = f"SELECT {CONTENT_COLUMNS} FROM contents WHERE id = ?"
    return stored_content(db.execute(query, (number,)).fetchone())


def judge(db: Connection, lost: int, found: int, *, is_good: bool) -> None:
    """Take a content off the list of the lost, or the record off that of the found."""
    if is_good:
        db.execute("DELETE FROM scan.lost WHERE id = ?", (lost,))
    else:
        db.execute("DELETE FROM scan.found WHERE id = ?", (found,))


def give_up(db: Connection) -> int:
    """Mark the contents that were not found as damaged; return how many something needs."""
    needed = """(SELECT 1 FROM entries WHERE content = contents.id
        UNION ALL SELECT 1 FROM contents AS two WHERE two.basis = contents.id)"""
    lost = "id IN (SELECT id FROM scan.lost)"
    db.execute(f"DELETE FROM contents WHERE {lost} AND NOT EXISTS {needed}")
    db.execute("DELETE FROM scan.lost WHERE id NOT IN (SELECT id FROM contents)")
    return db.execute(
        "UPDATE contents SET is_damaged = 1, pack = NULL, basis = NULL, chain = 0,"
        f" place = max(place, 0) WHERE {lost}"
    ).rowcount


def note_packs(db: Connection, ends: Mapping[int, int]) -> None:
    """List the packs in which something lives; *ends*: of their last whole records.

    What lives nowhere is not listed, so that nothing ever removes it.
    """
    db.execute(f"DELETE FROM manifests WHERE pack NOT IN ({_numbers(ends)})")
    db.execute(f"DELETE FROM packs WHERE number NOT IN ({_numbers(ends)})")
    for table, holds in (("contents", "contents"), ("manifests", "manifests")):
        for (pack,) in db.execute(
            f"SELECT DISTINCT pack FROM {table} WHERE pack IS NOT NULL"
        ).fetchall():
            db.execute(
                "INSERT INTO packs VALUES (?, ?, ?) ON CONFLICT (number)"
                " DO UPDATE SET length = max(length, excluded.length)",
                (pack, holds, ends[pack]),
            )
    db.execute("DELETE FROM doomed WHERE pack NOT IN (SELECT number FROM packs)")


def note_manifests(db: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """List manifests: (set, sequence, is full, pack, place, stored) of each."""
    db.executemany("INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?, ?, ?)", list(rows))


def settle_sets(db: Connection, last: int, gap: int | None) -> None:
    """Bring what is said of sets up to date.

    Args:
        db: The catalog.
        last: Highest number ever given out; an incomplete set below it was removed.
        gap: From this set on something may be missing; each has a problem more.
    """
    db.execute("DELETE FROM backup_sets WHERE NOT is_complete AND number < ?", (last,))
    db.execute(
        "UPDATE backup_sets SET groups = max(groups, ifnull((SELECT max(sequence) + 1"
        " FROM manifests WHERE backup_set = number), 0))"
    )
    if gap is not None:
        db.execute("UPDATE backup_sets SET problems = problems + 1 WHERE number >= ?", (gap,))


def raise_sequence(db: Connection, table: str, number: int) -> None:
    """Let no number up to *number* be given out again."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    if row is None and number:
        db.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, number))
    elif row is not None and row[0] < number:
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (number, table))


def repair(db: Connection) -> None:
    """Make whole what refers to what is not there."""
    for statement in _MENDS:
        db.execute(statement)


def mark(db: Connection, after: int, window: int) -> None:
    """Note what the next run has to close, and what it has to look at again.

    Args:
        db: The catalog.
        after: Marks of sets up to this one were kept.
        window: Seconds before its run within which a change counts as racy.
    """
    db.execute(_UNLINKED)
    db.execute(_UNREAD, (after,))
    db.execute(_RACY, (after, window))
    db.execute(_DAMAGED)


def count(db: Connection, table: str) -> int:
    """Return how many rows *table* has."""
    (rows,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(rows)


def damaged_paths(db: Connection) -> int:
    """Return how many entry rows name a damaged content."""
    query = "SELECT count(*) FROM entries JOIN contents ON id = content WHERE is_damaged"
    (count,) = db.execute(query).fetchone()
    return int(count)


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(map(str, values)) or "0"


def checked(path: str) -> str:
    """Return what is wrong with the catalog *path*, empty when nothing is."""
    try:
        with closing(connect_plain(path, "rw")) as db:
            return faults(db)
    except sqlite3.Error as error:
        return str(error)
