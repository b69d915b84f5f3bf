"""The statements that take a path out of all history, and what is noted until it is gone.

A path stands for what lay there in any set.  A directory that was elsewhere at other times
keeps what it held then: rows are cut where they reach into sets that are not meant.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from tardis.model import BUNDLED, OPEN, Entry
from tardis.streams import pack, unpack

from .connection import Connection
from .epochs import new_epoch
from .rows import ENTRY_COLUMNS, entry, same_digest

_PAGE: Final = 5000
_PENDING: Final = "forgetting"
_UNSIGNED: Final = "resigning"
_FORGOTTEN: Final = "id IN (SELECT content FROM temp.gone)"

_ROWS: Final = f"""
    SELECT last_set, name, first_set, child, content FROM entries
    WHERE directory = ?1 AND last_set >= ?3 AND first_set <= ?4 AND (?2 IS NULL OR name = ?2)
    LIMIT {_PAGE}"""

# Contents that a removed row named and no row names any more.
_GONE: Final = """
    SELECT id, digest, size, stored FROM contents JOIN temp.gone ON content = id
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE content = id)"""


Prove = Callable[[Entry, int], bytes | None]
"""A row that was cut, and the set that it began with before, to its code; None: it had none."""


class Span(NamedTuple):
    """What is meant: a name in a directory, or all of it, in the sets from *first* to *last*."""

    directory: int
    name: bytes | None
    first: int
    last: int


def spans_of(db: Connection, path: bytes) -> tuple[list[Span], list[tuple[int, bytes]]]:
    """Return where *path* lies in any set, and the roots, (set, path), that lie at or below it."""
    spans, inside = set[Span](), list[tuple[int, bytes]]()
    for number, root, name, directory, first, last in _roots(db):
        if root == path or root.startswith(path + b"/"):
            spans.add(Span(directory, name, first, last))
            inside.append((number, root))
        elif name is None and path.startswith(root.rstrip(b"/") + b"/"):
            rest = path[len(root.rstrip(b"/")) + 1 :].split(b"/")
            spans |= _below(db, Span(directory, None, first, last), rest)
    return sorted(spans, key=lambda one: (one.directory, one.first)), inside


def remove(
    db: Connection,
    spans: Iterable[Span],
    roots: Sequence[tuple[int, bytes]],
    prove: Prove | None = None,
) -> int:
    """Take rows and roots out, with all that is below them; return how many rows.

    Contents that they named are noted for `forgotten`.

    Args:
        db: The catalog.
        spans: Where.
        roots: (set, path) of each.
        prove: Makes the codes of rows that begin later now.
    """
    db.execute("CREATE TEMP TABLE IF NOT EXISTS gone (content INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.gone")
    db.executemany("DELETE FROM roots WHERE backup_set = ? AND path = ?", roots)
    columns = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
    waiting, count = list(spans), 0
    while waiting:
        span = waiting.pop()
        while rows := db.execute(_ROWS, span).fetchall():
            for last, name, first, child, content in rows:
                _cut(db, columns, span, (last, name, first))
                if prove is not None and last > span.last:
                    _prove_again(db, (span.directory, span.last + 1, name), first, prove)
                if content is not None:
                    db.execute("INSERT OR IGNORE INTO temp.gone VALUES (?)", (content,))
                if child is not None:
                    waiting.append(_whole_or_part(db, child, span, (first, last)))
            count += len(rows)
    return count


def forgotten(db: Connection) -> list[tuple[int, bytes, int, int]]:
    """Return (id, digest, plain size, stored) of the contents that nothing names any more."""
    return db.execute(_GONE).fetchall()


def count_shared(db: Connection) -> int:
    """Return how many contents of removed rows other rows name as well."""
    query = "SELECT count(*) FROM temp.gone WHERE EXISTS (SELECT 1 FROM entries WHERE"
    (count,) = db.execute(f"{query} entries.content = gone.content)").fetchone()
    return int(count)


def redact(db: Connection, texts: Sequence[bytes]) -> None:
    """Empty what sets and lineages say of themselves where any of *texts* stands in it."""
    for text in texts:
        for column in ("command_line", "client_config"):
            db.execute(f"UPDATE backup_sets SET {column} = x'' WHERE instr({column}, ?)", (text,))
        db.execute(
            "UPDATE lineages SET key = CAST('forgotten-' || id AS BLOB), label = ''"
            " WHERE instr(key, ?1) OR instr(CAST(label AS BLOB), ?1)",
            (text,),
        )


def put_heads(db: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Note what is signed of sets anew, rows of ``heads``; others tell no sum any more."""
    db.execute(
        "UPDATE heads SET total = x'' WHERE backup_set NOT IN (SELECT number FROM backup_sets)"
    )
    for row in rows:
        db.execute("UPDATE heads SET total = x'' WHERE backup_set = ?", (row[1],))
        db.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?, ?)", row)
    db.execute("DELETE FROM settings WHERE key = ?", (_UNSIGNED,))


