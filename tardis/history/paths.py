"""From a directory of the catalog back to its path in one set."""

from collections.abc import Sequence

from tardis.model import BackupSet, Entry, Reader

_MOST = 10_000


class SetPaths:
    """Finds the paths of directories in one set; what was found is remembered.

    Args:
        reader: Of the store.
        number: Of the set.
    """

    def __init__(self, reader: Reader, number: int) -> None:
        self._reader = reader
        self._number = number
        roots = reader.roots(number)
        self._roots = {root.directory: root.path for root in roots if root.name is None}
        self._files = {(root.directory, root.name): root.path for root in roots if root.name}
        self._known: dict[int, bytes | None] = {}

    def of(self, directory: int) -> bytes | None:
        """Return the path of *directory* as stored, None when the set does not show it."""
        way: list[tuple[int, bytes]] = []
        here = directory
        while here not in self._known and here not in self._roots:
            above = self._above(here)
            if above is None or len(way) > _MOST:
                self._known[here] = None
                break
            way.append((here, above[1]))
            here = above[0]
        path = self._roots.get(here, self._known.get(here))
        for below, name in reversed(way):
            path = None if path is None else path.rstrip(b"/") + b"/" + name
            self._known[below] = path
        return path

    def of_entry(self, directory: int, name: bytes) -> bytes | None:
        """Return the path of what *directory* has under *name*."""
        if (directory, name) in self._files:
            return self._files[directory, name]
        above = self.of(directory)
        return None if above is None else above.rstrip(b"/") + b"/" + name

    def _above(self, directory: int) -> tuple[int, bytes] | None:
        for above, row in self._reader.naming(directory):
            if row.first_set <= self._number <= row.last_set:
                return above, row.name
        return None


class AnyPaths:
    """Finds where rows lie, in the newest set that shows them.

    Args:
        reader: Of the store.
        sets: By number.
    """

    def __init__(self, reader: Reader, sets: Sequence[BackupSet]) -> None:
        self._reader = reader
        self._sets = list(sets)
        self._paths: dict[int, SetPaths] = {}

    def of(self, directory: int, entry: Entry) -> tuple[bytes, BackupSet, BackupSet] | None:
        """Return path, oldest and newest set of a row; None when no set shows it."""
        there = [one for one in self._sets if entry.first_set <= one.number <= entry.last_set]
        for backup in reversed(there):
            path = self._of(backup.number).of_entry(directory, entry.name)
            if path is not None:
                return path, self._oldest(there, directory, entry), backup
        return None

    def _oldest(self, there: Sequence[BackupSet], directory: int, entry: Entry) -> BackupSet:
        shown = (
            one for one in there
            if self._of(one.number).of_entry(directory, entry.name) is not None
        )  # fmt: skip
        return next(shown)

    def _of(self, number: int) -> SetPaths:
        if number not in self._paths:
            self._paths[number] = SetPaths(self._reader, number)
        return self._paths[number]
