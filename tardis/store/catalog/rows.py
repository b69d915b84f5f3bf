"""Which columns make which record, told once for all statements."""

from collections.abc import Sequence
from typing import Any, Final

from tardis.model import BackupSet, Entry, StoredContent

ENTRY_COLUMNS: Final = (
    "name, mode, uid, gid, size, mtime, mtime_ns, ctime, ctime_ns, filesystem, inode, nlink, "
    "rdev, child, content, target, first_set, last_set, capture, xattrs, mac"
)
CONTENT_COLUMNS: Final = (
    "id, digest, size, stored, codec, cipher, basis, chain, pack, place, is_damaged, has_holes"
)
SET_COLUMNS: Final = ", ".join(BackupSet._fields)
_FLAGS: Final = slice(
    BackupSet._fields.index("is_complete"), BackupSet._fields.index("is_locked") + 1
)

INDEXED: Final = 8
"""Bytes of a digest by which contents are indexed: two that begin alike are a rare chance."""

DIGEST_HEAD: Final = f"substr(digest, 1, {INDEXED})"


def same_digest(value: str, contents: str = "contents") -> str:
    """Return the SQL for: the digest of a row of *contents* is *value*; found by the index."""
    head = f"substr({contents}.digest, 1, {INDEXED}) = substr({value}, 1, {INDEXED})"
    return f"({head} AND {contents}.digest = {value})"


def entry(row: Sequence[Any]) -> Entry:
    """Return the entry of a row of `ENTRY_COLUMNS`."""
    return Entry(*row)


def stored_content(row: Sequence[Any]) -> StoredContent:
    """Return the content of a row of `CONTENT_COLUMNS`."""
    return StoredContent(*row)


def backup_set(row: Sequence[Any]) -> BackupSet:
    """Return the set of a row of `SET_COLUMNS`."""
    return BackupSet._make((*row[: _FLAGS.start], *map(bool, row[_FLAGS]), *row[_FLAGS.stop :]))
