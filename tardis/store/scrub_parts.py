"""The parts in which the structure of a store is looked at, so that processes can share them.

Part 0 is the catalog's file, part 1 its rows, part 2 the files beside the packs, and then
comes each pack.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tardis.model import StoreError

from .catalog import scrubbing
from .catalog.connection import Connection
from .catalog.snapshot import open_snapshot
from .findings import Finding, Level
from .layout import Layout
from .scrub_catalog import RECOVER, look_at_catalog, look_at_rows
from .scrub_files import LargeCheck, look_at_manifests, look_at_packs_folder
from .scrub_packs import PackCheck, PackFacts
from .trouble import store_trouble

CATALOG, ROWS, _FILES = range(3)
OTHER_PARTS: Final = 3
"""Parts that are no packs."""

Told = tuple[list[tuple[Any, ...]], int, int]
"""What one part showed: findings as tuples, entry rows and large contents in it."""


@contextmanager
def begin_looking(
    layout: Layout, copy: Layout, packs: Sequence[PackFacts], repository: bytes
) -> Iterator[Callable[[int], Told]]:
    """Give what looks at the part of a number.

    Args:
        layout: Of the store.
        copy: The same with the catalog's copy.
        packs: All that the catalog names.
        repository: Id of the store.
    """
    with closing(open_snapshot(copy.database)) as db:
        parts = _Parts(layout, copy, packs, repository)

        def look(number: int) -> Told:
            try:
                with store_trouble(layout.directory):
                    found, entries, files = parts.look(db, number)
            except StoreError as error:
                text = f"{error}; {RECOVER}"
                found, entries, files = [Finding("catalog", Level.DAMAGE, text)], 0, 0
            return [_told(one) for one in found], entries, files

        yield look


@dataclass(frozen=True, slots=True)
class _Parts:
    layout: Layout
    copy: Layout
    packs: Sequence[PackFacts]
    repository: bytes

    def look(self, db: Connection, number: int) -> tuple[list[Finding], int, int]:
        if number == CATALOG:
            return look_at_catalog(self.copy.database), 0, 0
        if number == ROWS:
            return (*look_at_rows(self.copy.database), 0)
        if number == _FILES:
            return self._files(db)
        pack = self.packs[number - OTHER_PARTS]
        check = PackCheck(self.layout, pack, self.repository)
        records = scrubbing.iter_packed(db, pack.number)
        check.look(records, scrubbing.manifests_in(db, pack.number))
        return check.findings, 0, 0

    def _files(self, db: Connection) -> tuple[list[Finding], int, int]:
        found = look_at_packs_folder(self.layout, (one.number for one in self.packs))
        large = LargeCheck(self.layout, scrubbing.doomed_places(db))
        large.look(scrubbing.iter_large(db))
        found += large.findings
        found += look_at_manifests(self.layout, scrubbing.manifest_files(db))
        return found, 0, large.files


def read_finding(told: tuple[Any, ...]) -> Finding:
    """Return the finding that a process has told."""
    kind, level, text, contents, pack, path = told
    return Finding(kind, Level(level), text, tuple(contents), pack, path)


def _told(one: Finding) -> tuple[Any, ...]:
    return (one.kind, str(one.level), one.text, one.contents, one.pack, one.path)
