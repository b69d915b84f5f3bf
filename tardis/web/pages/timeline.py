"""The timeline: which sets a page shows, as a chart and as a table, and the ways to others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tardis.history import moment_ns
from tardis.model import ALARMED, BackupSet
from tardis.store import SetColumn, StoreReader

from .chart import MOST, Chart, chart_of
from .overview import churn_of

USUAL: Final = 120
"""Newest sets in the chart unless a range is asked for."""

PAGE: Final = 50
"""Rows of the table."""

_NEWEST: Final = 1 << 62
_EVER_NS: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table.

    Attributes:
        backup: The set.
        marks: How it is: words, the worst first.
        tags: Its further names.
        churn: Files it added or changed, or found gone.
        took_ns: How long it took; None while it is not known.
    """

    backup: BackupSet
    marks: tuple[str, ...]
    tags: tuple[str, ...]
    churn: int
    took_ns: int | None


@dataclass(frozen=True, slots=True)
class Range:
    """Sets by number, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the page shows.

    Attributes:
        chart: Of the sets in *shown*.
        columns: What the chart is about.
        shown: Numbers of its sets.
        lines: Some of these sets, the newest first.
        further: Number below which the table goes on; 0 when it does not.
        total: Sets in the store.
        ways: Other ranges by name: ``older``, ``newer``, ``wider``, ``all``, ``newest``.
    """

    chart: Chart
    columns: tuple[SetColumn, ...]
    shown: Range
    lines: tuple[Line, ...]
    further: int
    total: int
    ways: Mapping[str, Range]


def timeline_of(reader: StoreReader, wanted: Range | None, below: int = 0) -> Timeline:
    """Return the timeline of the sets in *wanted*, or of the newest ones.

    Args:
        reader: Of the store.
        wanted: A range of numbers; sets need not be there.
        below: Number below which the table begins; 0: with the newest of the range.
    """
    paged = reader.paged()
    newest = paged.sets_before(_NEWEST, USUAL)
    usual = Range(newest[-1].number, newest[0].number) if newest else Range(1, 1)
    shown = wanted or usual
    columns = paged.columns(shown.first, shown.last, MOST)
    damages = paged.damages()
    start = min(below or shown.last + 1, shown.last + 1)
    sets = [one for one in paged.sets_before(start, PAGE + 1) if one.number >= shown.first]
    tags = paged.tags_of([one.number for one in sets])
    lines = [line_of(one, tags.get(one.number, ()), damages) for one in sets[:PAGE]]
    return Timeline(
        chart_of(columns, damages),
        tuple(columns),
        shown,
        tuple(lines),
        sets[PAGE - 1].number if len(sets) > PAGE else 0,
        paged.count_sets(),
        _ways(reader, shown, usual, columns),
    )


def range_of_days(
    reader: StoreReader, first: datetime | None, last: datetime | None
) -> Range | None:
    """Return the sets that began from one day to another, both included.

    Args:
        reader: Of the store.
        first: The beginning of the day; None for the beginning of time.
        last: As *first*; None for today.

    Returns:
        None when no day is given; a range without sets when there are none.
    """
    if first is None and last is None:
        return None
    since = moment_ns(first) if first else -_EVER_NS
    until = moment_ns(last + timedelta(days=1)) - 1 if last else _EVER_NS
    found = reader.paged().between(min(since, until), max(since, until))
    return Range(*found) if found else Range(0, 0)


def line_of(backup: BackupSet, tags: Sequence[str], damages: Sequence[tuple[int, int]]) -> Line:
    """Return the row of one set."""
    ended = backup.ended_ns
    return Line(
        backup,
        marks_of(backup, damages),
        tuple(tags),
        churn_of(backup),
        None if ended is None else ended - backup.started_ns,
    )


def marks_of(backup: BackupSet, damages: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return how a set is, in words, the worst first."""
    marks = []
    if backup.alarm == ALARMED:
        marks.append("alarm")
    if any(first <= backup.number <= last for first, last in damages):
        marks.append("damaged")
    marks.append("complete" if backup.is_complete else "incomplete")
    if backup.problems:
        marks.append("problems")
    if backup.is_locked:
        marks.append("locked")
    if backup.is_full:
        marks.append("full")
    return tuple(marks)


def _ways(
    reader: StoreReader, shown: Range, usual: Range, columns: Sequence[SetColumn]
) -> dict[str, Range]:
    """Return the ranges that can be gone to; what there is nothing of is left out."""
    paged = reader.paged()
    count = max(sum(one.sets for one in columns), 1)
    half = max(count // 2, 1)
    older, newer = paged.older(shown.first, count), paged.newer(shown.last, count)
    ways: dict[str, Range] = {}
    if older is not None:
        ways["older"] = Range(older, shown.first - 1)
    if newer is not None:
        ways["newer"] = Range(shown.last + 1, newer)
    if older is not None or newer is not None:
        ways["wider"] = Range(
            paged.older(shown.first, half) or shown.first,
            paged.newer(shown.last, half) or shown.last,
        )
        ways["all"] = Range(1, usual.last)
    if shown != usual:
        ways["newest"] = usual
    return ways
