"""Makes a catalog anew from its newest good copy, from manifests, and from what lies in the store.

Nothing is changed in place.  The new catalog is made in a directory beside the old one, is
looked through there, and gets the old one's name by one rename; the old one is kept aside.
Whatever ends the process, the store is as it was before or as it should be, and the next
call begins anew.
"""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from tardis.model import CLASSIC, StoreError

from .catalog import reading, rebuilding
from .catalog.connection import (
    Connection,
    connect_reader,
    connect_writer,
    create_catalog,
    transaction,
)
from .catalog.epochs import new_epoch
from .copies import back_up, copies, copy_catalog
from .flush import sync_file
from .lock import WriterLock
from .manifest import TABLES
from .opening import Place, read_schema
from .packs import PackReader
from .rebuild_classic import read_classic
from .rebuild_contents import ContentFinder
from .rebuild_plan import Replay
from .rebuild_scan import SET, Manifest, Scan, read_manifest
from .rebuild_survey import Findings
from .trouble import store_trouble

RACY_SECONDS: Final = 3600
"""What changed so shortly before its run, or later, is looked at again by the next one."""

_CONTENT: Final = 15
"""Place of the content id in a row that was opened."""

_FOLDER: Final = ".recovering"

Read = Callable[[Manifest], tuple[Any, ...]]
"""Returns the value of a manifest."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the new catalog holds.

    Attributes:
        sets: Numbers of the complete sets.
        interrupted: Number of a set that was begun, never completed, and is not in it, or 0.
        missing: Contents that are needed and nowhere whole.
        damaged_rows: Entry rows that name such a content.
        aside: File name under which the old catalog is kept, empty when there was none.
    """

    sets: tuple[int, ...]
    contents: int
    entries: int
    interrupted: int
    missing: int
    damaged_rows: int
    aside: str = ""


class Rebuild:
    """The right to rebuild one store's catalog; close it.

    Args:
        place: Where stores lie.
        client: Whose.

    Attributes:
        survey: What was found.

    Raises:
        StoreError: There is no such store, nothing in it, or it cannot be used.
        StoreBusyError: Somebody writes it.
        SchemaError: The present catalog was made by a newer program.
    """

    def __init__(self, place: Place, client: str) -> None:
        self._layout = layout = place.layout(client)
        self._script = read_schema(place)
        folders = (layout.directory, os.path.dirname(layout.database))
        if not all(map(os.path.isdir, folders)):
            raise StoreError(f"there is no backup store at {layout.directory}")
        with ExitStack() as held, store_trouble(layout.directory):
            lock = WriterLock(layout.lock)
            lock.take(f"recovering the catalog of {client}")
            held.callback(lock.close)
            self._folder = f"{layout.database}{_FOLDER}"
            shutil.rmtree(self._folder, ignore_errors=True)
            os.mkdir(self._folder, 0o700)
            held.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._work = replace(layout, database=os.path.join(self._folder, "tardis.db"))
            scan_path = os.path.join(self._folder, "scan")
            self._findings = Findings(layout, self._work.database, scan_path)
            self.survey = self._findings.survey
            self._scan_path = scan_path
            self._held = held.pop_all()

    def close(self) -> None:
        """Give the store back; what was not put in place is removed."""
        self._held.close()

    def build(self) -> Rebuilt:
        """Make the new catalog beside the old one, and look it through.

        Raises:
            StoreError: It could not be made; nothing has changed.
        """
        with store_trouble(self._layout.directory):
            Path(self._work.keys).write_bytes(self._findings.keys)
            if not self.survey.fault:
                with closing(connect_reader(self._layout.database)) as db:
                    return self._count(db, 0)
            if not self.survey.base:
                create_catalog(self._work.database, self._script, self._findings.scheme)
            elif self._findings.is_present_base:
                back_up(self._layout.database, self._work.database)
            with closing(connect_writer(self._work.database)) as db:
                rebuilding.unbind(db)
                rebuilding.attach_scan(db, self._scan_path)
                missing = self._fill(db)
                wrong = rebuilding.faults(db)
                if wrong:
                    raise StoreError(f"the rebuilt catalog contradicts itself: {wrong}")
                return self._count(db, missing)

    def put(self, rebuilt: Rebuilt) -> Rebuilt:
        """Put the new catalog, if one was built, and the keys in place; return where the old is."""
        layout, work = self._layout, self._work
        with store_trouble(layout.directory):
            self._put_keys()
            if not self.survey.fault:
                return rebuilt
            take_after(work.database, self._like())
            sync_file(work.database)
            aside = self._set_aside()
            os.replace(work.database, layout.database)
            sync_file(layout.database)
            copy_catalog(layout, len(copies(layout)) + 1)
        return replace(rebuilt, aside=os.path.basename(aside))

    # Making it

    def _fill(self, db: Connection) -> int:
        """Make the catalog what the store says; return how many contents are missing."""
        replayed, scan = self._findings.replay, self._findings.scan
        with transaction(db):
            rebuilding.begin(db, starts_anew=bool(replayed.pages))
        with closing(PackReader(self._layout)) as packs:
            _replay_all(db, self._reading(packs), replayed)
        with closing(ContentFinder(self._work, db)) as finder:
            missing = finder.find_all()
        with transaction(db):
            _note_all(db, replayed, scan)
            rebuilding.settle_sets(db, self.survey.last_set, replayed.gap)
            rebuilding.repair(db)
            rebuilding.mark(db, self._findings.known.last_set, RACY_SECONDS)
            new_epoch(db)
            rebuilding.raise_sequence(db, "backup_sets", self.survey.last_set)
            last_pack = max(self._findings.last_pack, *scan.ends, 0)
            rebuilding.raise_sequence(db, "packs", last_pack)
        return missing

    def _reading(self, packs: PackReader) -> Read:
        """Return what reads a manifest of this store."""
        if self._findings.scheme == CLASSIC:
            return partial(read_classic, self._layout)
        return partial(read_manifest, packs)

    def _count(self, db: Connection, missing: int) -> Rebuilt:
        sets = reading.sets(db)
        last = self.survey.last_set
        is_interrupted = self._findings.replay.groups and all(one.number != last for one in sets)
        began = any(one.number == last for one in self._findings.replay.groups)
        return Rebuilt(
            tuple(one.number for one in sets if one.is_complete),
            rebuilding.count(db, "contents"),
            rebuilding.count(db, "entries"),
            last if is_interrupted and began else 0,
            missing,
            rebuilding.damaged_paths(db) if missing else 0,
        )

    # Putting it in place

    def _put_keys(self) -> None:
        if self.survey.keys_fault:
            path = self._layout.keys
            take_after(self._work.keys, self._like())
            sync_file(self._work.keys)
            if os.path.exists(path):
                os.rename(path, _unused(path))
            os.replace(self._work.keys, path)
            sync_file(path)

    def _set_aside(self) -> str:
        """Give the old catalog a second name, and its hot journal another; return the first."""
        database = self._layout.database
        if not os.path.exists(database):
            aside = ""
        else:
            aside = _unused(database)
            try:
                os.link(database, aside)
            except OSError:  # a file system without links
                shutil.copyfile(database, aside)
                sync_file(aside)
        with suppress(FileNotFoundError):
            if os.path.getsize(f"{database}-journal"):
                os.rename(f"{database}-journal", f"{aside or _unused(database)}-journal")
                sync_file(os.path.dirname(database))
        return aside

    def _like(self) -> os.stat_result:
        """Return whose the catalog was, or at least the store."""
        layout = self._layout
        known = (layout.database, *copies(layout)[-1:], layout.packs, layout.manifests)
        return os.stat(next(filter(os.path.exists, known), layout.directory))


