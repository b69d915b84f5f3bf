"""What checking a store asks its catalog; asked of a private copy, so it may take its time."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, Final

from tardis.model import OPEN, StoredContent
from tardis.store.records import HEADER

from .migrations import whole_schema
from .pruning import DEAD_SHARE
from .rows import CONTENT_COLUMNS, stored_content
from .searching import dead_and_live

_MOST: Final = 20
"""Lines that SQLite may say of a damaged catalog."""

_LONGEST: Final = 100
_KIND: Final = 61440
_FILE, _FOLDER, _LINK = 32768, 16384, 40960

# Contradictions within single rows of entries, in one walk over all of them.
_ENTRIES: Final = f"""
    SELECT count(*), ifnull(sum(first_set > last_set), 0), ifnull(sum(first_set > :newest), 0),
        ifnull(sum((content IS NOT NULL AND (mode & {_KIND}) <> {_FILE})
            OR (child IS NOT NULL AND (mode & {_KIND}) <> {_FOLDER})
            OR ((target IS NULL) = ((mode & {_KIND}) = {_LINK}))), 0)
    FROM entries"""

# Names of a directory that are two things in one set: only those with a closed row can be.
_OVERLAPS: Final = f"""
    SELECT count(*) FROM (
        SELECT last_set, lead(first_set) OVER (PARTITION BY directory, name ORDER BY first_set)
            AS begins FROM entries
        WHERE directory IN (SELECT DISTINCT directory FROM entries WHERE last_set < {OPEN}))
    WHERE begins <= last_set"""

# Deltas whose chain does not lead to a whole copy in as many steps as it says.
_BROKEN_CHAINS: Final = f"""
    WITH RECURSIVE reached (id, depth) AS (
        SELECT id, 0 FROM contents WHERE basis IS NULL AND NOT has_holes
            AND id IN (SELECT basis FROM contents WHERE basis IS NOT NULL)
        UNION ALL
        SELECT one.id, depth + 1 FROM reached JOIN contents AS one ON one.basis = reached.id
        WHERE depth < min(one.chain, {_LONGEST}) AND NOT one.has_holes)
    SELECT id FROM contents
    WHERE basis IS NOT NULL AND id NOT IN (SELECT id FROM reached) ORDER BY id"""

# Everything that cannot be read when the contents of the table `hit` cannot.
_SPREAD: Final = """
    WITH RECURSIVE above (id) AS (
        SELECT id FROM hit UNION SELECT one.id FROM above JOIN contents AS one ON basis = above.id)
    INSERT OR IGNORE INTO hit SELECT id FROM above"""

_TOUCHED: Final = """
    SELECT directory, name, first_set, last_set FROM hit JOIN entries ON content = hit.id
    ORDER BY directory, name, first_set"""


Packed = tuple[int, bytes, int, int, int, int, bytes | None, int]
"""(id, digest, plain size, stored bytes, codec, place, digest of the basis, is damaged) of a
content that should lie in a pack: there are many, and none of them lasts."""


def self_test(db: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with the file, pages, rows and indexes; nothing when whole."""
    try:
        rows = db.execute(f"PRAGMA integrity_check({_MOST})").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    found = [line for (text,) in rows for line in str(text).splitlines()]
    return [] if found == ["ok"] else [line for line in found if not line.startswith("*** ")]


