"""What repeats the catalog, made anew once the old text must not be found any more."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from .catalog.connection import Connection
from .copies import copies, copy_catalog
from .flush import sync_file
from .layout import Layout
from .rebuild import take_after
from .scrub_journal import journal_lines


def renew_copies(layout: Layout) -> None:
    """Make a copy of the catalog, and remove the others and whatever else was kept of it."""
    old = copies(layout)
    made = copy_catalog(layout, len(old) + 1)
    folder, name = os.path.split(layout.database)
    for path in {*old, *map(str, Path(folder).glob(f"{name}.before-*"))} - {made}:
        with suppress(FileNotFoundError):
            os.unlink(path)
    for left in (".recovering", ".replicating", ".proving"):
        shutil.rmtree(layout.database + left, ignore_errors=True)
    for left in (".new", ".new-journal"):
        with suppress(FileNotFoundError):
            os.unlink(layout.database + left)
    sync_file(layout.keys)


def renew_journal(db: Connection, layout: Layout) -> None:
    """Replace the journal by what it would say of the catalog as it is."""
    path, fresh = layout.journal, f"{layout.journal}.new"
    with open(fresh, "w", encoding="ascii", errors="replace") as file:
        file.writelines(journal_lines(db, layout))
    take_after(fresh, os.stat(path))
    sync_file(fresh)
    os.replace(fresh, path)
    sync_file(path)
