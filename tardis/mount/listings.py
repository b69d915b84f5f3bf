"""What directories of sets hold, remembered for those who ask name by name."""

from collections import OrderedDict
from typing import Final, NamedTuple

from tardis.history import Node, Tree
from tardis.model import BackupSet, Entry, Kinds, NoSuchPathError, Reader

KEPT_NODES: Final = 50_000
"""Nodes of listed directories that are remembered."""

KEPT_TREES: Final = 64
KEPT_ASKED: Final = 1000
FEW: Final = 4
"""Names that are asked for one by one before their directory is listed as a whole."""


KEPT_AHEAD: Final = 20_000
"""Names of directories that nobody has listed yet."""

AHEAD: Final = 32
"""Directories beside one that is listed, at the most, that are asked for together with it."""

Listing = dict[bytes, Entry | Node]
"""Name to what it is: an entry, or a node where roots lie at or below it."""


class Known(NamedTuple):
    """What is remembered of a directory; only of its directories unless it *is_whole*."""

    found: Listing
    is_whole: bool


def node_of(path: bytes, found: Entry | Node) -> Node:
    """Return what a listing has at *path*, as a node."""
    return found if isinstance(found, Node) else Node(path, found, found.child, None)


class Listings:
    """Lists directories of sets through *reader*; what is remembered is bounded."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._trees: OrderedDict[int, Tree] = OrderedDict()
        self._listings: OrderedDict[tuple[int, bytes], Known] = OrderedDict()
        self._asked: OrderedDict[tuple[int, bytes], int] = OrderedDict()
        self._ahead: OrderedDict[tuple[int, int], Kinds] = OrderedDict()
        self._kept_ahead = self._kept = 0

    def forget(self, numbers: set[int]) -> None:
        """Drop what was remembered of sets that may have changed."""
        for number in numbers:
            self._trees.pop(number, None)
        for key in [key for key in self._listings if key[0] in numbers]:
            self._kept -= len(self._listings.pop(key).found)
        for number, directory in [key for key in self._ahead if key[0] in numbers]:
            self._take(number, directory)

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
        found = None
        if known is not None:
            self._listings.move_to_end(key)
            found = known.found.get(last)
        if found is None and not (known is not None and known.is_whole):
            node = node_of(above, self.find(backup, above)) if above else self.top(backup)
            if node is not None and node.branch is None and node.directory and self._is_new(key):
                found = self._reader.child(node.directory, backup.number, last)
                if found is not None:
                    self._keep(key, {**(known.found if known else {}), last: found}, is_whole=False)
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
        if known is not None and known.is_whole:
            return known.found
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

    def kinds(self, backup: BackupSet, path: bytes, node: Node | None) -> Kinds | None:
        """Return the same briefly, None where all of it is at hand or has to be asked for.

        The directories in it are remembered, for who lists a tree goes on into them.
        """
        key = (backup.number, path)
        known = self._listings.get(key)
        is_plain = node is not None and node.branch is None
        if node is None or not is_plain or not node.directory or (known and known.is_whole):
            return None
        found = self._take(backup.number, node.directory)
        if found is None:
            told = self._reader.kinds(self._likely(backup, path, node.directory), backup.number)
            if told is None:
                return None
            found = told.pop(node.directory)
            self._put_ahead(backup, told)
        self._keep(key, {one[0]: one for one in found.folders}, is_whole=False)
        return found

    def _likely(self, backup: BackupSet, path: bytes, directory: int) -> list[int]:
        """Return *directory* and those beside it that come next, if one of them has before."""
        above = self._listings.get((backup.number, path.rpartition(b"/")[0] or b"/"))
        if above is None or above.is_whole:
            return [directory]
        beside = [one.child for one in above.found.values() if isinstance(one, Entry) and one.child]
        at = beside.index(directory) if directory in beside else len(beside)
        return beside[at : at + AHEAD] or [directory]

    def _put_ahead(self, backup: BackupSet, told: dict[int, Kinds]) -> None:
        for directory, kinds in told.items():
            self._take(backup.number, directory)
            self._ahead[backup.number, directory] = kinds
            self._kept_ahead += len(kinds.others)
        while self._kept_ahead > KEPT_AHEAD:
            self._take(*next(iter(self._ahead)))

    def _take(self, number: int, directory: int) -> Kinds | None:
        """Return what was asked for ahead of a directory, and forget it."""
        found = self._ahead.pop((number, directory), None)
        if found is not None:
            self._kept_ahead -= len(found.others)
        return found

    def _keep(self, key: tuple[int, bytes], found: Listing, *, is_whole: bool = True) -> Listing:
        before = self._listings.pop(key, None)
        self._kept += len(found) - (len(before.found) if before is not None else 0)
        self._listings[key] = Known(found, is_whole)
        while self._kept > KEPT_NODES and len(self._listings) > 1:
            self._kept -= len(self._listings.popitem(last=False)[1].found)
        return found
