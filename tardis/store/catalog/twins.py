"""The statements about twins: what each content in clear becomes once its store is sealed.

They lie in a file beside the catalog, attached to it as ``twins``, until every content has
one.  Then one transaction seals all names and lets the rows of contents name their twins.  A
twin goes by the digest of its content, which means the same whatever happens to the store.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from tardis.crypto import Seals
from tardis.model import StoredContent

from . import encrypting, mending
from .rows import CONTENT_COLUMNS, stored_content

_PAGE: Final = 500
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS twins.contents (
        digest BLOB PRIMARY KEY, basis BLOB, name BLOB NOT NULL, stored INTEGER NOT NULL,
        codec INTEGER NOT NULL, pack INTEGER, place INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS twins.packs (number INTEGER PRIMARY KEY, length INTEGER) STRICT",
    "CREATE TABLE IF NOT EXISTS twins.kept (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS twins.owner (proof BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
)
_BASIS: Final = "(SELECT digest FROM main.contents AS below WHERE below.id = one.basis)"

# A content that stands on another one by now needs another twin.
_LACKS: Final = f"""NOT EXISTS (SELECT 1 FROM twins.contents AS twin
    WHERE twin.digest = one.digest AND twin.basis IS {_BASIS})"""
_COLUMNS: Final = ", ".join(f"one.{name}" for name in CONTENT_COLUMNS.split(", "))
_LARGE: Final = f"""SELECT {_COLUMNS} FROM main.contents AS one
    WHERE pack IS NULL AND basis IS NULL AND id > ? AND {_LACKS} ORDER BY id LIMIT {_PAGE}"""
_SMALL: Final = f"""SELECT {_COLUMNS} FROM main.contents AS one
    WHERE pack = ? AND basis IS NULL AND place > ? AND {_LACKS} ORDER BY place LIMIT {_PAGE}"""
_DELTAS: Final = f"""SELECT {_COLUMNS} FROM main.contents AS one
    WHERE basis IS NOT NULL AND chain = ? AND id > ? AND {_LACKS} ORDER BY id LIMIT {_PAGE}"""

_SWITCHED: Final = f"""CREATE TEMP TABLE switched AS
    SELECT twin.name, ifnull(twin.stored, 0) AS stored, ifnull(twin.codec, 0) AS codec, twin.pack,
        ifnull(twin.place, 0) AS place, twin.name IS NULL AS is_damaged, one.id AS id
    FROM main.contents AS one LEFT JOIN twins.contents AS twin
        ON twin.digest = one.digest AND twin.basis IS {_BASIS}
    ORDER BY one.id"""
_NEXT: Final = f"SELECT *, rowid FROM temp.switched WHERE rowid > ? ORDER BY rowid LIMIT {_PAGE}"
_SWITCH: Final = """UPDATE main.contents SET digest = ifnull(?, randomblob(32)), stored = ?,
    codec = ?, pack = ?, place = ?, is_damaged = ?, cipher = 1 WHERE id = ?"""


class Twin(NamedTuple):
    """A content as it will be.

    Attributes:
        digest: Of the content in clear.
        basis: Digest of what that stands on, None for a whole one.
        name: What it is called once the store is sealed.
        stored: Bytes in the store, without the record's header.
        codec: Number of the compression.
        pack: Number of its pack, None for a file of its own.
        place: Offset in the pack, or the n of its file's name.
    """

    digest: bytes
    basis: bytes | None
    name: bytes
    stored: int
    codec: int
    pack: int | None
    place: int


def attach(db: sqlite3.Connection, path: str) -> None:
    """Attach the file of twins, made if need be; outside of transactions only."""
    db.execute("ATTACH DATABASE ? AS twins", (f"file:{quote(path)}?mode=rwc",))
    db.execute("PRAGMA twins.journal_mode = TRUNCATE")
    db.execute("PRAGMA twins.synchronous = FULL")


def begin(db: sqlite3.Connection, proof: bytes) -> None:
    """Go on with the twins that are there, if they were sealed with the keys of *proof*.

    Twins in packs whose numbers the store has given to others since are forgotten.
    """
    for statement in _TABLES:
        db.execute(statement)
    if db.execute("SELECT proof FROM twins.owner").fetchall() != [(proof,)]:
        for table in ("contents", "packs", "kept", "owner"):
            db.execute(f"DELETE FROM twins.{table}")
        db.execute("INSERT INTO twins.owner VALUES (?)", (proof,))
    lost = "IN (SELECT number FROM main.packs)"
    db.execute(f"DELETE FROM twins.contents WHERE pack {lost}")
    db.execute(f"DELETE FROM twins.packs WHERE number {lost}")


def iter_waiting(db: sqlite3.Connection) -> Iterator[list[StoredContent]]:
    """Yield pages of the contents without a twin: those in files of their own, then pack by
    pack, then deltas, none before what it stands on."""
    yield from _pages(db, _LARGE)
    packs = "SELECT DISTINCT pack FROM main.contents WHERE pack IS NOT NULL ORDER BY pack"
    for (number,) in db.execute(packs).fetchall():
        yield from _pages(db, _SMALL, number, key="place", first=-1)
    chains = "SELECT DISTINCT chain FROM main.contents WHERE basis IS NOT NULL ORDER BY chain"
    for (length,) in db.execute(chains).fetchall():
        yield from _pages(db, _DELTAS, length)


def _pages(
    db: sqlite3.Connection, query: str, *values: int, key: str = "id", first: int = 0
) -> Iterator[list[StoredContent]]:
    last = first
    while rows := db.execute(query, (*values, last)).fetchall():
        page = list(map(stored_content, rows))
        last = getattr(page[-1], key)
        yield page


def names_below(db: sqlite3.Connection, content: StoredContent) -> tuple[bytes, bytes] | None:
    """Return what a delta stands on, by digest and by the name of its twin; None without twin."""
    query = """SELECT digest, name FROM twins.contents
        WHERE digest = (SELECT digest FROM main.contents WHERE id = ?)"""
    row: tuple[bytes, bytes] | None = db.execute(query, (content.basis,)).fetchone()
    return row


def keep(db: sqlite3.Connection, twins: Sequence[Twin], lengths: Iterable[tuple[int, int]]) -> None:
    """Note twins that are durable, and (number, length) of their packs."""
    db.executemany("INSERT OR REPLACE INTO twins.packs VALUES (?, ?)", list(lengths))
    db.executemany("INSERT OR REPLACE INTO twins.contents VALUES (?, ?, ?, ?, ?, ?, ?)", twins)


def drop(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Forget the twins of contents."""
    query = """DELETE FROM twins.contents
        WHERE digest = (SELECT digest FROM main.contents WHERE id = ?)"""
    db.executemany(query, [(one,) for one in ids])


