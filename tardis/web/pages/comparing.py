"""Two texts side by side, line by line, with what changed within a line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

MOST_BYTES: Final = 512 << 10
"""Of either text; comparing longer ones takes too long for a page."""

MOST_LINES: Final = 4000
_AROUND: Final = 4
_WITHIN: Final = 300
"""Characters of a line up to which it is told what changed in it."""

_ALIKE: Final = 0.5
_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")
_PAIRS: Final = 400
"""Pairs of lines for which that is looked at."""


@dataclass(frozen=True, slots=True)
class Half:
    """One line of one side.

    Attributes:
        number: From 1.
        parts: (text, whether it changed), which make up the line.
    """

    number: int
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands in one row.

    Attributes:
        kind: ``same``, ``changed``, ``added``, ``removed``, or ``skipped``.
        left: None where there is nothing on that side.
        right: As *left*.
        skipped: Lines that are left out here.
    """

    kind: str
    left: Half | None = None
    right: Half | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Two texts.

    Attributes:
        rows: From top to bottom; empty when they are the same.
        added: Lines that only the right one has.
        removed: Lines that only the left one has.
    """

    rows: tuple[Pair, ...]
    added: int
    removed: int


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a text without their ends; bytes that are no UTF-8 are escaped."""
    text = data.decode("utf-8", "backslashreplace")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [visible(line) for line in lines]


def visible(line: str) -> str:
    """Return a line in which nothing is hidden: controls, and what turns text round."""
    line = line.rstrip("\r")
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() or char == "\t" else f"\\u{ord(char):04x}" for char in line
    )


def compare(left: bytes, right: bytes) -> Compared | None:
    """Return two texts side by side; None when they are too long for that."""
    if max(len(left), len(right)) > MOST_BYTES:
        return None
    one, other = lines_of(left), lines_of(right)
    if max(len(one), len(other)) > MOST_LINES:
        return None
    rows: list[Pair] = []
    added = removed = looked = 0
    codes = SequenceMatcher(None, one, other).get_opcodes()
    for at, (tag, low, high, start, end) in enumerate(codes):
        if tag == "equal":
            is_edge = (at == 0, at == len(codes) - 1)
            rows += _same(one, (low, high), start, is_edge)
            continue
        removed += high - low
        added += end - start
        looked += min(high - low, end - start)
        rows += _changed(one[low:high], other[start:end], (low, start), looked <= _PAIRS)
    return Compared(tuple(rows) if added or removed else (), added, removed)


def _same(
    lines: Sequence[str], place: tuple[int, int], start: int, is_edge: tuple[bool, bool]
) -> Iterator[Pair]:
    """Yield lines that are on both sides: those near a change."""
    low, high = place
    first = 0 if is_edge[0] else _AROUND
    last = 0 if is_edge[1] else _AROUND
    skipped = high - low - first - last
    for at in range(low, high):
        if skipped > 1 and low + first <= at < high - last:
            if at == low + first:
                yield Pair("skipped", skipped=skipped)
            continue
        whole = ((lines[at], False),)
        yield Pair("same", Half(at + 1, whole), Half(start + at - low + 1, whole))


def _changed(
    old: Sequence[str], new: Sequence[str], place: tuple[int, int], looks_within: bool
) -> Iterator[Pair]:
    low, start = place
    for at, (one, other) in enumerate(zip_longest(old, new)):
        if one is None:
            yield Pair("added", None, Half(start + at + 1, ((other, True),)))
        elif other is None:
            yield Pair("removed", Half(low + at + 1, ((one, True),)))
        else:
            halves = within(one, other) if looks_within else (((one, True),), ((other, True),))
            left, right = halves
            yield Pair("changed", Half(low + at + 1, left), Half(start + at + 1, right))


def within(one: str, other: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Return the parts of two lines, with what changed; all of it where little is the same."""
    if max(len(one), len(other)) > _WITHIN:
        return ((one, True),), ((other, True),)
    old, new = _WORDS.findall(one), _WORDS.findall(other)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return ((one, True),), ((other, True),)
    left, right = [], []
    for tag, low, high, start, end in matcher.get_opcodes():
        if low < high:
            left.append(("".join(old[low:high]), tag != "equal"))
        if start < end:
            right.append(("".join(new[start:end]), tag != "equal"))
    return tuple(left), tuple(right)