def unsigned(db: Connection) -> bytes:
    """Return what `note_unsigned` was told last, empty once that was signed anew."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (_UNSIGNED,)).fetchone()
    return bytes(row[0]) if row else b""


def note_unsigned(db: Connection, note: bytes) -> None:
    """Note, until `put_heads`, what tells which sets are to be signed anew."""
    if note:
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_UNSIGNED, note))


def void_fingerprints(db: Connection) -> None:
    """Let every directory be listed anew by the next run."""
    db.execute("DELETE FROM fingerprints")
    new_epoch(db)


def pending(db: Connection) -> set[bytes]:
    """Return the digests of contents that are still to be removed from packs and files."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (_PENDING,)).fetchone()
    return set(unpack(row[0])) if row else set()


def is_pending(db: Connection) -> bool:
    """Tell whether an earlier call has not come to its end."""
    query = "SELECT 1 FROM settings WHERE key = ?"
    return db.execute(query, (_PENDING,)).fetchone() is not None


def note_pending(db: Connection, digests: Iterable[bytes]) -> None:
    """Note contents that are to be removed, beside those that are noted already."""
    value = pack(sorted(pending(db) | set(digests)))
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_PENDING, value))


def end_pending(db: Connection) -> None:
    """Take that note away."""
    db.execute("DELETE FROM settings WHERE key = ?", (_PENDING,))


def standing_on(db: Connection, digests: Iterable[bytes]) -> list[int]:
    """Return the ids of deltas on *digests* that are to stay themselves."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS gone (content INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.gone")
    db.executemany(
        f"INSERT OR IGNORE INTO temp.gone SELECT id FROM contents WHERE {same_digest('?1')}",
        [(one,) for one in digests],
    )
    query = f"""SELECT id FROM contents WHERE basis IN (SELECT content FROM temp.gone)
        AND NOT {_FORGOTTEN} ORDER BY id"""
    return [number for (number,) in db.execute(query).fetchall()]


def bundles(db: Connection, contents: Iterable[int]) -> list[bytes]:
    """Return the digests of the bundles that hold one of *contents*, or what no row tells of."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS inside (content INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM temp.inside")
    db.executemany("INSERT INTO temp.inside VALUES (?)", [(one,) for one in contents])
    query = f"""SELECT whole.digest FROM contents AS part JOIN contents AS whole
        ON whole.id = part.basis WHERE part.basis IS NOT NULL AND part.size <= {BUNDLED}
        GROUP BY whole.id HAVING sum(part.size) < whole.size
            OR max(part.id IN (SELECT content FROM temp.inside))"""
    return [digest for (digest,) in db.execute(query).fetchall()]


def is_sealed(db: Connection, content: int) -> bool:
    """Tell whether a content cannot be read without a key."""
    (cipher,) = db.execute("SELECT cipher FROM contents WHERE id = ?", (content,)).fetchone()
    return bool(cipher)


def lose(db: Connection, content: int) -> None:
    """Let a content that cannot be read be damaged, and lie nowhere; where it lay is doomed."""
    db.execute(
        "INSERT INTO doomed (digest, pack, place, stored)"
        " SELECT digest, pack, place, stored FROM contents WHERE id = ?",
        (content,),
    )
    db.execute(
        "UPDATE contents SET is_damaged = 1, basis = NULL, chain = 0, pack = NULL, place = 0"
        " WHERE id = ?",
        (content,),
    )


def figures(db: Connection, number: int) -> tuple[int, ...] | None:
    """Return what set *number* says that it added."""
    query = "SELECT new_files, new_bytes, stored_bytes FROM backup_sets WHERE number = ?"
    row: tuple[int, ...] | None = db.execute(query, (number,)).fetchone()
    return row


def put_figures(db: Connection, number: int, values: tuple[int, ...]) -> None:
    """Let it say that again."""
    db.execute(
        "UPDATE backup_sets SET new_files = ?, new_bytes = ?, stored_bytes = ? WHERE number = ?",
        (*values, number),
    )


