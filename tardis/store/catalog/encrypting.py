"""The statements that seal what a catalog was kept in clear with, and that move its contents.

Names are sealed in one transaction, all or none.  From then on the keys that are staged beside
the keys file rule, until they have taken its place: the note here tells which is true.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

from tardis.crypto import EntryFacts, Head, Seals
from tardis.model import OPEN, Entry, StoredContent
from tardis.protocol import listing

from .connection import Connection, connect_reader
from .reading import pack_ancestors, unpack_ancestors
from .rows import same_digest

_SEALING: Final = "sealing"
_PAGE: Final = 200
_COLUMNS: Final = (
    "id, digest, size, stored, codec, cipher, basis, chain, pack, place, is_damaged, has_holes"
)

# A whole content in clear and all deltas that stand on it, what they stand on first.
_FAMILY: Final = f"""
    WITH RECURSIVE family (id, depth) AS (
        SELECT ?, 0
        UNION ALL SELECT contents.id, depth + 1 FROM contents JOIN family ON basis = family.id)
    SELECT {_COLUMNS} FROM contents JOIN family USING (id) ORDER BY depth, id"""

_NAMES: Final = (
    """UPDATE entries SET name = sealed_name(name),
        target = sealed_value('target', target, name),
        xattrs = sealed_value('xattrs', xattrs, name)""",
    """UPDATE roots SET path = sealed_path(path), name = sealed_name(name),
        ancestors = sealed_ancestors(ancestors)""",
    "UPDATE unsettled SET name = sealed_name(name)",
    "UPDATE owners SET name = sealed_value('owner', name, x'')",
    "UPDATE filesystems SET key = sealed_value('filesystem', key, x'')",
    """UPDATE backup_sets SET command_line = sealed_value('command line', command_line, x''),
        client_config = sealed_value('config', client_config, x'')""",
    "UPDATE lineages SET key = sealed_lineage(key)",
    "DELETE FROM fingerprints",  # they are keyed by what anybody can read
)


_RESTORED: Final = ("mode", "uid", "gid", "size", "mtime", "mtime_ns", "rdev")
_BARE: Final = Entry(b"", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None, 0, 0)


class Moved(NamedTuple):
    """A content that was sealed.

    Attributes:
        id: Of its row.
        digest: By which it is called now.
        stored: Bytes of its file.
        place: The n of its name.
    """

    id: int
    digest: bytes
    stored: int
    place: int


def is_begun(db: Connection) -> bool:
    """Tell whether names are sealed and the keys file may not say so yet."""
    return db.execute("SELECT 1 FROM settings WHERE key = ?", (_SEALING,)).fetchone() is not None


def is_begun_in(path: str) -> bool:
    """Tell the same of the catalog *path*."""
    with closing(connect_reader(path)) as db:
        return is_begun(db)


def note_begun(db: Connection) -> None:
    """Note that names are sealed."""
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, 1)", (_SEALING,))


def note_keys(db: Connection) -> None:
    """Take that note away: the keys file says so."""
    db.execute("DELETE FROM settings WHERE key = ?", (_SEALING,))


def add_head(db: Connection, head: Head) -> None:
    """Note what is signed of a set without a sum, within the caller's transaction."""
    db.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?, x'')", head)


def seal_names(db: Connection, seals: Seals) -> None:
    """Seal all that names anything, within the caller's transaction."""
    names = seals.names

    def ancestors(packed: bytes) -> bytes:
        return pack_ancestors(
            one._replace(
                name=names.seal(one.name) if one.name else one.name,
                xattrs=names.seal_value(one.xattrs, b"xattrs", one.name),
            )
            for one in unpack_ancestors(packed)
        )

    def value(what: str, plain: bytes | None, name: bytes) -> bytes | None:
        if plain is None:
            return None
        seal = names.seal_text if what == "target" else names.seal_value
        return seal(plain, what.encode(), name)

    functions: dict[str, tuple[int, Callable[..., bytes | None]]] = {
        "sealed_name": (1, lambda name: names.seal(name) if name else name),
        "sealed_path": (1, names.seal_path),
        "sealed_ancestors": (1, ancestors),
        "sealed_value": (3, value),
        "sealed_lineage": (1, seals.lineage),
    }
    for name, (count, function) in functions.items():
        db.create_function(name, count, function, deterministic=True)
    for statement in _NAMES:
        db.execute(statement)


