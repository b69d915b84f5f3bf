"""What a copy of a store must hold, as the catalog says; and what is noted in the copy's own."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from .connection import Connection, connect_plain, transaction
from .writing import last_number

_PAGE: Final = 5000
_STEP_PAGES: Final = 1000
"""Pages of the catalog that are copied at once, some milliseconds of work."""

_RESTARTS: Final = 20
_COPY_OF: Final = "copy_of_set"


def snapshot(source: Connection, path: str) -> None:
    """Copy a catalog that others may write to the new file *path*, as it is between two commits.

    It is read in small steps; a commit in between lets it begin anew, and the last time it
    is read at once.
    """
    for turn in range(_RESTARTS):
        target = connect_plain(path, "rwc")
        try:
            is_last = turn == _RESTARTS - 1
            pages = -1 if is_last else _STEP_PAGES
            source.backup(target, pages=pages, progress=_refuse_restarts(is_last), sleep=0.005)
        except _RestartedError:
            continue
        finally:
            target.close()
        return


class _RestartedError(Exception):
    """The copy began anew."""


def _refuse_restarts(is_last: bool) -> Callable[[int, int, int], None]:
    left = [1 << 62]

    def watch(_status: int, remaining: int, _total: int) -> None:
        if remaining > left[0] and not is_last:
            raise _RestartedError
        left[0] = remaining

    return watch


def packs(db: Connection) -> list[tuple[int, int, str]]:
    """Return (number, committed length, what it holds) of every pack in which something lives."""
    return db.execute(
        "SELECT number, length, holds FROM packs AS one"
        " WHERE EXISTS (SELECT 1 FROM contents WHERE pack = one.number)"
        " OR EXISTS (SELECT 1 FROM manifests WHERE pack = one.number) ORDER BY number"
    ).fetchall()


def iter_files(db: Connection) -> Iterator[tuple[int, bytes, int, int, int | None]]:
    """Yield (id, digest, place, stored, basis) of every undamaged content with its own file."""
    after = 0
    query = f"""SELECT id, digest, place, stored, basis FROM contents
        WHERE id > ? AND pack IS NULL AND NOT is_damaged ORDER BY id LIMIT {_PAGE}"""
    while rows := db.execute(query, (after,)).fetchall():
        yield from rows
        after = rows[-1][0]


def names_pack(db: Connection, number: int) -> bool:
    """Tell whether the catalog lists pack *number*."""
    return db.execute("SELECT 1 FROM packs WHERE number = ?", (number,)).fetchone() is not None


def manifests_in(db: Connection, pack: int) -> list[tuple[int, int, int, int]]:
    """Return (set, sequence, place, stored) of the manifests in a pack."""
    query = "SELECT backup_set, sequence, place, stored FROM manifests WHERE pack = ?"
    return db.execute(query, (pack,)).fetchall()


def contents_in(db: Connection, pack: int) -> list[tuple[int, int | None]]:
    """Return (id, basis) of the contents in a pack that are not known as damaged, by place."""
    query = "SELECT id, basis FROM contents WHERE pack = ? AND NOT is_damaged ORDER BY place"
    return db.execute(query, (pack,)).fetchall()


def note_copy(db: Connection) -> None:
    """Note in a copy's catalog which set was the last when it was made."""
    with transaction(db):
        row = (_COPY_OF, last_number(db))
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", row)


def is_untouched_copy(db: Connection) -> bool:
    """Tell whether a catalog is that of a copy into which nobody has backed up since."""
    query = "SELECT value FROM settings WHERE key = ?"
    row: tuple[Any, ...] | None = db.execute(query, (_COPY_OF,)).fetchone()
    return row is not None and row[0] == last_number(db)


def sets_of(db: Connection) -> dict[int, tuple[int, str]]:
    """Return number → (when it began, session) of all complete sets.

    One that is not is begun once more, under its number, by the run that goes on with it.
    """
    query = "SELECT number, started_ns, session FROM backup_sets WHERE is_complete"
    rows = db.execute(query).fetchall()
    return {number: (started, session) for number, started, session in rows}


def count_complete(db: Connection) -> int:
    """Return how many complete sets there are."""
    (count,) = db.execute("SELECT count(*) FROM backup_sets WHERE is_complete").fetchone()
    return int(count)
