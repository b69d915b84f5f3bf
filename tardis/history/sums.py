"""What a set shows, added up again and compared with what its client has signed.

A row that was hidden, or an older one that was put in its place, has a code that holds: only
the sum of the set tells.

Where several sets are added up, each directory is read once: what it holds is added up for
each stretch of sets in which it was the same, and that is looked up for every set.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from tardis.crypto import KeyRing, Seals, SetSum
from tardis.model import BackupSet, Entry, Reader
from tardis.protocol import listing
from tardis.scan import cut
from tardis.streams import pack, unpack

_VERSION: Final = 1
_ALONE: Final = b"/"
_SPARE: Final = 1000
_NAME: Final = listing.ENTRY.size

Changes = dict[bytes, dict[bytes, tuple[bytes, bytes | None]]]
"""Path of a directory → name → (row as it was walked, row as it is recorded)."""


class Told(NamedTuple):
    """What a client told beside a set; see `client.Summing`.

    Attributes:
        total: The sum, empty where there is none.
        unlisted: Directories that could not be listed.
        changes: What was recorded otherwise than it was walked.
        size: How many of both.
    """

    total: bytes
    unlisted: frozenset[bytes]
    changes: Changes
    size: int

    @classmethod
    def parse(cls, packed: bytes) -> "Told | None":
        """Return what *packed* tells, which was signed; None where it tells of no sum."""
        try:
            _, total, told = unpack(packed)
            changes: Changes = {}
            for path, row, now in told:
                if row:
                    changes.setdefault(path, {})[row[_NAME:]] = row, now
            unlisted = frozenset(path for path, row, _ in told if not row)
        except (ValueError, TypeError):
            return None
        return cls(total, unlisted, changes, len(told))


NOTHING: Final = Told(b"", frozenset(), {}, 0)
"""There is no sum, and all is recorded as it was walked."""


class _State(NamedTuple):
    """What one directory holds in some sets that follow each other.

    Attributes:
        first: The first set.
        total: Its own sum, without what is below.
        size: How many entries it has.
        inside: Name and number of each directory in it that was entered.
    """

    first: int
    total: bytes
    size: int
    inside: tuple[tuple[bytes, int], ...]


class Adding:
    """Adds up what sets show.

    Args:
        reader: Of the store.
        ring: Its keys.
        numbers: Of all sets that are to be added up, if these are several.
        looks_up: Ask where the contents of all files lie, so that the reader compares them
            with the rows that name them.
    """

    def __init__(
        self, reader: Reader, ring: KeyRing, numbers: Sequence[int] = (), *, looks_up: bool = False
    ) -> None:
        self._looks_up = looks_up
        self._reader = reader
        self._ring = ring
        self._seal = Seals(ring).names.seal
        self._numbers = sorted(numbers)
        self._known: dict[int, tuple[bytes, list[_State]]] = {}

    def faults(self, backup: BackupSet, told: Told) -> Iterator[str]:
        """Yield a sentence for each thing that does not hold of a complete set.

        Args:
            backup: The set.
            told: What its client told beside it, signed.
        """
        if self._total(backup, told) != told.total and told.total:
            yield (
                f"set {backup.number} ({backup.name}) does not show what was backed up: entries "
                "were hidden or added, or older ones put in their place"
            )

    def packed(self, backup: BackupSet, told: Told) -> bytes:
        """Return what stands for all that a set shows now, to be signed; see `Told.parse`.

        Args:
            backup: The set.
            told: What its client told; what could not be listed stays so.
        """
        total = self._total(backup, told._replace(changes={}))
        return pack((_VERSION, total, [(path, b"", None) for path in sorted(told.unlisted)]))

    def _total(self, backup: BackupSet, told: Told) -> bytes:
        total, number = SetSum(self._ring), backup.number
        left = backup.entries + told.size + _SPARE
        for root in self._reader.roots(number):
            if root.name is not None:
                found = self._reader.child(root.directory, number, root.name)
                rows = self._walked(root.path, [found] if found else [], told)
                total.add(root.path, _ALONE, b"".join(rows))
                continue
            waiting = [(root.path.rstrip(b"/"), root.directory)]
            while waiting and left >= 0:  # else its directories go round
                path, directory = waiting.pop()
                if path in told.unlisted:
                    continue
                state = self._state(path, directory, number, told)
                total.add_sum(state.total)
                left -= state.size
                waiting += [(path + b"/" + name, child) for name, child in state.inside]
        return total.told()

    def _state(self, path: bytes, directory: int, number: int, told: Told) -> _State:
        """Return what a directory held in set *number*."""
        if path in told.changes or number not in self._numbers:
            entries = list(self._reader.children(directory, number))
            self._look_up(entries)
            return self._added(path, number, entries, told)
        before, states = self._known.get(directory, (b"", []))
        if before != path or not states:
            states = self._states(path, directory)
            self._known[directory] = path, states
        return states[bisect_right(states, number, key=_first) - 1]

    def _states(self, path: bytes, directory: int) -> list[_State]:
        """Return what a directory held from set to set, oldest first, wherever it was then."""
        numbers = self._numbers
        rows = list(self._reader.history(directory, numbers[0], numbers[-1]))
        self._look_up(rows)
        turns = {numbers[0]}
        for row in rows:
            for turn in (row.first_set, row.last_set + 1):
                at = bisect_right(numbers, turn - 1)
                turns.update(numbers[at : at + 1])
        return [
            self._added(path, turn, [one for one in rows if _is_in(one, turn)], NOTHING)
            for turn in sorted(turns)
        ]

    def _look_up(self, entries: list[Entry]) -> None:
        if self._looks_up:
            self._reader.contents({one.content for one in entries if one.content})

    def _added(self, path: bytes, number: int, entries: list[Entry], told: Told) -> _State:
        """Return what *entries*, all that a directory has from set *number* on, come to."""
        total, rows = SetSum(self._ring), self._walked(path, entries, told)
        for start, some in self._cut(rows):
            total.add(path, start, b"".join(some))
        inside = tuple((one.name, one.child) for one in entries if one.child is not None)
        return _State(number, total.told(), len(rows), inside)

    def _walked(self, path: bytes, entries: list[Entry], told: Told) -> list[bytes]:
        """Return the rows of a directory as they were walked, in the order of their names."""
        rows = {entry.name: listing.row_of(entry) for entry in entries}
        if len(rows) < len(entries):  # a name twice: nobody has walked that
            return sorted(map(listing.row_of, entries), key=_name)
        for name, (before, now) in told.changes.get(path, {}).items():
            if now is not None and rows.get(name, b"") != now:
                continue  # neither what was walked nor what was recorded: it shows in the sum
            rows[name] = before
        return [rows[name] for name in sorted(rows)]

    def _cut(self, rows: list[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
        """Yield the ranges of a directory: where each starts, and its rows."""
        if len(rows) <= listing.SLICE_ENTRIES:
            yield b"", rows
            return
        ordered = sorted((self._seal(row[_NAME:]), row) for row in rows)
        names = [name for name, _ in ordered]
        starts = cut(names)
        for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
            some: list[Any] = sorted((row for _, row in ordered[first:behind]), key=_name)
            yield names[first] if first else b"", some


def _is_in(row: Entry, number: int) -> bool:
    return row.first_set <= number <= row.last_set


def _first(state: _State) -> int:
    return state.first


def _name(row: bytes) -> bytes:
    return row[_NAME:]
