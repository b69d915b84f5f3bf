"""The statements that take sets, rows and contents out of the catalog.

Open rows are never touched: they are what the next run compares with.
"""

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from tardis.crypto import MD5_SIZE
from tardis.model import DIGEST_SIZE, OPEN
from tardis.store.records import HEADER

from .rows import DIGEST_HEAD, INDEXED

PAGE: Final = 5_000
"""Rows that one transaction removes: what it changes is in memory until it is committed."""

DEAD_SHARE: Final = 0.1
"""Packs are rewritten until their dead bytes are at most this part of the live ones."""

_OUTDATED: Final = "outdated_manifests"
"""The setting that is there while manifests still tell of sets that were removed."""

_SMALL_CATALOG: Final = 32 << 20
_MANY_PAGES: Final = 10
"""In a catalog that small a transaction may remove as many pages of rows: a commit costs more
than they do."""

MANIFEST_SIZE: Final = 8
"""Bytes of what stands in place of a digest for a manifest that is a file."""

# Closed rows that no set shows, by key.
_DEAD_ROWS: Final = f"""
    SELECT directory, last_set, name FROM entries
    WHERE last_set < {OPEN} AND (directory, last_set, name) > (?, ?, ?)
        AND NOT EXISTS (SELECT 1 FROM backup_sets WHERE number BETWEEN first_set AND last_set)
    ORDER BY directory, last_set, name LIMIT ?"""

# Contents that no row names and no delta stands on.
_DEAD_CONTENTS: Final = """
    SELECT id, digest, pack, place, stored FROM contents AS one
    WHERE id > ? AND NOT EXISTS (SELECT 1 FROM entries WHERE content = one.id)
        AND NOT EXISTS (SELECT 1 FROM contents WHERE basis = one.id)
    ORDER BY id LIMIT ?"""

# Directories that nothing names any more.
_DEAD_DIRECTORIES: Final = f"""
    SELECT id FROM directories AS one
    WHERE id > ? AND NOT EXISTS (SELECT 1 FROM entries WHERE directory = one.id)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE child = one.id)
        AND NOT EXISTS (SELECT 1 FROM roots WHERE roots.directory = one.id)
    ORDER BY id LIMIT {PAGE}"""

# Directories that no row names and that are no root of any set, but hold rows.  Those of a
# run that was cut off may be found elsewhere by the next one.
_STRANDED: Final = f"""
    SELECT id FROM directories AS one
    WHERE id > ? AND NOT EXISTS (SELECT 1 FROM entries WHERE child = one.id)
        AND EXISTS (SELECT 1 FROM entries WHERE directory = one.id)
        AND NOT EXISTS (SELECT 1 FROM roots WHERE roots.directory = one.id)
        AND NOT EXISTS (SELECT 1 FROM unlinked WHERE unlinked.directory = one.id)
    ORDER BY id LIMIT {PAGE}"""

# Rows beside roots that are no directories, in directories that nobody names.
_BESIDE_ROOTS: Final = f"""
    SELECT directory, last_set, name FROM entries AS one
    WHERE directory IN (SELECT directory FROM roots WHERE name IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE child = one.directory)
        AND NOT EXISTS (SELECT 1 FROM roots WHERE roots.directory = one.directory
            AND (roots.name IS NULL OR roots.name = one.name))
    LIMIT {PAGE}"""

# Tells of a content *one* that something needs which stays.
_NEEDED: Final = f"""EXISTS (SELECT 1 FROM entries
        WHERE content = one.id AND (last_set = {OPEN} OR stays(first_set, last_set)))"""

# Bytes of contents that only the given sets need; what a needed delta stands on is needed.
_FREED: Final = f"""
    WITH RECURSIVE below (id) AS (
        SELECT basis FROM contents AS one WHERE basis IS NOT NULL AND {_NEEDED}
        UNION SELECT basis FROM below JOIN contents USING (id) WHERE basis IS NOT NULL)
    SELECT count(*), ifnull(sum(stored + {HEADER.size}), 0) FROM contents AS one
    WHERE NOT {_NEEDED} AND id NOT IN (SELECT id FROM below)"""


