"""Which manifests rebuild a catalog, and which of them are missing: decided from their places.

Manifests are written one after the other, so a later one always lies in a pack of a higher
number, or at a higher place of the same.  What follows the newest whole full manifest is
replayed upon it; where a catalog is known that is newer than that, upon the catalog.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .manifest import END
from .rebuild_scan import SET, Manifest


@dataclass(frozen=True, slots=True)
class Known:
    """What a catalog that is begun with holds already.

    Attributes:
        where: (pack, place) of its last manifest; (0, 0) for none.
        sequences: Set number → highest sequence of its manifests there.
        last_set: Highest set number it ever gave out.
    """

    where: tuple[int, int] = (0, 0)
    sequences: tuple[tuple[int, int], ...] = ()
    last_set: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be applied, in this order.

    Attributes:
        pages: Of a full manifest that replaces what the catalog says, the last page, which
            holds no rows, too; empty: none does.
        groups: Records of groups and ends of sets.
        gap: First set that records are missing of; it and all later ones are in doubt.
        last_set: Highest set number that any record names.
    """

    pages: tuple[Manifest, ...]
    groups: tuple[Manifest, ...]
    gap: int | None
    last_set: int


def plan_replay(manifests: Sequence[Manifest], known: Known) -> Replay:
    """Return what rebuilds a catalog.

    Args:
        manifests: All that were found, in the order of their places.
        known: The catalog to begin with.
    """
    last = max((max(one.number, one.last_set) for one in manifests), default=0)
    end = _newest_full(manifests, known)
    if end is None:
        start, before, base = known.where, dict(known.sequences), known.last_set
        pages: tuple[Manifest, ...] = ()
    else:
        start, before = end.where, {end.number: end.sequence}
        base = max(end.number, end.last_set)
        pages = _pages_of(manifests, end)
    behind = _standing(one for one in manifests if one.where > start)
    gap = _first_gap(behind, before, base)
    if end is not None:
        gap = 1 if len(pages) < end.pages else gap
        pages = (*pages, end)
    groups = tuple(sorted(one for one in behind if one.mark in ("", SET)))
    return Replay(pages, groups, gap, max(last, known.last_set))


def _newest_full(manifests: Sequence[Manifest], known: Known) -> Manifest | None:
    """Return the last page of the full manifest to begin with, None for the known catalog.

    One that lacks pages serves only where nothing else does.
    """
    ends = [one for one in manifests if one.mark == END and one.where > known.where]
    for end in reversed(ends):
        if len(_pages_of(manifests, end)) == end.pages:
            return end
    has_start = known.last_set or any(one.mark in ("", SET) for one in _before(manifests, ends))
    return None if has_start or not ends else ends[-1]


def _before(manifests: Iterable[Manifest], ends: Sequence[Manifest]) -> list[Manifest]:
    return [one for one in manifests if not ends or one.where < ends[-1].where]


def _pages_of(manifests: Iterable[Manifest], end: Manifest) -> tuple[Manifest, ...]:
    """Return the pages that *end* is the last of, in order; fewer where some are gone."""
    found = {
        one.sequence: one
        for one in manifests
        if one.number == end.number
        and one.mark not in ("", SET, END)
        and end.sequence - end.pages <= one.sequence < end.sequence
        and one.where < end.where
    }
    return tuple(found[sequence] for sequence in sorted(found))


def _standing(behind: Iterable[Manifest]) -> list[Manifest]:
    """Return the records that no later run of the same set has taken back.

    A run that goes on with a set begins behind what was committed: what the one before told
    from there on, perhaps the end of the set, was never true.
    """
    found: defaultdict[int, list[Manifest]] = defaultdict(list)
    for one in behind:
        before = found[one.number]
        while before and before[-1].sequence >= one.sequence:
            before.pop()
        before.append(one)
    return [one for records in found.values() for one in records]


def _first_gap(behind: Collection[Manifest], before: dict[int, int], base: int) -> int | None:
    """Return the first set of which a record is missing.

    Args:
        behind: All records after the start.
        before: Highest sequence of sets that the start holds.
        base: Highest set number that was given out before the start.
    """
    seen: defaultdict[int, set[int]] = defaultdict(set)
    for one in behind:
        first = one.sequence - (one.pages if one.mark == END else 0)
        seen[one.number].update(range(first, one.sequence + 1))  # a page repeats only
    for number in range(min([base + 1, *seen]), max(seen, default=0) + 1):
        if number not in seen and number <= base:
            continue  # it was complete, or removed, before
        first = before.get(number, -1) + 1
        wanted = range(first, max(seen[number], default=first) + 1)
        if not seen[number].issuperset(wanted):
            return number
    return None
