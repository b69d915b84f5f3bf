"""What may change beside a running backup: a set's name, its priority and its lock."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from tardis.model import NoSuchSetError, StoreError

from .catalog import writing
from .catalog.connection import Connection, connect_writer, transaction
from .opening import Place, has_store
from .trouble import store_trouble


@dataclass(frozen=True, slots=True)
class SetChange:
    """New values; None leaves what is there.

    Attributes:
        name: Checked; the set counts as named by hand from now on.
    """

    name: str | None = None
    priority: int | None = None
    is_locked: bool | None = None
    alarm: int | None = None


def change_tags(
    place: Place, client: str, number: int, tags: Sequence[str], *, moves: bool = False
) -> None:
    """Let *tags* name a set, in a short transaction.

    Args:
        place: Where.
        client: Whose.
        number: Of the set; 0 takes the tags away.
        tags: Checked.
        moves: A tag may leave the set that it names now.

    Raises:
        StoreError: There is no store, another set is called so, or a tag names another set and
            may not move.
        NoSuchSetError: There is no such set any more, or no such tag.
    """
    if not has_store(place, client):
        raise StoreError(f"the client {client} has no store here")
    layout = place.layout(client)
    trouble = store_trouble(layout.directory)
    with trouble, closing(connect_writer(layout.database)) as db, transaction(db):
        for tag in tags:
            _change_tag(db, number, tag, moves)


def _change_tag(db: Connection, number: int, tag: str, moves: bool) -> None:
    before = db.execute("SELECT backup_set FROM tags WHERE tag = ?", (tag,)).fetchone()
    if not number:
        if before is None:
            raise NoSuchSetError(f"there is no tag {tag}")
        db.execute("DELETE FROM tags WHERE tag = ?", (tag,))
        return
    if before is not None and before[0] != number and not moves:
        raise StoreError(f"the tag {tag} names another set", hint="say --move to let it name this")
    if writing.has_other_set(db, number, tag):
        raise StoreError(f"another set is called {tag}", hint="a tag names one set alone")
    if not writing.has_set(db, number):
        raise NoSuchSetError(f"there is no backup set {number} any more")
    db.execute("INSERT OR REPLACE INTO tags VALUES (?, ?)", (tag, number))


def change_set(place: Place, client: str, number: int, change: SetChange) -> None:
    """Change what is said of a set, in a short transaction that waits for a backup's present one.

    Raises:
        StoreError: There is no store, or another set has that name or tag.
        NoSuchSetError: There is no such set any more.
    """
    if not has_store(place, client):
        raise StoreError(f"the client {client} has no store here")
    layout = place.layout(client)
    trouble = store_trouble(layout.directory)
    with trouble, closing(connect_writer(layout.database)) as db, transaction(db):
        if change.name is not None and writing.has_other_set(db, number, change.name):
            raise StoreError(f"there is a backup set named {change.name} already")
        if change.name is not None and writing.has_other_tag(db, number, change.name):
            raise StoreError(f"{change.name} is a tag of another set")
        values = {
            "name": change.name,
            "priority": change.priority,
            "is_locked": None if change.is_locked is None else int(change.is_locked),
            "alarm": change.alarm,
        }
        if not writing.change_set(db, number, values):
            raise NoSuchSetError(f"there is no backup set {number} any more")
