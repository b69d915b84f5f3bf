"""Brings a catalog up to the age of this program: a copy first, then one change after the other.

Each change is one transaction, so that a catalog is of one age or of the next, whatever
happens; a run that was ended goes on where it stopped.
"""

import os
from contextlib import closing
from dataclasses import dataclass

from tardis.model import StoreError

from .catalog import migrations, rebuilding
from .catalog.connection import connect_any
from .copies import copies, copy_catalog
from .lock import WriterLock
from .opening import Place
from .trouble import store_trouble


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was or would be done.

    Attributes:
        before: Number of the catalog's schema.
        changes: Number and name of each change, in order; empty when it is of this age.
        copy: File name of the copy that was made before, empty when none was.
    """

    before: int
    changes: tuple[tuple[int, str], ...]
    copy: str = ""


def upgrade_store(place: Place, client: str, *, is_dry: bool = False) -> Upgrade:
    """Bring the catalog of *client* up to date, or, when *is_dry*, tell what that would be.

    Raises:
        StoreError: There is no catalog, it is damaged, or it cannot be written; it is whole
            and of the age of the last change that succeeded.
        StoreBusyError: Somebody writes it.
        SchemaError: A newer program has made it.
    """
    layout = place.layout(client)
    if not os.path.exists(layout.database):
        raise StoreError(f"there is no backup store at {layout.database}")
    lock = WriterLock(layout.lock)
    lock.take(f"upgrading the store of {client}")
    with closing(lock), store_trouble(layout.directory):
        with closing(connect_any(layout.database)) as db:
            number = migrations.number_of(db, layout.database)
            wanted = migrations.pending(db, layout.database)
            changes = tuple((one.number, one.name) for one in wanted)
            if is_dry or not wanted:
                return Upgrade(number, changes)
            wrong = rebuilding.faults(db)
        if wrong:
            raise StoreError(
                f"the catalog {layout.database} is damaged: {wrong}",
                hint="Rebuild it with the version that made it: `sonic recover`.",
            )
        copy_catalog(layout, len(copies(layout)) + 1)
        bring_up(layout.database)
        return Upgrade(number, changes, os.path.basename(copies(layout)[-1]))


def bring_up(path: str) -> None:
    """Let the catalog *path* go through all changes that it lacks; the caller may write it.

    Raises:
        SchemaError: A newer program has made it, or it is no catalog.
    """
    with closing(connect_any(path)) as db:
        for one in migrations.pending(db, path):
            migrations.apply(db, one)
