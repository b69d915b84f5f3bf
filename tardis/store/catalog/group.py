"""One commit group: all that goes into the catalog in one transaction, gathered as rows.

While a group is gathered nothing is written to the catalog; once it is sealed nothing is
added to it.  `apply` writes exactly its rows.
"""

import sqlite3
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from tardis.model import OPEN

Row = tuple[Any, ...]

STATEMENTS: Final = (
    ("filesystems", "INSERT INTO filesystems VALUES (?, ?, ?, ?, ?)"),
    (
        "packs",
        "INSERT INTO packs VALUES (?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET length = excluded.length",
    ),
    ("identities", "UPDATE directories SET filesystem=?, inode=?, claim=? WHERE id = ?"),
    ("new_directories", "INSERT INTO directories VALUES (?, ?, ?, ?)"),
    (
        "contents",
        "INSERT INTO contents (id, digest, size, stored, codec, pack, place, added_set, has_holes,"
        " cipher) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    (
        "deltas",
        "INSERT INTO contents (id, digest, size, stored, codec, pack, place, added_set, basis,"
        " chain, cipher) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    (
        "moved_contents",
        "UPDATE contents SET size=?, stored=?, codec=?, basis=NULL, chain=0, pack=?, place=?,"
        " is_damaged=0 WHERE id = ?",
    ),
    ("signatures", "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?)"),
    ("doomed", "INSERT INTO doomed (digest, pack, place, stored) VALUES (?, ?, ?, ?)"),
    (
        "deleted",
        f"DELETE FROM entries WHERE directory = ? AND last_set = {OPEN} AND name = ?",
    ),
    (
        "closed",
        f"UPDATE entries SET last_set = ? WHERE directory = ? AND last_set = {OPEN} AND name = ?",
    ),
    (
        "opened",
        "INSERT INTO entries (directory, name, mode, uid, gid, size, mtime, mtime_ns, ctime,"
        " ctime_ns, filesystem, inode, nlink, rdev, child, content, target, first_set, capture,"
        " xattrs, last_set)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {OPEN})",
    ),
    (
        "proven",
        "INSERT INTO entries (directory, name, mode, uid, gid, size, mtime, mtime_ns, ctime,"
        " ctime_ns, filesystem, inode, nlink, rdev, child, content, target, first_set, capture,"
        " xattrs, mac, last_set)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {OPEN})",
    ),
    ("unlinked", "INSERT OR IGNORE INTO unlinked VALUES (?)"),
    ("linked", "DELETE FROM unlinked WHERE directory = ?"),
    (
        "voided",
        "DELETE FROM fingerprints WHERE directory = ?1"
        " AND (range_end IS NULL OR range_end > ?2) AND (?3 IS NULL OR range_start < ?3)",
    ),
    ("fingerprints", "INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?, ?, ?, ?)"),
    ("settled", "DELETE FROM unsettled WHERE directory = ? AND name = ?"),
    (
        "unsettled",
        "INSERT INTO unsettled VALUES (?, ?, ?, ?)"
        " ON CONFLICT (directory, name) DO UPDATE SET why = excluded.why",
    ),
    ("roots", "INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?, ?)"),
    ("manifests", "INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?, ?, ?)"),
    ("heads", "INSERT INTO heads VALUES (?, ?, ?, ?, ?, ?)"),
)
"""Attribute of `Group` and the statement for each of its rows, in the order of writing."""

_MANY: Final = ("contents", "opened", "proven")
_AT_ONCE: Final = 128
"""Rows of the tables above that one statement inserts.

The interpreter's lock is given up and asked for again with every statement: row by row,
an insert takes four times as long while another thread computes.
"""


@dataclass(slots=True)
class Group:
    """Rows that become true together; the attributes are named after what they do.

    Attributes:
        proven: Rows like those of `opened`, each with the code that proves it.
        lineages, owners: Only told in manifests; the catalog has them already.
        rows: How many entry and content rows it holds so far.
        size_bytes: Bytes written to packs and files for it so far, and held in memory for
            extended attributes.
        files: Large contents' files to flush, where each is flushed alone.
        folders: Directories whose names changed.
        journal: New contents, for the journal; see `journal.content_line`.
        counters: Columns of the set's row and what is to be added to them.
    """

    filesystems: list[Row] = field(default_factory=list)
    packs: list[Row] = field(default_factory=list)
    new_directories: list[Row] = field(default_factory=list)
    identities: list[Row] = field(default_factory=list)
    contents: list[Row] = field(default_factory=list)
    deltas: list[Row] = field(default_factory=list)
    moved_contents: list[Row] = field(default_factory=list)
    signatures: list[Row] = field(default_factory=list)
    doomed: list[Row] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    opened: list[Row] = field(default_factory=list)
    proven: list[Row] = field(default_factory=list)
    unlinked: list[Row] = field(default_factory=list)
    linked: list[Row] = field(default_factory=list)
    voided: list[Row] = field(default_factory=list)
    fingerprints: list[Row] = field(default_factory=list)
    settled: list[Row] = field(default_factory=list)
    unsettled: list[Row] = field(default_factory=list)
    roots: list[Row] = field(default_factory=list)
    manifests: list[Row] = field(default_factory=list)
    heads: list[Row] = field(default_factory=list)
    lineages: list[Row] = field(default_factory=list)
    owners: list[Row] = field(default_factory=list)
    digests: dict[int, bytes] = field(default_factory=dict)
    size_bytes: int = 0
    files: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    journal: list[Row] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Tell how many rows wait, of the tables that grow with the tree."""
        return (
            len(self.opened)
            + len(self.proven)
            + len(self.closed)
            + len(self.deleted)
            + len(self.contents)
            + len(self.deltas)
            + len(self.fingerprints)
            + len(self.settled)
        )

    @property
    def added(self) -> tuple[int, int, int]:
        """Tell the bytes and the number of the contents it adds, and the rows that it opens."""
        new = len(self.contents) + len(self.deltas)
        rows = len(self.opened) + len(self.proven) - len(self.deleted)
        return self.counters.get("stored_bytes", 0), new, rows

    @property
    def has_changes(self) -> bool:
        """Tell whether it changes what is known of entries and their contents."""
        changes = (self.opened, self.proven, self.closed, self.deleted, self.moved_contents)
        return any(changes)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not self.size_bytes and not any(getattr(self, name) for name, _ in STATEMENTS)

    def count(self, column: str, amount: int = 1) -> None:
        """Add *amount* to a counter of the set."""
        self.counters[column] = self.counters.get(column, 0) + amount


def apply(db: sqlite3.Connection, group: Group, number: int) -> None:
    """Write the rows of *group*, of set *number*, within the caller's transaction."""
    for name, statement in STATEMENTS:
        rows = getattr(group, name)
        if name in _MANY:
            rows = _insert_many(db, statement, rows)
        if rows:
            db.executemany(statement, rows)
    if group.counters:
        changes = ", ".join(f"{column} = {column} + ?" for column in group.counters)
        values = (*group.counters.values(), number)
        db.execute(f"UPDATE backup_sets SET {changes} WHERE number = ?", values)


def _insert_many(db: sqlite3.Connection, statement: str, rows: list[Row]) -> list[Row]:
    """Insert whole batches of *rows* at once; return those that are left."""
    whole = len(rows) - len(rows) % _AT_ONCE
    head, values = statement.split("VALUES ")
    large = f"{head}VALUES {', '.join([values] * _AT_ONCE)}"
    for start in range(0, whole, _AT_ONCE):
        db.execute(large, tuple(chain.from_iterable(rows[start : start + _AT_ONCE])))
    return rows[whole:]
