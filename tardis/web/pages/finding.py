"""Search over all sets by name: some rows of the catalog at a time, so that pages come soon."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

from tardis.history import SetPaths
from tardis.model import BackupSet, Entry, UsageError
from tardis.store import FoundName, StoreReader

LOOKED_AT: Final = 50_000
"""Rows that one page looks at."""

_SEALED: Final = 15_000
"""The same where names must be opened first."""

FOUND: Final = 200
"""Names on one page."""

_LONGEST: Final = 200
_TRIED: Final = 5
_BEGINNING: Final = (0, 0, b"")

Key = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """One name.

    Attributes:
        path: As stored.
        entry: What it was in the newest set that has it.
        first: The oldest set in which it was like that.
        last: The newest set that has it.
    """

    path: bytes
    entry: Entry
    first: BackupSet
    last: BackupSet


@dataclass(frozen=True, slots=True)
class Search:
    """One page of a search.

    Attributes:
        found: In the order of the catalog.
        further: Where to go on, None at the end.
        percent: Of the catalog that was looked at so far.
    """

    found: Sequence[Found]
    further: Key | None
    percent: int


def pattern_of(wanted: str) -> re.Pattern[str]:
    """Return what names must be like, in any case: a part; or all, with ``*``, ``?`` or ``[``.

    Raises:
        UsageError: It is too long.
    """
    if len(wanted) > _LONGEST:
        raise UsageError(f"a search is for {_LONGEST} letters at the most")
    is_glob = any(sign in wanted for sign in "*?[")
    return re.compile(translate(wanted if is_glob else f"*{wanted}*"), re.IGNORECASE)


def search(reader: StoreReader, wanted: str, begin: Key = _BEGINNING) -> Search:
    """Return the names like *wanted* among the rows behind *begin*."""
    pattern, paged = pattern_of(wanted), reader.paged()
    most = LOOKED_AT if paged.is_in_order else _SEALED
    rows = paged.names_after(begin, most)
    matching: dict[tuple[int, bytes], FoundName] = {}
    further: Key | None = None
    for row in rows:
        if pattern.match(os.fsdecode(row.name)):
            known = matching.get((row.directory, row.name))
            if known is None or row.last_set > known.last_set:
                matching[row.directory, row.name] = row
            if len(matching) >= FOUND:
                further = (row.directory, row.first_set, row.name)
                break
    else:
        if len(rows) == most:
            further = (rows[-1].directory, rows[-1].first_set, rows[-1].name)
    finder = _Finder(reader)
    found = [one for row in matching.values() if (one := finder.of(row)) is not None]
    percent = 100 if further is None else 100 * further[0] // max(paged.last_directory(), 1)
    return Search(found, further, percent)


class _Finder:
    """Finds where rows lie, in the newest set that shows them."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._paths: dict[int, SetPaths] = {}

    def of(self, row: FoundName) -> Found | None:
        """Return what *row* is about; None when no complete set shows it."""
        paged = self._reader.paged()
        sets = paged.sets_before(min(row.last_set, (1 << 62)) + 1, _TRIED)
        for backup in sets:
            if backup.number < row.first_set:
                break
            if not backup.is_complete:
                continue
            path = self._of(backup.number).of_entry(row.directory, row.name)
            if path is None:
                continue
            rows = self._reader.versions(row.directory, row.name, backup.number, backup.number)
            first = paged.sets_after(rows[0].first_set - 1, 1) if rows else []
            if first:
                return Found(path, rows[0], first[0], backup)
        return None

    def _of(self, number: int) -> SetPaths:
        if number not in self._paths:
            self._paths[number] = SetPaths(self._reader, number)
        return self._paths[number]