def _replay_all(db: Connection, read: Read, replayed: Replay) -> None:
    """Apply pages and groups, each in a transaction of its own."""
    for page in replayed.pages:
        value = read(page)
        with transaction(db):
            rebuilding.load_page(db, value[3], value[4])
    for group in replayed.groups:
        _, number, _, row, tables, digests = read(group)
        rows: dict[str, Any] = dict(zip(TABLES, tables, strict=False))
        with transaction(db):
            ids = rebuilding.content_ids(db, number, digests)
            for table in ("opened", "proven"):
                rows[table] = [_with_content(one, ids) for one in rows.get(table, ())]
            if group.mark == SET:
                rebuilding.end_set(db, number, row)
            rebuilding.replay(db, rows, number)


def _with_content(row: tuple[Any, ...], ids: Mapping[int, int]) -> tuple[Any, ...]:
    """Return an opened row with its content's id in this catalog."""
    content = row[_CONTENT]
    return row if content is None else (*row[:_CONTENT], ids.get(content), *row[_CONTENT + 1 :])


def _note_all(db: Connection, replayed: Replay, scan: Scan) -> None:
    """List the manifests that were applied, and the packs that are needed."""
    for is_full, records in ((1, replayed.pages), (0, replayed.groups)):
        rebuilding.note_manifests(
            db, [(one.number, one.sequence, is_full, one.pack if scan.ends else None,
                  one.place, one.stored) for one in records],
        )  # fmt: skip
    rebuilding.note_packs(db, scan.ends)


def _unused(path: str) -> str:
    """Return a name for what *path* was, with date and time, that nothing has."""
    name = aside = f"{path}.before-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = f"{name}-{number}"
    return aside


def take_after(path: str, like: os.stat_result) -> None:
    """Let a file belong to whom *like* belongs, as far as that is allowed."""
    mode = like.st_mode & 0o666
    with suppress(PermissionError):
        os.chown(path, like.st_uid, like.st_gid)
    os.chmod(path, mode)
