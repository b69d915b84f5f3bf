"""A look through one store: its catalog, its packs, its files, and how they agree.

The catalog is copied first, so that no backup waits for the questions, however long their
answers take.  What is found is about the moment of that copy; whoever finds damage looks
once more if somebody has written since.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Final, Self

from tardis.model import SchemaError, StoreError
from tardis.render import counted
from tardis.streams import FolderKind, make_folder

from .catalog import reading, scrubbing, writing
from .catalog.connection import Connection, connect_reader
from .catalog.snapshot import open_snapshot, take_snapshot
from .findings import Checked, Finding, Level
from .keys import write_keys
from .layout import Layout
from .scrub_catalog import RECOVER
from .scrub_files import find_keys, iter_packs, look_at_heads, look_at_journal
from .scrub_packs import PackFacts
from .scrub_parts import CATALOG, OTHER_PARTS, ROWS, begin_looking, read_finding
from .scrub_paths import Paths
from .scrub_workers import share
from .trouble import store_trouble

MANY: Final = 10_000
"""Contents from which on several processes are worth their while."""

FOLDER: Final = FolderKind("tardis-check-", ("tardis.db*",))
"""Where the copy of a catalog lies, and all that ever lies there."""

_MOST_PROCESSES: Final = 4

Look = Callable[[Connection], None]
"""Asks a catalog."""


class Scrub:
    """One look through a store; made by `open_scrub`.

    Attributes:
        layout: Of the store as it is; its catalog is the live one.
        copy: The same with the catalog's copy, and with keys beside it.
        done: What was found so far.
    """

    def __init__(self, layout: Layout, folder: str) -> None:
        self.layout = layout
        self.copy = Layout(layout.directory, os.path.join(folder, "tardis.db"), layout.journal_name)
        self.done = Checked()
        self._held = ExitStack()
        self._live: Connection | None = None
        self._version = 0
        self.db: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def structure(self) -> None:
        """Look at everything but the stored bytes themselves.

        Raises:
            StoreError: There is no store, or it may not be read.
            SchemaError: It is of another age.
        """
        keys, found = find_keys(self.layout)
        repository = keys.repository
        self.layout = self.layout.of_scheme(repository.scheme)
        self.done.findings += [*found, *look_at_heads(self.layout, keys)]
        self.copy = self.copy.of_scheme(repository.scheme)
        self._copy_catalog()
        write_keys(self.copy.keys, keys)
        if self.db is None:
            return
        self._guarded(lambda db: self._look(db, repository.id))

    def has_changed(self) -> bool:
        """Tell whether somebody has written the catalog since it was copied."""
        return self._live is not None and scrubbing.data_version(self._live) != self._version

    def damaged(self) -> list[int]:
        """Return the contents that were found damaged, and all that stand on them."""
        if self.db is None:
            return []
        ids = [one for found in self.done.at(Level.DAMAGE) for one in found.contents]
        return scrubbing.spread(self.db, ids)

    def trace(self) -> None:
        """Find the paths and sets that damage touches, known damage apart."""
        if self.db is None:
            return
        self._guarded(self._trace)

    def _trace(self, db: Connection) -> None:
        self.done.set_names = scrubbing.set_names(db)
        paths = Paths(db, list(self.done.set_names))
        fresh = self.done.above = self.damaged()
        self.done.touched = paths.of(scrubbing.touched(db)) if fresh else []
        known = set(scrubbing.known_damaged(db)) - set(fresh)
        if scrubbing.spread(db, known):
            self.done.known = paths.of(scrubbing.touched(db))

    def _copy_catalog(self) -> None:
        path = self.layout.database
        try:
            with store_trouble(self.layout.directory):
                self._live = self._held.enter_context(closing(connect_reader(path)))
                self._version = scrubbing.data_version(self._live)
                take_snapshot(path, self.copy.database)
                self.db = self._held.enter_context(closing(open_snapshot(self.copy.database)))
        except SchemaError:
            raise
        except StoreError as error:
            if not os.path.lexists(path) and not any(iter_packs(self.layout)):
                raise
            self._find("catalog", Level.DAMAGE, f"{error}; {RECOVER}", path=path)

    def _guarded(self, look: Look) -> None:
        """Let *look* ask the catalog; what it cannot answer is a finding."""
        assert self.db is not None
        try:
            with store_trouble(self.layout.directory):
                look(self.db)
        except StoreError as error:
            self._find("catalog", Level.DAMAGE, f"{error}; {RECOVER}")

    def _look(self, db: Connection, repository: bytes) -> None:
        """Have all parts looked at, by several processes where there is much to look at."""
        done = self.done
        done.contents, done.stored_bytes, known = scrubbing.count_contents(db)
        packs = [PackFacts._make(row) for row in scrubbing.packs(db)]
        begin = partial(begin_looking, self.layout, self.copy, packs, repository)
        processors = min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)
        count = processors if done.contents >= MANY else 1
        told = dict(share(count, len(packs) + OTHER_PARTS, begin))
        if told[CATALOG][0]:
            del told[ROWS]  # what a damaged catalog says of itself means nothing
        for number in sorted(told):
            found, entries, files = told[number]
            fresh = [read_finding(one) for one in found]
            done.findings += [one for one in fresh if one not in done.findings]
            done.entries += entries
            done.large += files
        done.packs = len(packs)
        if known:
            self._find("marked", Level.KNOWN, f"{counted(known, 'content')} marked as damaged")
        for number in scrubbing.manifest_gaps(db):
            self._find("manifest", Level.SPARE, f"manifests do not tell all of set {number}")
        newest = max([writing.last_number(db), *(one.number for one in reading.sets(db))])
        done.findings += look_at_journal(self.layout, done.contents, newest)
        if not os.path.exists(self.layout.reserve):
            self._find("reserve", Level.NOTE, "the ballast for a full disk is gone")

    def _find(self, kind: str, level: Level, text: str, path: str = "") -> None:
        self.done.findings.append(Finding(kind, level, text, path=path))


@contextmanager
def open_scrub(layout: Layout) -> Iterator[Scrub]:
    """Make room for the copy of a catalog, and take it away in the end.

    What looks that were killed have left goes too.

    Raises:
        StoreError: There is no room.
    """
    with store_trouble(tempfile.gettempdir()):
        folder = make_folder("", FOLDER)
    try:
        with Scrub(layout, folder.path) as scrub:
            yield scrub
    finally:
        folder.remove()
