"""What directories of sets hold, remembered for those who ask name by name."""

from collections import OrderedDict
from typing import Final

from tardis.history import Node, Tree
from tardis.model import BackupSet, Entry, NoSuchPathError, Reader

KEPT_NODES: Final = 50_000
"""Nodes of listed directories that are remembered."""

KEPT_TREES: Final = 64
KEPT_ASKED: Final = 1000
FEW: Final = 4
"""Names that are asked for one by one before their directory is listed as a whole."""


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
        self._asked: OrderedDict[tuple[int, bytes], int] = OrderedDict()
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

    def find(self, backup: BackupSet, path: bytes) -> Entry | Node:
        """Return what is at *path*, which is not the top, of a set.

        Of a directory that was not listed a few names are asked for one by one.

        Raises:
            NoSuchPathError: Nothing is.
        """
        above, _, last = path.rpartition(b"/")
        key = (backup.number, above or b"/")
        known = self._listings.get(key)
        if known is not None:
            self._listings.move_to_end(key)
            found = known.get(last)
        else:
            node = node_of(above, self.find(backup, above)) if above else self.top(backup)
            if node is not None and node.branch is None and node.directory and self._is_new(key):
                found = self._reader.child(node.directory, backup.number, last)
            else:
                found = self.of(backup, key[1], node).get(last)
        if found is None:
            raise NoSuchPathError("the set does not hold that")
        return found

    def _is_new(self, key: tuple[int, bytes]) -> bool:
        """Tell whether only a few names in a directory have been asked for, with this one."""
        count = self._asked[key] = self._asked.get(key, 0) + 1
        if len(self._asked) > KEPT_ASKED:
            self._asked.popitem(last=False)
        return count <= FEW

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
