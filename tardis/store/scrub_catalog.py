"""Looks at a catalog by itself: SQLite's own test, references, rows that contradict each other."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

from tardis.model import StoreError
from tardis.render import counted

from .catalog import scrubbing
from .catalog.connection import Connection
from .catalog.snapshot import open_snapshot
from .findings import Finding, Level
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


def look_at_catalog(path: str) -> list[Finding]:
    """Return what SQLite finds wrong with the copy *path* of a catalog, and with its tables."""
    return _look(path, _Test.itself)[0]


def look_at_rows(path: str) -> tuple[list[Finding], int]:
    """Return what rows of the copy *path* contradict each other in, and how many entry rows it has.

    What it says counts only where `look_at_catalog` found nothing.
    """
    return _look(path, _Test.rows)


def _look(path: str, look: Callable[["_Test", Connection], None]) -> tuple[list[Finding], int]:
    """Have a copy looked at; whatever SQLite says is a finding."""
    test = _Test()
    try:
        with store_trouble(path), closing(open_snapshot(path)) as db:
            look(test, db)
    except StoreError:
        if not test.findings:
            text = f"the catalog cannot be read; {RECOVER}"
            test.findings.append(Finding("catalog", Level.DAMAGE, text))
    return test.findings, test.entries


class _Test:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.entries = 0

    def itself(self, db: Connection) -> None:
        for text in scrubbing.self_test(db):
            self._find("catalog", f"the catalog is damaged: {text}; {RECOVER}")
        missing = scrubbing.unlike_schema(db)
        if missing:
            names = ", ".join(missing)
            self._find("schema", f"the catalog lacks, or has another form of: {names}; {RECOVER}")

    def rows(self, db: Connection) -> None:
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
