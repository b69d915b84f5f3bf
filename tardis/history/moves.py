"""Where else a file was: told by its inode together with its content or identity."""

from typing import Final

from tardis.model import GONE, NEW, BackupSet, Entry, Reader, Version

from .tree import join

_DEEPEST: Final = 4096
"""Names in a path; what seems deeper goes round in a circle."""


class Moves:
    """Finds the other names of files and directories in the sets of a store."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._roots: dict[int, dict[int, bytes]] = {}

    def told(self, versions: tuple[Version, ...]) -> tuple[Version, ...]:
        """Return *versions* of one path, those that came or went with where from or to."""
        return tuple(
            one._replace(elsewhere=self._elsewhere(one, versions[at - 1] if at else None))
            for at, one in enumerate(versions)
        )

    def _elsewhere(self, version: Version, before: Version | None) -> bytes:
        if version.change == GONE and before is not None:
            return self._other(version.entry, version.backup, before.backup)
        if version.change == NEW and version.entry.inode:
            return self._before(version.entry, version.backup)
        return b""

    def _other(self, entry: Entry, there: BackupSet, before: BackupSet) -> bytes:
        """Return where what left was in set *there*, and was not yet in *before*."""
        for directory, row in self._same(entry):
            if row.first_set <= there.number <= row.last_set:
                if row.first_set <= before.number:
                    continue  # a further name of the same file, older than the move
                return self.path(directory, row.name, there.number)
        return b""

    def _before(self, entry: Entry, there: BackupSet) -> bytes:
        """Return where what came was until just before set *there*."""
        for directory, row in self._same(entry):
            if row.last_set == there.number - 1:
                return self.path(directory, row.name, row.last_set)
        return b""

    def _same(self, entry: Entry) -> list[tuple[int, Entry]]:
        """Return (directory, row) of all that was the same file."""
        if entry.child is not None:
            return self._reader.naming(entry.child)
        if entry.content is None or not entry.size:
            return []
        return [
            (directory, row)
            for directory, row in self._reader.holding(entry.content)
            if (row.inode, row.filesystem) == (entry.inode, entry.filesystem)
        ]

    def path(self, directory: int, name: bytes, number: int) -> bytes:
        """Return the path of *name* in *directory* as of set *number*; empty if it has none."""
        names = [name]
        for _ in range(_DEEPEST):
            top = self._roots_of(number).get(directory)
            if top is not None:
                return join(top, b"/".join(reversed(names)))
            above = [
                (one, row.name)
                for one, row in self._reader.naming(directory)
                if row.first_set <= number <= row.last_set
            ]
            if not above:
                return b""
            directory, part = above[0]
            names.append(part)
        return b""

    def _roots_of(self, number: int) -> dict[int, bytes]:
        found = self._roots.get(number)
        if found is None:
            found = self._roots[number] = {
                root.directory: root.path for root in self._reader.roots(number) if not root.name
            }
        return found
