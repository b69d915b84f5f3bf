"""What a set shows, added up again and compared with what its client has signed.

A row that was hidden, or an older one that was put in its place, has a code that holds: only
the sum of the set tells.
"""

from collections.abc import Iterator
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


class Adding:
    """Adds up what sets show.

    Args:
        reader: Of the store.
        ring: Its keys.
        looks_up: Ask where the contents of all files lie, so that the reader compares them
            with the rows that name them.
    """

    def __init__(self, reader: Reader, ring: KeyRing, *, looks_up: bool = False) -> None:
        self._looks_up = looks_up
        self._reader = reader
        self._ring = ring
        self._seal = Seals(ring).names.seal

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
        total = SetSum(self._ring)
        left = backup.entries + told.size + _SPARE
        for path, start, rows in self._ranges(backup.number, told):
            left -= len(rows)
            if left < 0:  # its directories go round
                break
            total.add(path, start, b"".join(rows))
        return total.told()

    def _ranges(self, number: int, told: Told) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
        """Yield (path, start, rows) of each range of a set, as its client has walked it."""
        for root in self._reader.roots(number):
            if root.name is not None:
                found = self._reader.child(root.directory, number, root.name)
                rows = self._walked(root.path, [found] if found else [], told)
                yield root.path, _ALONE, rows
                continue
            waiting = [(root.path.rstrip(b"/"), root.directory)]
            while waiting:
                path, directory = waiting.pop()
                if path in told.unlisted:
                    continue
                entries = list(self._reader.children(directory, number))
                if self._looks_up:
                    self._reader.contents({one.content for one in entries if one.content})
                for entry in entries:
                    if entry.child is not None:
                        waiting.append((path + b"/" + entry.name, entry.child))
                yield from self._cut(path, self._walked(path, entries, told))

    def _walked(self, path: bytes, entries: list[Entry], told: Told) -> list[bytes]:
        """Return the rows of a directory as they were walked, in the order of their names."""
        rows = {entry.name: listing.row_of(entry) for entry in entries}
        for name, (before, now) in told.changes.get(path, {}).items():
            if now is not None and rows.get(name, b"") != now:
                continue  # neither what was walked nor what was recorded: it shows in the sum
            rows[name] = before
        return [rows[name] for name in sorted(rows)]

    def _cut(self, path: bytes, rows: list[bytes]) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
        """Yield the ranges of a directory."""
        if len(rows) <= listing.SLICE_ENTRIES:
            yield path, b"", rows
            return
        ordered = sorted((self._seal(row[_NAME:]), row) for row in rows)
        names = [name for name, _ in ordered]
        starts = cut(names)
        for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
            some: list[Any] = sorted((row for _, row in ordered[first:behind]), key=_name)
            yield path, names[first] if first else b"", some


def _name(row: bytes) -> bytes:
    return row[_NAME:]
