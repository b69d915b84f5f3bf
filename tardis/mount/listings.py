"""What directories of sets hold, remembered for those who ask name by name."""

from collections import OrderedDict
from typing import Final

from tardis.history import Node, Tree
from tardis.model import BackupSet, NoSuchPathError, Reader

KEPT_NODES: Final = 50_000
"""Nodes of listed directories that are remembered."""

KEPT_TREES: Final = 64


class Listings:
    """Lists directories of sets through *reader*; what is remembered is bounded."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._trees: OrderedDict[int, Tree] = OrderedDict()
        self._listings: OrderedDict[tuple[int, bytes], dict[bytes, Node]] = OrderedDict()
        self._kept = 0

    def forget(self, numbers: set[int]) -> None:
        """Drop what was remembered of sets that may have changed."""
        for number in numbers:
            self._trees.pop(number, None)
        for key in [key for key in self._listings if key[0] in numbers]:
            self._kept -= len(self._listings.pop(key))

    def top(self, backup: BackupSet) -> Node | None:
        """Return what is above all whole paths of a set."""
        return self._tree(backup).top()

    def _tree(self, backup: BackupSet) -> Tree:
        tree = self._trees.get(backup.number)
        if tree is None:
            tree = self._trees[backup.number] = Tree(self._reader, backup.number)
            if len(self._trees) > KEPT_TREES:
                self._trees.popitem(last=False)
        return tree

    def at(self, backup: BackupSet, path: bytes) -> dict[bytes, Node]:
        """Return what the directory *path* of a set holds, by name.

        Raises:
            NoSuchPathError: There is none.
        """
        known = self._listings.get((backup.number, path))
        if known is not None:
            self._listings.move_to_end((backup.number, path))
            return known
        if path == b"/":
            return self.of(backup, path, self.top(backup))
        folder, _, last = path.rpartition(b"/")
        node = self.at(backup, folder or b"/").get(last)
        if node is None:
            raise NoSuchPathError("the set does not hold that")
        return self.of(backup, path, node)

    def of(self, backup: BackupSet, path: bytes, node: Node | None) -> dict[bytes, Node]:
        """Return what is in *node*, the directory *path* of a set, by name."""
        known = self._listings.get((backup.number, path))
        if known is not None:
            return known
        tree = self._tree(backup)
        found: dict[bytes, Node] = {}
        if node is not None:
            found = {child.name: child for child in tree.children(node)}
        if path == b"/" and (relative := tree.top(absolute=False)) is not None:
            found |= {child.name: child for child in tree.children(relative)}
        self._listings[backup.number, path] = found
        self._kept += len(found)
        while self._kept > KEPT_NODES and len(self._listings) > 1:
            self._kept -= len(self._listings.popitem(last=False)[1])
        return found