def delete_sets(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Delete the rows of sets; their roots and tags go with them, and manifests are out of date."""
    db.executemany("DELETE FROM backup_sets WHERE number = ?", [(one,) for one in numbers])
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, 1)", (_OUTDATED,))


def has_outdated_manifests(db: sqlite3.Connection) -> bool:
    """Tell whether manifests tell of sets that were removed since."""
    return db.execute("SELECT 1 FROM settings WHERE key = ?", (_OUTDATED,)).fetchone() is not None


def note_full_manifest(db: sqlite3.Connection) -> None:
    """Note that a full manifest tells what there is."""
    db.execute("DELETE FROM settings WHERE key = ?", (_OUTDATED,))


def freed_by(db: sqlite3.Connection, numbers: Iterable[int]) -> tuple[int, int]:
    """Return how many contents, and stored bytes, only the sets *numbers* need."""
    gone = set(numbers)
    known = db.execute("SELECT number FROM backup_sets ORDER BY number").fetchall()
    kept = [number for (number,) in known if number not in gone]

    def stays(first: int, last: int) -> bool:
        at = bisect_left(kept, first)
        return at < len(kept) and kept[at] <= last

    db.create_function("stays", 2, stays, deterministic=True)
    row: tuple[int, int] = db.execute(_FREED).fetchone()
    return row


def rows_at_once(db: sqlite3.Connection) -> int:
    """Return how many rows or contents one transaction may remove."""
    return PAGE if spare_bytes(db)[1] > _SMALL_CATALOG else PAGE * _MANY_PAGES


def dead_rows(
    db: sqlite3.Connection, after: tuple[int, int, bytes], most: int
) -> list[tuple[Any, ...]]:
    """Return at *most* so many (directory, last set, name) that no set shows, behind *after*."""
    return db.execute(_DEAD_ROWS, (*after, most)).fetchall()


def delete_rows(db: sqlite3.Connection, keys: Sequence[tuple[Any, ...]]) -> None:
    """Delete closed entry rows by key."""
    db.executemany("DELETE FROM entries WHERE directory = ? AND last_set = ? AND name = ?", keys)


def spare_bytes(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes of pages that the catalog does not need, and of all its pages."""
    (size,), (spare,), (pages,) = (
        db.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_size", "freelist_count", "page_count")
    )
    return size * spare, size * pages


def shrink(db: sqlite3.Connection) -> None:
    """Write the catalog anew without the pages that it does not need.

    Where there is no room for that it stays as it is.  Its pages go to the disk as they
    come: all of them in memory at once would be too much.
    """
    db.execute("PRAGMA cache_spill = ON")
    try:
        with suppress(sqlite3.OperationalError):
            db.execute("VACUUM")
    finally:
        db.execute("PRAGMA cache_spill = OFF")


def has_complete_set(db: sqlite3.Connection) -> bool:
    """Tell whether any complete set is left."""
    query = "SELECT EXISTS (SELECT 1 FROM backup_sets WHERE is_complete)"
    return bool(db.execute(query).fetchone()[0])


def stranded(db: sqlite3.Connection, after: int) -> list[tuple[int]]:
    """Return a page of ids of directories with rows that no set can reach, behind *after*."""
    return db.execute(_STRANDED, (after,)).fetchall()


def rows_in(db: sqlite3.Connection, directory: int) -> list[tuple[Any, ...]]:
    """Return a page of the keys of all rows of *directory*, closed or open."""
    query = f"SELECT directory, last_set, name FROM entries WHERE directory = ? LIMIT {PAGE}"
    return db.execute(query, (directory,)).fetchall()


def rows_beside_roots(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return a page of the keys of rows that lie beside roots of one name and no set shows."""
    return db.execute(_BESIDE_ROOTS).fetchall()


def dead_contents(db: sqlite3.Connection, after: int, most: int) -> list[tuple[Any, ...]]:
    """Return at *most* so many (id, digest, pack, place, stored) that nothing needs."""
    return db.execute(_DEAD_CONTENTS, (after, most)).fetchall()


def doom(db: sqlite3.Connection, contents: Sequence[tuple[Any, ...]]) -> None:
    """Delete contents, as `dead_contents` returns them, and list where they lie as doomed."""
    db.executemany(
        "INSERT INTO doomed (digest, pack, place, stored) VALUES (?, ?, ?, ?)",
        [one[1:] for one in contents],
    )
    db.executemany("DELETE FROM contents WHERE id = ?", [one[:1] for one in contents])


def dead_directories(db: sqlite3.Connection, after: int) -> list[tuple[int]]:
    """Return a page of ids of directories that nothing names, behind *after*."""
    return db.execute(_DEAD_DIRECTORIES, (after,)).fetchall()


def delete_directories(db: sqlite3.Connection, ids: Sequence[tuple[int]]) -> None:
    """Delete directories, and their fingerprints and marks with them."""
    db.executemany("DELETE FROM directories WHERE id = ?", ids)


def delete_stale(db: sqlite3.Connection) -> None:
    """Delete marks of names that are gone, and owners' names that no set shows."""
    db.execute(
        "DELETE FROM unsettled WHERE name <> x'' AND NOT EXISTS (SELECT 1 FROM entries WHERE"
        f" directory = unsettled.directory AND last_set = {OPEN} AND name = unsettled.name)"
    )
    db.execute(
        f"DELETE FROM owners WHERE last_set < {OPEN} AND NOT EXISTS"
        " (SELECT 1 FROM backup_sets WHERE backup_sets.number"
        " BETWEEN owners.first_set AND owners.last_set)"
    )


def doomed_files(db: sqlite3.Connection) -> list[tuple[int, bytes, int]]:
    """Return a page of (id, digest, place) of doomed files of their own."""
    query = f"SELECT id, digest, place FROM doomed WHERE pack IS NULL ORDER BY id LIMIT {PAGE}"
    return db.execute(query).fetchall()


def names_file(db: sqlite3.Connection, digest: bytes, place: int) -> bool:
    """Tell whether a content or manifest lies in the file of *digest* and *place*.

    A classic name is the MD5 alone: another content with it may have the name by now.
    """
    if len(digest) == MANIFEST_SIZE:
        query = "SELECT 1 FROM manifests WHERE backup_set = ? AND pack IS NULL AND place = ?"
        return db.execute(query, (int.from_bytes(digest, "big"), place)).fetchone() is not None
    low = high = digest
    if len(digest) > DIGEST_SIZE:
        low, high = digest[:MD5_SIZE], digest[:MD5_SIZE] + b"\xff" * DIGEST_SIZE
    query = f"""SELECT 1 FROM contents WHERE {DIGEST_HEAD} = substr(?1, 1, {INDEXED})
        AND digest BETWEEN ?1 AND ?2 AND pack IS NULL AND place = ?3"""
    return db.execute(query, (low, high, place)).fetchone() is not None


def forget_files(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Take files that are removed off the list."""
    db.executemany("DELETE FROM doomed WHERE id = ?", [(one,) for one in ids])


def packs(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """Return (number, committed length, bytes of live records) of every pack."""
    live: Counter[int] = Counter()
    for table in ("contents", "signatures", "manifests"):
        query = f"SELECT pack, sum(stored + {HEADER.size}) FROM {table} WHERE pack IS NOT NULL"
        live.update(dict(db.execute(f"{query} GROUP BY pack").fetchall()))
    rows = db.execute("SELECT number, length FROM packs ORDER BY number").fetchall()
    return [(number, length, live[number]) for number, length in rows]


def pack_holds(db: sqlite3.Connection, number: int) -> str:
    """Return what pack *number* is for."""
    (holds,) = db.execute("SELECT holds FROM packs WHERE number = ?", (number,)).fetchone()
    return str(holds)


def forget_packs(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Take packs that are removed out of the catalog, and their records off the list."""
    rows = [(one,) for one in numbers]
    db.executemany("DELETE FROM doomed WHERE pack = ?", rows)
    db.executemany("DELETE FROM packs WHERE number = ?", rows)


class PackedRow(NamedTuple):
    """Where a record should lie in a pack: of the content, or of its signature."""

    content: int
    digest: bytes
    place: int
    stored: int
    is_damaged: int = 0


def records_of(db: sqlite3.Connection, pack: int) -> list[PackedRow]:
    """Return the contents in *pack*, by place."""
    query = """SELECT id, digest, place, stored, is_damaged FROM contents
        WHERE pack = ? ORDER BY place"""
    return list(map(PackedRow._make, db.execute(query, (pack,))))


def move_contents(db: sqlite3.Connection, moves: Sequence[tuple[int | None, int, int]]) -> None:
    """Let contents lie elsewhere: (pack, place, id) of each; where they lay is doomed."""
    db.executemany(
        "INSERT INTO doomed (digest, pack, place, stored)"
        " SELECT digest, pack, place, stored FROM contents WHERE id = ?",
        [one[2:] for one in moves],
    )
    db.executemany("UPDATE contents SET pack = ?, place = ? WHERE id = ?", moves)


def move_file(db: sqlite3.Connection, content: int, place: int, stored: int) -> None:
    """Let a content lie in another file of its own, of *stored* bytes; the old one is doomed."""
    move_contents(db, [(None, place, content)])
    db.execute("UPDATE contents SET stored = ? WHERE id = ?", (stored, content))


def has_doomed(db: sqlite3.Connection, pack: int) -> bool:
    """Tell whether records that nothing names are known to lie in *pack*."""
    return db.execute("SELECT 1 FROM doomed WHERE pack = ?", (pack,)).fetchone() is not None


def add_packs(db: sqlite3.Connection, lengths: Iterable[tuple[int, int]]) -> None:
    """Note the committed lengths, (number, length), of packs of contents."""
    db.executemany(
        "INSERT INTO packs VALUES (?, 'contents', ?)"
        " ON CONFLICT (number) DO UPDATE SET length = excluded.length",
        list(lengths),
    )


def forget_manifests(db: sqlite3.Connection, number: int, sequence: int) -> None:
    """Delete all manifests but the full one of set *number* that begins at *sequence*.

    Those that are files are listed as doomed, under the set's number for a digest.
    """
    old = "NOT (backup_set = ? AND sequence >= ?)"
    files = f"SELECT backup_set, place, stored FROM manifests WHERE pack IS NULL AND {old}"
    rows = db.execute(files, (number, sequence)).fetchall()
    db.executemany(
        "INSERT INTO doomed (digest, pack, place, stored) VALUES (?, NULL, ?, ?)",
        [(one[0].to_bytes(MANIFEST_SIZE, "big"), *one[1:]) for one in rows],
    )
    db.execute(f"DELETE FROM manifests WHERE {old}", (number, sequence))
