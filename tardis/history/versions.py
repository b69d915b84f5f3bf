"""Which versions of a path a listing shows: a decision about values, nothing is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tardis.model import CHANGED, GONE, KEPT, MOVED, NEW, Entry, Version

from .places import Place
from .span import Span, highest, lowest, places

_Run = tuple[int, Entry | None]
"""Sets in a row, and what the path was in them; None where it was gone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What makes a version.

    Attributes:
        which: ``change``, ``all``, ``last`` or ``none``.
        deletions: Show sets in which a path was gone.
        times: Another mtime or ctime is another version.
        metadata: Another mode or owner is another version.
    """

    which: str = "change"
    deletions: bool = True
    times: bool = False
    metadata: bool = False


def is_gone(place: Place, span: Span) -> bool:
    """Tell whether the newest complete set that looked for *place* has it no more."""
    looked = place.looked & span.complete
    return bool(looked) and looked.bit_length() > place.present.bit_length()


def versions_of(place: Place, span: Span, wanted: Wanted) -> tuple[Version, ...]:
    """Return the versions of *place*, the oldest first."""
    if wanted.which == "none" or not place.rows:
        return ()
    runs = _runs(place, span)
    if wanted.which == "last":
        return _last(runs, span, wanted)
    found: list[Version] = []
    shown: Entry | None = None
    is_there = False
    for mask, entry in runs:
        if entry is None:
            if wanted.deletions and shown is not None:
                found.append(Version(GONE, span.oldest(mask), shown))
            is_there = False
            continue
        backup = span.oldest(mask)
        change = _change(shown, entry, backup.number, is_there=is_there, wanted=wanted)
        is_there = True
        if change != KEPT or shown is None:
            shown = entry
            found.append(Version(change, backup, entry))
            rest = mask & (mask - 1)
        else:
            rest = mask
        if wanted.which == "all":
            found += [Version(KEPT, one, entry) for one in span.each(rest)]
    return tuple(found)


def _change(
    shown: Entry | None, entry: Entry, number: int, *, is_there: bool, wanted: Wanted
) -> str:
    """Return what *entry* is in set *number*, after what was shown of it before."""
    if shown is None:
        return NEW if entry.first_set == number else KEPT
    return judge(shown, entry, wanted) if is_there else NEW


def judge(old: Entry, new: Entry, wanted: Wanted) -> str:
    """Return how *new* differs from *old*: changed, moved or kept."""
    if _bytes_differ(old, new):
        return CHANGED
    if wanted.times and _times(old) != _times(new):
        return CHANGED
    if wanted.metadata and (old.mode, old.uid, old.gid) != (new.mode, new.uid, new.gid):
        return CHANGED
    if (old.inode, old.filesystem) != (new.inode, new.filesystem) and old.inode and new.inode:
        return MOVED
    return KEPT


_KIND: Final = 0o170000


def _bytes_differ(old: Entry, new: Entry) -> bool:
    """Tell whether two rows have other kinds or contents; of directories, other names in them."""
    if (old.mode ^ new.mode) & _KIND:
        return True
    if new.is_directory:
        return (old.mtime, old.mtime_ns) != (new.mtime, new.mtime_ns)
    return (old.content, old.target, old.rdev) != (new.content, new.target, new.rdev)


def _times(entry: Entry) -> tuple[int, ...]:
    return entry.mtime, entry.mtime_ns, entry.ctime, entry.ctime_ns


def _last(runs: list[_Run], span: Span, wanted: Wanted) -> tuple[Version, ...]:
    """Return the last version, named by the newest set that has it."""
    there = [(mask, entry) for mask, entry in runs if entry is not None]
    mask, entry = there[-1]
    last = Version(KEPT, span.newest(mask), entry)
    end, nothing = runs[-1]
    if nothing is None and wanted.deletions:
        return last, Version(GONE, span.oldest(end), entry)
    return (last,)


def _runs(place: Place, span: Span) -> list[_Run]:
    """Return what *place* was, as runs of sets in order of time, gaps included."""
    looked = place.looked & span.complete
    present = place.present
    if not looked & ~present & ~((present & -present) - 1) and _are_apart(place.rows):
        return list(place.rows)
    runs: list[_Run] = []
    for at, entry in _each(place, (looked | present) & ~((present & -present) - 1)):
        if runs and runs[-1][1] is entry:
            runs[-1] = (runs[-1][0] | 1 << at, entry)
        else:
            runs.append((1 << at, entry))
    return runs


def _each(place: Place, sets: int) -> Iterator[tuple[int, Entry | None]]:
    for at in places(sets):
        yield at, next((entry for mask, entry in place.rows if mask >> at & 1), None)


def _are_apart(rows: list[tuple[int, Entry]]) -> bool:
    """Tell whether each row ends before the next begins."""
    return all(highest(one) < lowest(other) for (one, _), (other, _) in pairwise(rows))


def judged_versions(place: Place, span: Span) -> list[Version]:
    """Return what a search looks at: of a file each content, of a directory each set."""
    if place.is_directory:
        newest = place.rows[-1][1]
        return [Version(KEPT, one, newest) for one in span.each(place.present & span.complete)]
    found = versions_of(place, span, Wanted(deletions=False))
    return [one for one in found if one.entry.content is not None and one.change != MOVED]
