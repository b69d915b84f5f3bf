"""Places: one path over many backup sets, found and walked in all of them at once.

A directory keeps its identity from set to set, so what a thousand sets hold at a path is
mostly one directory, read once.  Where a path was another directory in other sets, each is
read for the sets it was there in.  Sets that never looked at a path, because their roots
lie elsewhere, say nothing about it.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from tardis.model import Ancestor, Entry, Reader

from .sorting import in_order
from .span import Span, lowest
from .tree import components, join

_NOTHING: Final[dict[int, int]] = {}
_BARE: Final = Entry(b"", stat.S_IFDIR, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None, 0, 0)


@dataclass(slots=True)
class Fork:
    """What roots say about one path; a mask says in which sets.

    Attributes:
        kids: Further on the way to roots, by name.
        looked: Sets with a root here or below.
        below: Sets with a root further down.
        directories: Roots here that are directories: id to mask.
        files: Roots here that are no directories: (directory, name) to mask.
        known: Metadata of the directory here to mask.
    """

    kids: dict[bytes, "Fork"] = field(default_factory=dict)
    looked: int = 0
    below: int = 0
    directories: dict[int, int] = field(default_factory=dict)
    files: dict[tuple[int, bytes], int] = field(default_factory=dict)
    known: dict[Ancestor, int] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """One path over all sets.

    Attributes:
        path: As stored.
        rows: What it was, and in which sets, in order of time; no two share a set.
        looked: Sets that looked for it.
        inside: Sets that have all that lies below it.
        directories: Ids under which its children are found, and in which sets.
        fork: The ways from here to roots.
    """

    path: bytes
    rows: list[tuple[int, Entry]]
    looked: int
    inside: int
    directories: dict[int, int]
    fork: Fork | None

    @property
    def present(self) -> int:
        """Sets that have it."""
        mask = 0
        for part, _ in self.rows:
            mask |= part
        return mask

    @property
    def is_directory(self) -> bool:
        """Tell whether it was a directory that was entered, in any set."""
        return bool(self.directories) or bool(self.fork and self.fork.below)


class Places:
    """Finds places in the sets of *span* through *reader*."""

    def __init__(self, reader: Reader, span: Span) -> None:
        self._reader = reader
        self._span = span
        self._tops = {True: Fork(), False: Fork()}
        for at, backup in enumerate(span.sets):
            for root in reader.roots(backup.number):
                _plant(self._tops[root.path.startswith(b"/")], root, 1 << at)

    def tops(self) -> list[Place]:
        """Return what lies above all whole paths, and above all relative ones."""
        return [
            self._place(b"/" if absolute else b"", [], 0, fork)
            for absolute, fork in self._tops.items()
            if fork.looked
        ]

    def find(self, path: bytes) -> Place | None:
        """Return what any set holds at *path*, or None."""
        fork = self._tops[path.startswith(b"/")]
        place = self._place(b"/" if path.startswith(b"/") else b"", [], 0, fork)
        for name in components(path):
            place = self._child(place, name)
            if not place.rows:
                return None
        return place if place.rows else None

    def _child(self, place: Place, name: bytes) -> Place:
        rows = []
        for directory, sets in place.directories.items():
            rows += self._rows(directory, name, sets)
        fork = place.fork.kids.get(name) if place.fork else None
        return self._place(join(place.path, name), rows, place.inside, fork)

    def _rows(self, directory: int, name: bytes, sets: int) -> list[tuple[int, Entry]]:
        found = []
        for entry in self._reader.versions(directory, name, self._span.first, self._span.last):
            mask = sets & self._span.mask(entry.first_set, entry.last_set)
            if mask:
                found.append((mask, entry))
        return found

    def children(self, place: Place, *, is_reverse: bool = False) -> Iterator[Place]:
        """Yield what was in *place* in any set.

        By name without regard to case and to a dot in front; memory is bounded, however
        many there are.
        """
        kids = place.fork.kids if place.fork else {}
        rows = in_order(self._all_rows(place, kids), is_reverse=is_reverse)
        for (_, name), some in groupby(rows, key=_key):
            found = [(mask, _entry(row)) for _, _, mask, row in some if mask]
            path = join(place.path, name)
            yield self._place(path, found, place.inside, kids.get(name))

    def _all_rows(self, place: Place, kids: dict[bytes, Fork]) -> Iterator[tuple[Any, ...]]:
        first, last, mask_of = self._span.first, self._span.last, self._span.mask
        for directory, sets in place.directories.items():
            for entry in self._reader.history(directory, first, last):
                mask = sets & mask_of(entry.first_set, entry.last_set)
                if mask:
                    name = entry[0]
                    yield folded(name), name, mask, entry
        for name in kids:
            yield folded(name), name, 0, ()

    def _place(
        self, path: bytes, rows: list[tuple[int, Entry]], inside: int, fork: Fork | None
    ) -> Place:
        """Return the place at *path*, of which *rows* lie in the directory above."""
        if fork is None:
            if len(rows) > 1:
                rows.sort(key=_moment)
            return Place(path, rows, inside, inside, _children_of(rows), None)
        rows = self._with_roots(path, rows, fork)
        directories = _children_of(rows)
        rooted = 0
        for mask in fork.directories.values():
            rooted |= mask
        merged = {one: mask & ~rooted for one, mask in directories.items() if mask & ~rooted}
        for one, mask in fork.directories.items():
            merged[one] = merged.get(one, 0) | mask
        return Place(path, rows, inside | fork.looked, inside | rooted, merged, fork)

    def _with_roots(
        self, path: bytes, rows: list[tuple[int, Entry]], fork: Fork
    ) -> list[tuple[int, Entry]]:
        """Add to *rows* what only the roots know of."""
        for (directory, name), sets in fork.files.items():
            present = _union(rows)
            rows += [
                (m & ~present, e) for m, e in self._rows(directory, name, sets) if m & ~present
            ]
        must = fork.below  # something lies below it there, so it is a directory
        for mask in fork.directories.values():
            must |= mask
        rows = [(m if e.is_directory else m & ~must, e) for m, e in rows]
        rows = [(mask, entry) for mask, entry in rows if mask]
        bare = must & ~_union(rows)
        for ancestor, sets in fork.known.items():
            if bare & sets:
                rows.append((bare & sets, self._bare(path, ancestor, bare & sets)))
                bare &= ~sets
        if bare:
            rows.append((bare, self._bare(path, None, bare)))
        return sorted(rows, key=_moment)

    def _bare(self, path: bytes, known: Ancestor | None, sets: int) -> Entry:
        """Return a row for a directory that has none of its own."""
        entry = _BARE._replace(
            name=path.rsplit(b"/", 1)[-1] or path,
            first_set=self._span.oldest(sets).number,
            last_set=self._span.newest(sets).number,
        )
        if known is None:
            return entry
        return entry._replace(
            mode=known.mode,
            uid=known.uid,
            gid=known.gid,
            mtime=known.mtime,
            mtime_ns=known.mtime_ns,
            xattrs=known.xattrs or None,
        )


def folded(name: bytes) -> bytes:
    """Return by what *name* is sorted."""
    return (name[1:] if name.startswith(b".") else name).lower()


def _key(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[:2]


def _entry(row: tuple[Any, ...]) -> Entry:
    return row if type(row) is Entry else Entry._make(row)


def _moment(row: tuple[int, Entry]) -> int:
    return lowest(row[0])


def _union(rows: list[tuple[int, Entry]]) -> int:
    mask = 0
    for part, _ in rows:
        mask |= part
    return mask


def _children_of(rows: list[tuple[int, Entry]]) -> dict[int, int]:
    found = _NOTHING
    for mask, entry in rows:
        if entry.child is not None:
            if found is _NOTHING:
                found = {}
            found[entry.child] = found.get(entry.child, 0) | mask
    return found


def _plant(top: Fork, root: Any, mask: int) -> None:
    """Make the way from *top* to *root* for one set."""
    names = components(root.path)
    known = root.ancestors
    if len(known) == len(names) + 1:  # the top itself is told first
        top.known[known[0]] = top.known.get(known[0], 0) | mask
        known = known[1:]
    fork = top
    fork.looked |= mask
    for position, name in enumerate(names):
        fork.below |= mask
        fork = fork.kids.setdefault(name, Fork())
        fork.looked |= mask
        if position < len(known):
            fork.known[known[position]] = fork.known.get(known[position], 0) | mask
    if root.name is None:
        fork.directories[root.directory] = fork.directories.get(root.directory, 0) | mask
    else:
        key = (root.directory, root.name)
        fork.files[key] = fork.files.get(key, 0) | mask