def prove_entries(db: Connection, seals: Seals) -> None:
    """Give every row of a modern catalog that is sealed by now its code, as a client would have."""
    names, signer = seals.names, seals.entries

    def code(first_set: int, digest: bytes | None, *row: Any) -> bytes | None:
        *facts, name, target, xattrs = row
        if signer is None:
            return None
        plain = names.open(name)
        packed = listing.restored_of(_BARE._replace(**dict(zip(_RESTORED, facts, strict=True))))
        target = b"" if target is None else names.open_text(target, b"target", plain)
        xattrs = b"" if xattrs is None else names.open_value(xattrs, b"xattrs", plain)
        return signer.sign(first_set, EntryFacts(packed, plain, xattrs, target), digest or b"")

    db.create_function("entry_code", -1, code, deterministic=True)
    db.execute(
        f"""UPDATE entries SET mac = entry_code(first_set,
            (SELECT digest FROM contents WHERE id = content),
            {", ".join(_RESTORED)}, name, target, xattrs)"""
    )


def heads(db: Connection, after: int) -> list[int]:
    """Return a page of ids of whole contents in clear that can be read, behind *after*."""
    query = f"""SELECT id FROM contents
        WHERE id > ? AND NOT cipher AND basis IS NULL AND NOT is_damaged
        ORDER BY id LIMIT {_PAGE}"""
    return [number for (number,) in db.execute(query, (after,)).fetchall()]


def family(db: Connection, head: int) -> list[StoredContent]:
    """Return a whole content and all deltas that stand on it, each behind its basis."""
    return [StoredContent._make(row) for row in db.execute(_FAMILY, (head,)).fetchall()]


def count_clear(db: Connection) -> tuple[int, int, int]:
    """Return how many contents are in clear, their stored bytes, and how many are damaged."""
    query = """SELECT count(*), ifnull(sum(stored), 0), ifnull(sum(is_damaged), 0)
        FROM contents WHERE NOT cipher"""
    row: tuple[int, int, int] = db.execute(query).fetchone()
    return row


def unsigned(db: Connection, after: int, least: int) -> list[StoredContent]:
    """Return a page of sealed contents of more than *least* bytes that files have today.

    Those whose signature the catalog has are left out: a modern one.
    """
    query = f"""SELECT {_COLUMNS} FROM contents AS one
        WHERE id > ? AND cipher AND NOT is_damaged AND NOT has_holes AND size > ? AND EXISTS (
            SELECT 1 FROM entries WHERE content = one.id AND last_set = {OPEN})
            AND NOT EXISTS (SELECT 1 FROM signatures WHERE content = one.id)
        ORDER BY id LIMIT {_PAGE}"""
    return [StoredContent._make(row) for row in db.execute(query, (after, least)).fetchall()]


def iter_sealed(db: Connection, after: int) -> list[tuple[StoredContent, bytes | None]]:
    """Return a page of (content, digest of its basis) of those that are sealed."""
    query = f"""SELECT {_COLUMNS}, (SELECT digest FROM contents AS below WHERE below.id = one.basis)
        FROM contents AS one WHERE id > ? AND cipher AND NOT is_damaged ORDER BY id LIMIT {_PAGE}"""
    rows = db.execute(query, (after,)).fetchall()
    return [(StoredContent._make(row[:-1]), row[-1]) for row in rows]


def move(db: Connection, moved: Sequence[Moved]) -> int:
    """Let rows say where contents lie now; what lay in clear is doomed.

    A run since then may have brought a content anew, under the digest that it gets now: then
    there is one of both.

    Returns:
        How many there were already.
    """
    merged = 0
    for one in moved:
        db.execute(
            "INSERT INTO doomed (digest, pack, place, stored)"
            " SELECT digest, pack, place, stored FROM contents WHERE id = ?",
            (one.id,),
        )
        row: tuple[Any, ...] | None
        query = f"SELECT id FROM contents WHERE {same_digest('?1')}"
        row = db.execute(query, (one.digest,)).fetchone()
        if row is None:
            values = (one.digest, one.stored, one.place, one.id)
            query = "UPDATE contents SET cipher = 1, digest = ?, stored = ?, place = ? WHERE id = ?"
            db.execute(query, values)
            continue
        merged += 1
        ids = (row[0], one.id)
        db.execute("UPDATE entries SET content = ? WHERE content = ?", ids)
        db.execute("UPDATE contents SET basis = ? WHERE basis = ?", ids)
        db.execute("DELETE FROM contents WHERE id = ?", (one.id,))
        query = "INSERT INTO doomed (digest, pack, place, stored) VALUES (?, NULL, ?, ?)"
        db.execute(query, (one.digest, one.place, one.stored))
    return merged
