"""Copies of the catalog beside it: ``tardis.db.<date>-<time>.gz``, the newest few.

Made by SQLite, never by copying the live file, and without what can be made anew; temporary,
flushed, renamed, so that a copy that bears its name is whole.
"""

import gzip
import os
import re
import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from .catalog.connection import connect_plain
from .catalog.slimming import copy_slim
from .flush import sync_file
from .layout import Layout

_COPY: Final = re.compile(r"\.\d{8}-\d{6}\.gz")
_FASTEST: Final = 1
_TEMPORARY: Final = ".copy-"


def copy_catalog(layout: Layout, keep: int) -> str:
    """Make a copy now and remove the oldest beyond *keep*; 0 keeps what is there, makes none.

    Returns the path of the copy, empty for none.

    The caller holds the writer's lock, so that what a killed run left can be cleared away.
    The new copy stays whatever the clock says.
    """
    if keep < 1:
        return ""
    folder = os.path.dirname(layout.database)
    for stale in Path(folder).glob(f"{_TEMPORARY}*"):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder) as private:
        plain = os.path.join(private, "copy")
        with closing(connect_plain(plain, "rwc")) as db:
            copy_slim(layout.database, db)
        squeezed = os.path.join(private, "copy.gz")
        with open(plain, "rb") as source, gzip.open(squeezed, "wb", _FASTEST) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        name = f"{layout.database}.{time.strftime('%Y%m%d-%H%M%S')}.gz"
        sync_file(squeezed)
        os.rename(squeezed, name)
    sync_file(name)
    others = [one for one in copies(layout) if one != name]
    for old in others[: max(0, len(others) + 1 - keep)]:
        os.unlink(old)
    return name


def copies(layout: Layout) -> list[str]:
    """Return the paths of all copies, oldest first."""
    folder, name = os.path.split(layout.database)
    found = [one for one in sorted(os.listdir(folder)) if one.startswith(name)]
    return [os.path.join(folder, one) for one in found if _COPY.fullmatch(one, len(name))]


def back_up(source: str, target: str) -> None:
    """Copy the catalog *source* to the new file *target*, as it is between two commits."""
    with closing(connect_plain(source, "ro")) as db, closing(connect_plain(target, "rwc")) as copy:
        db.backup(copy)
