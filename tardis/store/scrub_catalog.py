"""Looks at a catalog by itself: SQLite's own test, references, rows that contradict each other."""

import threading
from contextlib import closing
from typing import Final

from tardis.model import StoreError

from .catalog import scrubbing
from .catalog.connection import Connection
from .catalog.snapshot import open_snapshot
from .findings import Finding, Level, counted
from .trouble import store_trouble

RECOVER: Final = "run `sonic recover`"

_NOTES: Final = {
    "doomed": ("content", "to be removed by the next purge"),
    "unlinked": ("directory", "to be closed by the next backup"),
    "unsettled racy": ("young file", "to be looked at again by the next backup"),
    "unsettled unread": ("unreadable file", "to be read by the next backup"),
    "unsettled changed": ("busy file", "to be read again by the next backup"),
    "unsettled damaged": ("damaged file", "to be healed by the next backup"),
}


class CatalogTest(threading.Thread):
    """Looks at the copy of a catalog while others look at what it names.

    SQLite works without the interpreter's lock, so both go on at the same time.

    Args:
        path: Of the copy.

    Attributes:
        findings: What was found, once the thread has ended.
        entries: How many entry rows there are.
    """

    def __init__(self, path: str) -> None:
        super().__init__(name="catalog test", daemon=True)
        self.findings: list[Finding] = []
        self.entries = 0
        self._path = path

    def run(self) -> None:
        """Do the work; whatever SQLite says is a finding."""
        try:
            with store_trouble(self._path), closing(open_snapshot(self._path)) as db:
                self._look(db)
        except StoreError:
            if not self.findings:
                self._find("catalog", f"the catalog cannot be read; {RECOVER}")

    def _look(self, db: Connection) -> None:
        for text in scrubbing.self_test(db):
            self._find("catalog", f"the catalog is damaged: {text}; {RECOVER}")
        missing = scrubbing.unlike_schema(db)
        if missing:
            names = ", ".join(missing)
            self._find("schema", f"the catalog lacks, or has another form of: {names}; {RECOVER}")
        if self.findings:
            return
        self._references(db)
        self._rows(db)
        for what, count in scrubbing.leftovers(db).items():
            if count:
                self._find(what.replace(" ", "-"), _waiting(what, count), Level.NOTE)

    def _references(self, db: Connection) -> None:
        broken = scrubbing.dangling(db)
        for table, parent, count in broken:
            self._find(
                "reference",
                f"{counted(count, 'row')} of {table} without what they name in {parent}",
            )
        lacking = scrubbing.lacking_contents(db) if broken else []
        if lacking:
            self._find(
                "content-row", f"{counted(len(lacking), 'content')} without a row", contents=lacking
            )
        chains = scrubbing.broken_chains(db)
        if chains:
            text = f"{counted(len(chains), 'delta')} without a whole copy below"
            self._find("chain", text, contents=chains)

    def _rows(self, db: Connection) -> None:
        self.entries, *faults = scrubbing.entry_faults(db)
        texts = (
            ("entry row", "ending before beginning"),
            ("entry row", "beginning with a set that never was"),
            ("entry row", "holding what such a thing cannot have"),
            ("entry row", "beginning before the one before has ended"),
            ("incomplete set", "older than others"),
        )
        faults += [scrubbing.overlaps(db), scrubbing.misplaced_incomplete(db)]
        for (noun, fault), count in zip(texts, faults, strict=True):
            if count:
                self._find("row", f"{counted(count, noun)} {fault}")
        unmarked = scrubbing.unmarked_open(db)
        if unmarked:
            text = f"{counted(unmarked, 'file')} of today with a damaged content and no mark"
            self._find("unmarked", text)
        stale = scrubbing.stale_marks(db)
        if stale:
            self._find(
                "stale-mark", f"{counted(stale, 'mark')} left of names that are gone", Level.NOTE
            )

    def _find(
        self, kind: str, text: str, level: Level = Level.DAMAGE, contents: list[int] | None = None
    ) -> None:
        self.findings.append(Finding(kind, level, text, tuple(contents or ())))


def _waiting(what: str, count: int) -> str:
    """Say how many of something are left for later."""
    noun, wait = _NOTES[what]
    return f"{counted(count, noun)} left {wait}"