def live_manifests(db: Connection, pack_number: int) -> set[int]:
    """Return the places of the manifests that the catalog names in a pack."""
    query = "SELECT place FROM manifests WHERE pack = ?"
    return {place for (place,) in db.execute(query, (pack_number,)).fetchall()}


def rewrite(db: Connection) -> None:
    """Write the catalog's file anew, without what its free pages still hold."""
    db.execute("PRAGMA cache_spill = ON")
    db.execute("VACUUM")
    db.execute("PRAGMA cache_spill = OFF")


def _prove_again(db: Connection, key: tuple[int, int, bytes], before: int, prove: Prove) -> None:
    """Let the row (directory, first set, name), which began with set *before*, prove itself."""
    where = "WHERE directory = ? AND first_set = ? AND name = ?"
    row = db.execute(f"SELECT {ENTRY_COLUMNS} FROM entries {where}", key).fetchone()
    db.execute(f"UPDATE entries SET mac = ? {where}", (prove(entry(row), before), *key))


def _roots(db: Connection) -> Iterator[tuple[int, bytes, bytes | None, int, int, int]]:
    """Yield (set, path, name, directory, first, last) of every root of every set.

    A directory had a path from after the set in which it was last elsewhere, as another root
    or below one, to before the next such set.
    """
    rows = db.execute("SELECT backup_set, path, name, directory FROM roots ORDER BY 1").fetchall()
    by_place: defaultdict[tuple[int, bytes | None], list[tuple[int, bytes]]] = defaultdict(list)
    for number, path, name, directory in rows:
        by_place[directory, name].append((number, path))
    for (directory, name), shown in by_place.items():
        query = "SELECT first_set, last_set FROM entries WHERE child = ?"
        named = db.execute(query, (directory,)).fetchall() if name is None else []
        for number, path in shown:
            others = [(other, other) for other, its in shown if its != path] + named
            first = max((end + 1 for _, end in others if end < number), default=0)
            last = min((begin - 1 for begin, _ in others if begin > number), default=OPEN)
            yield number, path, name, directory, first, last


def _below(db: Connection, top: Span, names: Sequence[bytes]) -> set[Span]:
    """Return where the path *names* below a directory leads."""
    ways = {top}
    for name in names[:-1]:
        ways = {
            Span(child, None, max(way.first, first), min(way.last, last))
            for way in ways
            for last, _, first, child, _ in _all_rows(db, way._replace(name=name))
            if child is not None
        }
    wanted = {way._replace(name=names[-1]) for way in ways}
    return {one for one in wanted if db.execute(_ROWS, one).fetchone()}


def _all_rows(db: Connection, span: Span) -> list[tuple[Any, ...]]:
    return db.execute(_ROWS.replace(f"LIMIT {_PAGE}", ""), span).fetchall()


def _whole_or_part(db: Connection, child: int, span: Span, row: tuple[int, int]) -> Span:
    """Return what of a directory goes whose name has just gone: all, if nothing else names it."""
    named = "SELECT 1 FROM entries WHERE child = ? LIMIT 1"
    rooted = "SELECT 1 FROM roots WHERE directory = ? AND name IS NULL LIMIT 1"
    if db.execute(named, (child,)).fetchone() or db.execute(rooted, (child,)).fetchone():
        return Span(child, None, max(span.first, row[0]), min(span.last, row[1]))
    return Span(child, None, 0, OPEN)


def _cut(db: Connection, columns: Sequence[str], span: Span, row: tuple[int, bytes, int]) -> None:
    """Take the sets of *span* out of the row (last set, name, first set)."""
    last, name, first = row
    key = (span.directory, last, name)
    where = "WHERE directory = ? AND last_set = ? AND name = ?"
    is_before, is_behind = first < span.first, last > span.last
    if is_before and is_behind:
        db.execute(f"UPDATE entries SET first_set = ? {where}", (span.last + 1, *key))
        bounds = {"last_set": span.first - 1, "first_set": first}
        values = ", ".join("?" if one in bounds else one for one in columns)
        told = [bounds[one] for one in columns if one in bounds]
        query = f"INSERT INTO entries ({', '.join(columns)}) SELECT {values} FROM entries {where}"
        db.execute(query, (*told, *key))
    elif is_before:
        db.execute(f"UPDATE entries SET last_set = ? {where}", (span.first - 1, *key))
    elif is_behind:
        db.execute(f"UPDATE entries SET first_set = ? {where}", (span.last + 1, *key))
    else:
        db.execute(f"DELETE FROM entries {where}", key)