def dangling(db: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """Return (table, table that lacks the row it names, how many) of broken references."""
    query = """SELECT "table", parent, count(*) FROM pragma_foreign_key_check
        GROUP BY 1, 2 ORDER BY 1, 2"""
    return db.execute(query).fetchall()


def unlike_schema(db: sqlite3.Connection) -> list[str]:
    """Return names of tables and indexes that are missing or have other columns than ours."""
    with closing(sqlite3.connect(":memory:")) as ours:
        ours.executescript(whole_schema())
        wanted, found = _shape(ours), _shape(db)
    return sorted(name for name, shape in wanted.items() if found.get(name) != shape)


def entry_faults(db: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Return how many entry rows there are, and how many end before they begin, begin with a
    set that never was, and hold what such an object cannot have.
    """
    (newest,) = db.execute(
        "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'backup_sets'), 0),"
        " ifnull((SELECT max(number) FROM backup_sets), 0))"
    ).fetchone()
    row: tuple[int, int, int, int] = db.execute(_ENTRIES, {"newest": newest}).fetchone()
    return row


def overlaps(db: sqlite3.Connection) -> int:
    """Return how many entry rows begin before the one before them has ended."""
    return int(db.execute(_OVERLAPS).fetchone()[0])


def misplaced_incomplete(db: sqlite3.Connection) -> int:
    """Return how many incomplete sets there are that are not the newest."""
    query = """SELECT count(*) FROM backup_sets WHERE NOT is_complete
        AND number < (SELECT max(number) FROM backup_sets)"""
    return int(db.execute(query).fetchone()[0])


def lacking_contents(db: sqlite3.Connection) -> list[int]:
    """Return ids of contents that entry rows or deltas name and that have no row."""
    query = """SELECT DISTINCT content FROM entries WHERE content IS NOT NULL
            AND content NOT IN (SELECT id FROM contents)
        UNION SELECT basis FROM contents WHERE basis IS NOT NULL
            AND basis NOT IN (SELECT id FROM contents)"""
    return [row[0] for row in db.execute(query).fetchall()]


def broken_chains(db: sqlite3.Connection) -> list[int]:
    """Return ids of deltas from which no whole copy is reached as their rows say."""
    return [row[0] for row in db.execute(_BROKEN_CHAINS).fetchall()]


def leftovers(db: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows wait for something, by table; and unsettled entries by reason."""
    found = {}
    for table in ("doomed", "unlinked"):
        (found[table],) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    query = "SELECT count(*) FROM doomed WHERE pack IS NOT NULL"
    (packed,) = db.execute(query).fetchone()
    if packed:
        dead, live = dead_and_live(db)
        found["doomed"] -= packed * (dead <= DEAD_SHARE * live)  # so little stays in its packs
    if db.execute("SELECT 1 FROM backup_sets WHERE NOT is_complete").fetchone():
        found["unlinked"] = 0  # they wait for that set to be completed
    rows = db.execute("SELECT why, count(*) FROM unsettled GROUP BY why ORDER BY why")
    return found | {f"unsettled {why}": count for why, count in rows.fetchall()}


def stale_marks(db: sqlite3.Connection) -> int:
    """Return how many marks there are of names that are not there now."""
    query = f"""SELECT count(*) FROM unsettled WHERE name <> x'' AND NOT EXISTS (
        SELECT 1 FROM entries WHERE directory = unsettled.directory AND last_set = {OPEN}
            AND name = unsettled.name)"""
    return int(db.execute(query).fetchone()[0])


def unmarked_open(db: sqlite3.Connection) -> int:
    """Return how many names of today have a damaged content and would pass for unchanged."""
    query = f"""SELECT count(*) FROM contents JOIN entries ON content = contents.id
        WHERE is_damaged AND last_set = {OPEN} AND NOT EXISTS (SELECT 1 FROM unsettled
            WHERE unsettled.directory = entries.directory AND unsettled.name = entries.name)"""
    return int(db.execute(query).fetchone()[0])


def manifest_gaps(db: sqlite3.Connection) -> list[int]:
    """Return the sets whose groups or full manifests are not all told by a manifest.

    What lies before the newest full manifest is repeated in it, and may be gone.
    """
    query = """SELECT number, groups, ifnull((SELECT min(sequence) FROM manifests
            WHERE backup_set = number AND is_full), 0), (SELECT count(*) FROM manifests
            WHERE backup_set = number AND sequence >= ifnull((SELECT min(sequence)
                FROM manifests WHERE backup_set = number AND is_full), 0))
        FROM backup_sets WHERE number >=
            (SELECT ifnull(max(backup_set), 0) FROM manifests WHERE is_full)"""
    rows = db.execute(query).fetchall()
    return [number for number, groups, first, found in rows if found != groups - first]


def packs(db: sqlite3.Connection) -> list[tuple[int, str, int]]:
    """Return (number, what it holds, committed length) of all packs."""
    return db.execute("SELECT number, holds, length FROM packs ORDER BY number").fetchall()


def iter_packed(db: sqlite3.Connection, number: int) -> Iterator[Packed]:
    """Yield the contents that lie in pack *number*, by place."""
    query = """SELECT one.id, one.digest, one.size, one.stored, one.codec, one.place,
            below.digest, one.is_damaged
        FROM contents AS one LEFT JOIN contents AS below ON below.id = one.basis
        WHERE one.pack = ? ORDER BY one.place, one.id"""
    return db.execute(query, (number,))


def manifests_in(db: sqlite3.Connection, number: int) -> list[tuple[int, int, int, int, int]]:
    """Return (set, is full, sequence, place, stored) of the manifests in pack *number*."""
    query = """SELECT backup_set, is_full, sequence, place, stored FROM manifests
        WHERE pack = ? ORDER BY place"""
    return db.execute(query, (number,)).fetchall()


def manifest_files(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """Return (set, place, stored) of the manifests that are files."""
    query = "SELECT backup_set, place, stored FROM manifests WHERE pack IS NULL ORDER BY 1, 2"
    return db.execute(query).fetchall()


def iter_large(db: sqlite3.Connection) -> Iterator[tuple[StoredContent, bytes | None]]:
    """Yield (content, digest of its basis) of those with a file of their own, by digest."""
    columns = ", ".join(f"one.{name}" for name in CONTENT_COLUMNS.split(", "))
    query = f"""SELECT {columns}, below.digest
        FROM contents AS one LEFT JOIN contents AS below ON below.id = one.basis
        WHERE one.pack IS NULL ORDER BY one.digest"""
    return ((stored_content(row[:-1]), row[-1]) for row in db.execute(query))


def live_bytes(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """Return (number, bytes of records that are needed) of the packs that hold any."""
    query = f"""SELECT pack, sum(stored + {HEADER.size}) FROM (
            SELECT pack, stored FROM contents WHERE pack IS NOT NULL
            UNION ALL SELECT pack, stored FROM manifests WHERE pack IS NOT NULL)
        GROUP BY pack ORDER BY pack"""
    return db.execute(query).fetchall()


def large_bytes(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """Return (first byte of the digests, stored bytes) of contents with a file of their own."""
    found: dict[int, int] = {}
    for digest, stored in db.execute("SELECT digest, stored FROM contents WHERE pack IS NULL"):
        found[digest[0]] = found.get(digest[0], 0) + stored + HEADER.size
    return sorted(found.items())


def large_in(db: sqlite3.Connection, first: int) -> list[tuple[int, int, bytes, int]]:
    """Return (id, is damaged, digest, place) of those whose digest begins with a byte."""
    query = """SELECT id, is_damaged, digest, place FROM contents
        WHERE digest BETWEEN ? AND ? AND pack IS NULL ORDER BY digest"""
    return db.execute(query, (bytes([first]), bytes([first]) + b"\xff" * 32)).fetchall()


def doomed_places(db: sqlite3.Connection) -> set[tuple[bytes, int]]:
    """Return (digest, place) of the files that wait to be removed."""
    return set(db.execute("SELECT digest, place FROM doomed WHERE pack IS NULL").fetchall())


def count_contents(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return how many contents there are, their stored bytes, and how many are damaged."""
    row: tuple[int, int, int] = db.execute(
        "SELECT count(*), ifnull(sum(stored), 0), ifnull(sum(is_damaged <> 0), 0) FROM contents"
    ).fetchone()
    return row


def known_damaged(db: sqlite3.Connection) -> list[int]:
    """Return ids of the contents that are marked as damaged."""
    query = "SELECT id FROM contents WHERE is_damaged ORDER BY id"
    return [row[0] for row in db.execute(query).fetchall()]


def spread(db: sqlite3.Connection, ids: Iterable[int]) -> list[int]:
    """Return *ids*, and those of all contents that stand on them; `touched` is about these."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS hit (id INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM hit")
    db.executemany("INSERT OR IGNORE INTO hit VALUES (?)", [(one,) for one in ids])
    db.execute(_SPREAD)
    return [row[0] for row in db.execute("SELECT id FROM hit ORDER BY id").fetchall()]


def touched(db: sqlite3.Connection) -> Iterator[tuple[int, bytes, int, int]]:
    """Yield (directory, name, first set, last set) of rows whose content `spread` returned."""
    yield from db.execute(_TOUCHED)


def names_of_directory(db: sqlite3.Connection, directory: int) -> list[tuple[int, bytes, int, int]]:
    """Return (directory above, name, first set, last set) of what ever named a directory."""
    query = "SELECT directory, name, first_set, last_set FROM entries WHERE child = ?"
    return db.execute(query, (directory,)).fetchall()


def roots_at(db: sqlite3.Connection) -> dict[int, list[tuple[int, bytes, bytes | None]]]:
    """Return (set, path, name of a single file) of the roots, by directory."""
    found: dict[int, list[tuple[int, bytes, bytes | None]]] = {}
    for directory, number, path, name in db.execute(
        "SELECT directory, backup_set, path, name FROM roots ORDER BY backup_set"
    ):
        found.setdefault(directory, []).append((number, path, name))
    return found


def set_names(db: sqlite3.Connection) -> dict[int, str]:
    """Return the names of all sets by number."""
    return dict(db.execute("SELECT number, name FROM backup_sets ORDER BY number").fetchall())


def data_version(db: sqlite3.Connection) -> int:
    """Return a number that is another one once somebody else has written."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def _shape(db: sqlite3.Connection) -> dict[str, Sequence[Any]]:
    """Return the columns of every table and index, by its name."""
    query = """SELECT type, name FROM sqlite_master
        WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'"""
    found: dict[str, Sequence[Any]] = {}
    for kind, name in db.execute(query).fetchall():
        pragma = "table_info" if kind == "table" else "index_info"
        found[name] = [
            row[2 if kind == "index" else 1]
            for row in db.execute(f"PRAGMA {pragma}({name})").fetchall()
        ]
    return found
