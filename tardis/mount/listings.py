"""What directories of sets hold, remembered for those who ask name by name."""

from collections import OrderedDict
from typing import Final

from tardis.history import Node, Tree
from tardis.model import BackupSet, Entry, NoSuchPathError, Reader

KEPT_NODES: Final = 50_000
"""Nodes of listed directories that are remembered."""

KEPT_TREES: Final = 64


Listing = dict[bytes, Entry | Node]
"""Name to what it is: an entry, or a node where roots lie at or below it."""


def node_of(path: bytes, found: Entry | Node) -> Node:
    """Return what a listing has at *path*, as a node."""
    return found if isinstance(found, Node) else Node(path, found, found.child, None)


class Listings:
    """Lists directories of sets through *reader*; what is remembered is bounded."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._trees: OrderedDict[int, Tree] = OrderedDict()
        self._listings: OrderedDict[tuple[int, bytes], Listing] = OrderedDict()
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

    def at(self, backup: BackupSet, path: bytes) -> Listing:
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
        found = self.at(backup, folder or b"/").get(last)
        if found is None:
            raise NoSuchPathError("the set does not hold that")
        return self.of(backup, path, node_of(path, found))

    def of(self, backup: BackupSet, path: bytes, node: Node | None) -> Listing:
        """Return what is in *node*, the directory *path* of a set, by name."""
        known = self._listings.get((backup.number, path))
        if known is not None:
            return known
        found: Listing = {}
        if node is not None and node.branch is None and node.directory is not None:
            found = {one[0]: one for one in self._reader.children(node.directory, backup.number)}
            return self._keep((backup.number, path), found)
        tree = self._tree(backup)
        if node is not None:
            found |= {child.name: child for child in tree.children(node)}
        if path == b"/" and (relative := tree.top(absolute=False)) is not None:
            found |= {child.name: child for child in tree.children(relative)}
        return self._keep((backup.number, path), found)

    def _keep(self, key: tuple[int, bytes], found: Listing) -> Listing:
        self._listings[key] = found
        self._kept += len(found)
        while self._kept > KEPT_NODES and len(self._listings) > 1:
            self._kept -= len(self._listings.popitem(last=False)[1])
        return found