def count_waiting(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return how many contents have no twin, their stored bytes, and how many are damaged."""
    query = f"""SELECT count(*), ifnull(sum(stored), 0), ifnull(sum(is_damaged), 0)
        FROM main.contents AS one WHERE {_LACKS}"""
    row: tuple[int, int, int] = db.execute(query).fetchone()
    return row


def without(db: sqlite3.Connection) -> list[StoredContent]:
    """Return the contents without a twin, once all that can be read have one."""
    query = f"SELECT {_COLUMNS} FROM main.contents AS one WHERE {_LACKS} ORDER BY id"
    return [stored_content(row) for row in db.execute(query).fetchall()]


def sealed_page(db: sqlite3.Connection, after: int) -> list[StoredContent]:
    """Return a page of the contents of a sealed catalog that are not damaged, behind *after*."""
    query = f"""SELECT {_COLUMNS} FROM main.contents AS one
        WHERE id > ? AND NOT is_damaged ORDER BY id LIMIT {_PAGE}"""
    return [stored_content(row) for row in db.execute(query, (after,)).fetchall()]


def unswitched(db: sqlite3.Connection) -> tuple[list[int], list[tuple[bytes, int]]]:
    """Return packs of twins, and (name, n of the file's name) of those that are files."""
    for statement in _TABLES:
        db.execute(statement)  # the file may have been made, and nothing more
    packs = """SELECT number FROM twins.packs
        WHERE number NOT IN (SELECT number FROM main.packs)"""
    files = "SELECT name, place FROM twins.contents WHERE pack IS NULL"
    return [number for (number,) in db.execute(packs)], db.execute(files).fetchall()


def note_kept(db: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Note files that hold damaged contents, which are to be put aside and not removed."""
    db.executemany("INSERT OR IGNORE INTO twins.kept VALUES (?)", [(one,) for one in paths])


def kept(db: sqlite3.Connection) -> set[str]:
    """Return the paths that `note_kept` was told."""
    return {path for (path,) in db.execute("SELECT path FROM twins.kept").fetchall()}


def switch(db: sqlite3.Connection, seals: Seals) -> None:
    """Seal all that the catalog says, and let contents be their twins, in the caller's transaction.

    What has no twin is damaged from now on, and lies nowhere.  No pack is left but those of
    twins, and no manifest.
    """
    encrypting.seal_names(db, seals)
    db.execute(
        "INSERT INTO main.packs SELECT number, 'contents', length FROM twins.packs"
        " WHERE number IN (SELECT pack FROM twins.contents)"
    )
    db.execute("DELETE FROM main.signatures")
    db.execute("DELETE FROM main.manifests")
    db.execute("DROP TABLE IF EXISTS temp.switched")
    db.execute(_SWITCHED)  # all of it before the first row has changed
    last = 0
    while rows := db.execute(_NEXT, (last,)).fetchall():
        last = rows[-1][-1]
        db.executemany(_SWITCH, [row[:-1] for row in rows])
    db.execute("UPDATE main.contents SET basis = NULL, chain = 0 WHERE is_damaged")
    db.execute("DELETE FROM main.packs WHERE number NOT IN (SELECT number FROM twins.packs)")
    db.execute("DELETE FROM main.doomed")
    encrypting.prove_entries(db, seals)
    mending.unsettle_damaged(db)
    encrypting.note_begun(db)
