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
_TRIED: Final = 100
"""Sets in which a name is looked for, of each of two kinds."""

_NEWEST: Final = 1 << 62
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
        lost: Names that are like it, of which no set that was tried tells where they lie.
    """

    found: Sequence[Found]
    further: Key | None
    percent: int
    lost: int = 0


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
    return Search(found, further, percent, len(matching) - len(found))


class _Finder:
    """Finds where rows lie, in the newest set that shows them."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._paths: dict[int, SetPaths] = {}
        self._numbers: dict[tuple[int, int], list[int]] = {}

    def of(self, row: FoundName) -> Found | None:
        """Return what *row* is about; None when no set that is tried shows it."""
        paged = self._reader.paged()
        for number in self._tried(row.first_set, row.last_set):
            path = self._of(number).of_entry(row.directory, row.name)
            if path is None:
                continue
            entry = paged.row(row.directory, row.first_set, row.name)
            first, last = paged.sets_after(row.first_set - 1, 1), paged.numbered(number)
            if entry is not None and first and last is not None:
                return Found(path, entry, first[0], last)
        return None

    def _tried(self, first: int, last: int) -> list[int]:
        """Return sets that may show a row: the newest of each lineage, then the newest of all.

        A set does not show what lies outside its roots, though the row is true in it.
        """
        found = self._numbers.get((first, last))
        if found is None:
            paged = self._reader.paged()
            found = paged.newest_of_lineages(first, last, _TRIED)
            found += [
                one.number
                for one in paged.sets_before(min(last, _NEWEST) + 1, _TRIED)
                if one.is_complete and one.number >= first and one.number not in found
            ]
            self._numbers[first, last] = found
        return found

    def _of(self, number: int) -> SetPaths:
        if number not in self._paths:
            self._paths[number] = SetPaths(self._reader, number)
        return self._paths[number]
