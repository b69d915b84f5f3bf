"""The timeline's charts: bars side by side, one column for a set or for some that follow.

Shapes only, in units of the drawing; words stand in the page around it, so nothing becomes too
small to read when the drawing shrinks.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tardis.render import human_size
from tardis.store import SetColumn

from .words import counted, number, took

MOST: Final = 120
"""Columns of a chart."""

WIDTH: Final = 1200
HEIGHT: Final = 100
_GAP: Final = 0.18
_LEAST: Final = 1.5
"""Height of a bar that is not nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of a drawing; all numbers are units of it."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing.

    Attributes:
        title: What its bars are.
        most: What the highest stands for, as text.
        bars: One for each column.
        kind: For its colour.
    """

    title: str
    most: str
    bars: tuple[Bar, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one column stands in every drawing, and what it is about.

    Attributes:
        column: The sets in it.
        x: Left edge; *width* takes the gap to the next in.
        mark: How its sets are: ``good``, ``incomplete``, ``damaged`` or ``alarm``.
        is_locked: One of them is locked.
    """

    column: SetColumn
    x: float
    width: float
    mark: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All drawings of one range of sets."""

    slots: tuple[Slot, ...]
    panels: tuple[Panel, ...]


def chart_of(columns: Sequence[SetColumn], damages: Sequence[tuple[int, int]]) -> Chart:
    """Return the drawings of *columns*, which are in order of time.

    Args:
        columns: `MOST` at the most.
        damages: First and last set of what cannot be read.
    """
    step = WIDTH / max(len(columns), 8)
    slots = tuple(
        Slot(one, at * step, step, mark_of(one, damages), bool(one.locked))
        for at, one in enumerate(columns)
    )
    if not columns:
        return Chart((), ())
    panels = (
        _panel(_Kind("Size", "size", human_size), [one.size_bytes for one in columns], step),
        _panel(
            _Kind("New data", "data", human_size, True), [one.new_bytes for one in columns], step
        ),
        _panel(_Kind("Files changed", "churn", number, True), [one.churn for one in columns], step),
        _panel(_Kind("Duration", "took", took), [one.took_ns for one in columns], step),
    )
    return Chart(slots, panels)


def mark_of(column: SetColumn, damages: Sequence[tuple[int, int]]) -> str:
    """Return the worst that is known of the sets of a column."""
    if column.alarmed:
        return "alarm"
    if any(first <= column.last and last >= column.first for first, last in damages):
        return "damaged"
    return "incomplete" if column.incomplete else "good"


def told(column: SetColumn, began: str, ended: str, mark: str) -> str:
    """Return what a column says when it is pointed at; *began* and *ended* are its days."""
    sets = column.name if column.sets == 1 else f"{column.sets:,} sets"
    days = began if began == ended else f"{began} to {ended}"
    parts = [
        f"{sets}, {days}",
        human_size(column.size_bytes),
        f"{human_size(column.new_bytes)} new",
        f"{counted(column.churn, 'file')} changed",
        f"took {took(column.took_ns)}",
    ]
    if mark != "good":
        parts.append(mark)
    if column.locked:
        parts.append("locked")
    return "; ".join(parts)


class _Kind(NamedTuple):
    """What one drawing is about; *is_rooted*: heights are square roots, so that little shows."""

    title: str
    kind: str
    words: Callable[[int], str]
    is_rooted: bool = False


def _panel(about: _Kind, values: Sequence[int], step: float) -> Panel:
    most = max(values)
    scale = math.sqrt if about.is_rooted else float
    top = scale(max(most, 1))
    bars = []
    for at, value in enumerate(values):
        height = HEIGHT * scale(max(value, 0)) / top
        height = max(height, _LEAST) if value > 0 else 0.0
        left = at * step + step * _GAP / 2
        places = (left, step * (1 - _GAP), HEIGHT - height, height)
        bars.append(Bar(*(round(place, 2) for place in places)))
    return Panel(about.title, about.words(most), tuple(bars), about.kind)
