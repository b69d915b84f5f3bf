"""The questions about deltas: what a new one may stand on, and what old ones stand on."""

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from tardis.model import BUNDLED, OPEN
from tardis.store.records import HEADER
from tardis.streams import pack, unpack

_PAGE: Final = 1_000

# Contents that are needed, as deltas of what is not; parts of bundles apart.
_ON_DEAD: Final = f"""
    SELECT one.id FROM contents AS one
    WHERE one.basis IS NOT NULL AND one.id > ? AND one.size > {BUNDLED} AND NOT one.is_damaged
        AND EXISTS (SELECT 1 FROM entries WHERE content = one.id)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE content = one.basis)
    ORDER BY one.id LIMIT {_PAGE}"""

# Bundles of which less than half is needed, and what is.
_IN_SPARSE: Final = f"""
    SELECT one.id FROM contents AS one
    WHERE NOT one.is_damaged AND one.size <= {BUNDLED} AND one.basis IN (
        SELECT whole.id FROM contents AS part JOIN contents AS whole ON whole.id = part.basis
        WHERE part.basis IS NOT NULL AND part.size <= {BUNDLED} AND NOT whole.cipher
        GROUP BY whole.id HAVING 2 * sum(part.size) < whole.size)
    ORDER BY one.id"""

# What a content is, whether an entry names it, and whether one delta at the most stands on it.
_LINK: Final = """
    SELECT basis, size, stored, cipher,
        EXISTS (SELECT 1 FROM entries WHERE content = one.id),
        (SELECT count(*) FROM (SELECT 1 FROM contents WHERE basis = one.id LIMIT 2)) < 2
    FROM contents AS one WHERE id = ?"""


# What a file of some size was in the last set, wherever that was, if it had this name.
_MOVED = """
    SELECT content FROM entries
    WHERE inode = ? AND content IS NOT NULL AND size >= 65536
        AND filesystem = ? AND name = ? AND last_set >= ?
    ORDER BY last_set DESC LIMIT 1"""


_REFRESH: Final = "refresh"
"""Key of the setting that lists the contents which the client is to send whole."""

_IS_OPEN: Final = f"SELECT 1 FROM entries WHERE content = ? AND last_set = {OPEN} LIMIT 1"
_UNSETTLE: Final = f"""
    INSERT INTO unsettled
    SELECT directory, name, 'chain', (SELECT ifnull(max(number), 0) FROM backup_sets)
    FROM entries WHERE content = ? AND last_set = {OPEN}
    ON CONFLICT (directory, name) DO NOTHING"""
_VOID: Final = f"""
    DELETE FROM fingerprints WHERE directory IN
        (SELECT directory FROM entries WHERE content = ? AND last_set = {OPEN})"""


class Weights(NamedTuple):
    """What taking a content off its chain would cost, and save.

    Attributes:
        whole: Bytes it would take whole, if it shrinks like the whole copy it stands on.
        dead: Bytes of its delta and of the bases that are there for it alone.
        is_sealed: Something of the chain cannot be read without a key.
    """

    whole: int
    dead: int
    is_sealed: bool


def standing_on_dead(db: sqlite3.Connection, after: int) -> list[int]:
    """Return a page of needed contents whose basis no entry names, behind *after*."""
    return [row[0] for row in db.execute(_ON_DEAD, (after,)).fetchall()]


def in_sparse_bundles(db: sqlite3.Connection) -> list[int]:
    """Return the contents whose bundles nobody needs the better half of; not of sealed ones."""
    return [row[0] for row in db.execute(_IN_SPARSE).fetchall()]


def weights(db: sqlite3.Connection, content: int) -> Weights:
    """Return what is to be weighed for a content that is there, and stands on another."""
    basis, size, stored, cipher, *_ = db.execute(_LINK, (content,)).fetchone()
    dead, is_sealed, is_own = stored + HEADER.size, bool(cipher), True
    below_size = below_stored = 0
    seen = {content}
    while basis is not None and basis not in seen:
        seen.add(basis)
        row = db.execute(_LINK, (basis,)).fetchone()
        basis, below_size, below_stored, cipher, is_named, is_alone = row
        is_own = is_own and is_alone and not is_named
        is_sealed = is_sealed or bool(cipher)
        dead += below_stored + HEADER.size if is_own else 0
    whole = size * below_stored // below_size if below_size else size
    return Weights(whole, dead, is_sealed)


def note_refresh(db: sqlite3.Connection, contents: Sequence[int]) -> int:
    """Let the next run look at what names *contents* today; return how many of these there are.

    Within the caller's transaction.  What is noted replaces what was before.
    """
    noted = [one for one in contents if db.execute(_IS_OPEN, (one,)).fetchone()]
    for one in noted:
        db.execute(_UNSETTLE, (one,))
        db.execute(_VOID, (one,))
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_REFRESH, pack(noted)))
    return len(noted)


def noted_refresh(db: sqlite3.Connection) -> list[int]:
    """Return the noted contents that are deltas still."""
    query = "SELECT value FROM settings WHERE key = ?"
    row: tuple[bytes] | None = db.execute(query, (_REFRESH,)).fetchone()
    if row is None:
        return []
    is_delta = "SELECT 1 FROM contents WHERE id = ? AND basis IS NOT NULL"
    return [int(one) for one in unpack(row[0]) if db.execute(is_delta, (one,)).fetchone()]


def has_damage(db: sqlite3.Connection) -> bool:
    """Tell whether any content is marked as damaged; looks at all."""
    query = "SELECT EXISTS (SELECT 1 FROM contents WHERE is_damaged)"
    return bool(db.execute(query).fetchone()[0])


def content_moved(
    db: sqlite3.Connection, name: bytes, identity: tuple[int, int], number: int
) -> int | None:
    """Return what a file of at least 64 KiB held in the set before *number*, or holds now.

    Args:
        db: The catalog.
        name: Of the file, then and now.
        identity: Its (file system, inode).
        number: Of the set that is written.
    """
    filesystem, inode = identity
    row = db.execute(_MOVED, (inode, filesystem, name, number - 1)).fetchone()
    return None if row is None else int(row[0])
