"""Which of many patterns a name fits, at a cost that hardly grows with their number.

A pattern is found by a text that every fitting name must hold: all of it, its beginning,
its end, or the longest literal within.  Only patterns that were found so are compared, by
expressions without nested repetition; so neither many patterns nor odd ones are slow.
"""

import fnmatch
import re
from collections.abc import Callable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

V = TypeVar("V")

COMPILED: Final = 4096
"""Expressions that are kept ready at a time."""

FEW: Final = 40
"""Patterns that are asked about fastest as one expression."""

_STAR = "*"
_CONTROLS: Final = re.compile(r"[*?\[]")


class _Found(NamedTuple, Generic[V]):
    """A pattern under its key; *pattern* is None when the key says it all."""

    pattern: str | None
    value: V


class Index(Generic[V]):
    """Patterns of the shell, each with a value.

    ``*``, ``?``, ``[seq]`` and ``[!seq]`` as in `fnmatch`, upper and lower case told apart.
    Names are text, as the system hands them out, so that ``?`` is a character, not a byte.
    """

    __slots__ = ("_exact", "_gate", "globs")

    def __init__(self) -> None:
        self.globs: Globs[V] | None = None
        self._exact: dict[str, tuple[V, ...]] = {}
        self._gate: Callable[[str], object] | None = None

    def literal(self, name: str) -> V | None:
        """Return the first value that was added for exactly *name*."""
        found = self._exact.get(name)
        return None if found is None else found[0]

    def add_literal(self, name: str, value: V) -> None:
        """Let *value* be found for exactly *name*."""
        self._exact[name] = (*self._exact.get(name, ()), value)

    def add(self, pattern: str, value: V) -> None:
        """Let *value* be found for each name that fits *pattern*."""
        pieces = literals(pattern)
        if len(pieces) == 1:
            self.add_literal(pieces[0], value)
            return
        if self.globs is None:
            self.globs = Globs()
        self.globs.add(pattern, pieces, value)

    @property
    def hits(self) -> Callable[[str], object]:
        """Answers something true for a name that any pattern fits, fast; made when all is added."""
        if self.globs is None:
            return self._exact.__contains__
        if self._gate is None:
            few = self.globs.few
            if len(self._exact) + len(few) <= FEW and self.globs.count == len(few):
                exact = [f"{re.escape(name)}\\Z" for name in self._exact]
                self._gate = re.compile("|".join([*exact, *map(fnmatch.translate, few)])).match
            else:
                self._gate = self._any
        return self._gate

    def _any(self, name: str) -> bool:
        for _ in self.find(name):
            return True
        return False

    def find(self, name: str) -> Iterator[V]:
        """Yield the value of each pattern that *name* fits; a pattern added twice, twice."""
        exact = self._exact.get(name)
        if exact is not None:
            yield from exact
        if self.globs is not None:
            yield from self.globs.find(name)


class Globs(Generic[V]):
    """Those patterns that fit more than one name.

    Attributes:
        compared: How often a name had to be compared with a single pattern.
        count: How many there are.
        few: The first of them.
    """

    def __init__(self) -> None:
        self.compared = 0
        self.count = 0
        self.few: list[str] = []
        self._starts: dict[str, list[_Found[V]]] = {}
        self._ends: dict[str, list[_Found[V]]] = {}
        self._holds: dict[str, list[_Found[V]]] = {}
        self._others: list[_Found[V]] = []
        self._lengths: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._compiled: dict[str, re.Pattern[str]] = {}

    def add(self, pattern: str, pieces: list[str], value: V) -> None:
        """Let *value* be found for each name that fits *pattern*, whose literals are *pieces*."""
        self.count += 1
        if len(self.few) < FEW:
            self.few.append(pattern)
        first, *between, last = pieces
        is_plain = not between and is_star_only(pattern) and not (first and last)
        found = _Found(None if is_plain else pattern, value)
        longest = max(between, key=len, default="")
        if not (first or last or longest):
            self._others.append(found)
        elif len(first) > len(last):
            self._keep(0, self._starts, first, found)
        elif last:
            self._keep(1, self._ends, last, found)
        else:
            self._keep(2, self._holds, longest, found)

    def _keep(
        self, which: int, keyed: dict[str, list[_Found[V]]], key: str, found: _Found[V]
    ) -> None:
        keyed.setdefault(key, []).append(found)
        lengths = self._lengths[which]
        if len(key) not in lengths:
            lengths.append(len(key))

    def find(self, name: str) -> Iterator[V]:
        """Yield the value of each pattern that *name* fits."""
        length = len(name)
        starts, ends, holds = self._lengths
        for size in starts:
            if size <= length and (kept := self._starts.get(name[:size])):
                yield from self._fitting(kept, name)
        for size in ends:
            if size <= length and (kept := self._ends.get(name[length - size :])):
                yield from self._fitting(kept, name)
        if holds:
            yield from self._held(name)
        if self._others:
            yield from self._fitting(self._others, name)

    def _held(self, name: str) -> Iterator[V]:
        seen: set[str] = set()
        for size in self._lengths[2]:
            for at in range(len(name) - size + 1):
                key = name[at : at + size]
                kept = self._holds.get(key)
                if kept and key not in seen:
                    seen.add(key)
                    yield from self._fitting(kept, name)

    def _fitting(self, kept: list[_Found[V]], name: str) -> Iterator[V]:
        for pattern, value in kept:
            if pattern is None or self._fits(pattern, name):
                yield value

    def _fits(self, pattern: str, name: str) -> bool:
        self.compared += 1
        compiled = self._compiled.get(pattern)
        if compiled is None:
            if len(self._compiled) >= COMPILED:
                self._compiled.clear()
            compiled = self._compiled[pattern] = re.compile(fnmatch.translate(pattern))
        return compiled.match(name) is not None


def is_glob(pattern: str) -> bool:
    """Tell whether anything in *pattern* may mean more than itself."""
    return _CONTROLS.search(pattern) is not None


def is_star_only(pattern: str) -> bool:
    """Tell whether stars are all in *pattern* that means something, and stand together."""
    return not is_glob(pattern.replace(_STAR, ""))


def literals(pattern: str) -> list[str]:
    """Return what stands between the parts of *pattern* that mean something.

    A name that fits begins with the first, ends with the last and holds those between, in
    their order.  One alone is the only name that fits.
    """
    pieces: list[str] = []
    piece, at = "", 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        if sign == "[":
            behind = _end_of_set(pattern, at)
            if behind - at == 2 and pattern[at] != "!":  # noqa: PLR2004 - [x] is x
                piece += pattern[at]
                at = behind
                continue
            if behind == at:
                piece += sign
                continue
            at = behind
        elif sign not in "*?":
            piece += sign
            continue
        pieces.append(piece)
        piece = ""
        while sign == _STAR and pattern.startswith(_STAR, at):
            at += 1
    return [*pieces, piece]


def _end_of_set(pattern: str, at: int) -> int:
    """Return where the set that opened before *at* is over; *at* when it never closes."""
    first = at + pattern.startswith("!", at)
    close = pattern.find("]", first + 1)
    return at if close == -1 else close + 1
