"""The tree of one backup set: where its roots lie, and how a path is found in it.

Above and between the roots there are directories that have no rows of their own; they
are made of the roots' paths and of what the roots know about their ancestors.  A path
is in a set only below one of its roots, or on the way to one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tardis.model import Ancestor, Entry, NoSuchPathError, Reader, Root
from tardis.render import escape_name


@dataclass(slots=True)
class Branch:
    """A directory on the way to a root, or a root itself.

    Attributes:
        kids: What lies below on the way to further roots, by name.
        ancestor: What a root knows about this directory's metadata.
        root: The root that is stored here, if one is.
    """

    kids: dict[bytes, "Branch"] = field(default_factory=dict)
    ancestor: Ancestor | None = None
    root: Root | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a set's tree.

    Attributes:
        path: As stored; starts with ``/`` when the set stores whole paths.
        entry: Its row; None for roots and for what lies above them.
        directory: Id under which its children are found; None when it is no directory,
            was not entered, or lies above the roots.
        branch: The ways from here to roots further down.
    """

    path: bytes
    entry: Entry | None
    directory: int | None
    branch: Branch | None

    @property
    def name(self) -> bytes:
        """The last component of the path, empty for the top."""
        return self.path.rsplit(b"/", 1)[-1]

    @property
    def is_directory(self) -> bool:
        """Tell whether it is a directory, one without a row included."""
        return self.entry is None or self.entry.is_directory

    @property
    def ancestor(self) -> Ancestor | None:
        """What is known about a directory that has no row."""
        return self.branch.ancestor if self.branch else None


class Guard(Protocol):
    """Says where a way through a tree may lead."""

    def check_search(self, number: int, node: "Node") -> None:
        """Raise `RightsError` unless names may be looked up in the directory *node*."""


class Tree:
    """Reads the tree of set *number* through *reader*; the caller closes the reader.

    With a *guard*, `find` and `resolve` raise what it raises.
    """

    def __init__(self, reader: Reader, number: int, guard: Guard | None = None) -> None:
        self.number = number
        self._guard = guard
        self._reader = reader
        self._tops: dict[bool, Branch] = {}
        for root in reader.roots(number):
            _plant(self._tops.setdefault(root.path.startswith(b"/"), Branch()), root)

    @property
    def has_relative_roots(self) -> bool:
        """Tell whether some paths of the set are stored without a leading ``/``."""
        return False in self._tops

    def top(self, *, absolute: bool = True) -> Node | None:
        """Return the node above all whole paths, or above all relative ones."""
        branch = self._tops.get(absolute)
        if branch is None:
            return None
        return self._node(b"/" if absolute else b"", None, branch)

    def find(self, path: bytes) -> Node | None:
        """Return what the set holds at *path*, or None.

        Repeated and trailing slashes and ``.`` components do not count; ``..`` is never
        in a set.
        """
        node = self.top(absolute=path.startswith(b"/"))
        for name in components(path):
            if node is None:
                return None
            if self._guard is not None:
                self._guard.check_search(self.number, node)
            node = self._child(node, name)
        return node

    def resolve(self, path: bytes) -> Node:
        """Return what the set holds at *path*.

        Raises:
            NoSuchPathError: The set does not hold it.
        """
        node = self.find(path)
        if node is None:
            raise NoSuchPathError(f"the backup set does not hold {escape_name(path)}")
        return node

    def children(self, node: Node) -> Iterator[Node]:
        """Yield what is in *node*, in no particular order; nothing when it is no directory."""
        kids = dict(node.branch.kids) if node.branch else {}
        if node.directory is not None:
            for entry in self._reader.children(node.directory, self.number):
                found = self._node(join(node.path, entry.name), entry, kids.pop(entry.name, None))
                if found is not None:
                    yield found
        for name, branch in kids.items():
            found = self._node(join(node.path, name), None, branch)
            if found is not None:
                yield found

    def _child(self, node: Node, name: bytes) -> Node | None:
        branch = node.branch.kids.get(name) if node.branch else None
        entry = None
        if node.directory is not None:
            entry = self._reader.child(node.directory, self.number, name)
        return self._node(join(node.path, name), entry, branch)

    def _node(self, path: bytes, entry: Entry | None, branch: Branch | None) -> Node | None:
        """Return the node for a row, a way to roots, or both; None for neither."""
        if branch is None:
            return Node(path, entry, entry.child, None) if entry is not None else None
        root = branch.root
        if root is not None and root.name is not None:
            named = self._reader.child(root.directory, self.number, root.name)
            entry = named or entry
            if not branch.kids:
                return Node(path, entry, entry.child, None) if entry is not None else None
        if entry is not None and not entry.is_directory:
            entry = None  # something lies below it all the same
        if root is not None and root.name is None:
            return Node(path, entry, root.directory, branch)
        return Node(path, entry, entry.child if entry is not None else None, branch)


def components(path: bytes) -> list[bytes]:
    """Return the names that make up *path*; ``.`` and empty ones are left out."""
    return [name for name in path.split(b"/") if name not in (b"", b".")]


def join(directory: bytes, name: bytes) -> bytes:
    """Return the path of *name* in *directory*, which may be ``/`` or empty."""
    if not directory or directory.endswith(b"/"):
        return directory + name
    return directory + b"/" + name


def _plant(top: Branch, root: Root) -> None:
    """Make the way from *top* to *root*, with the metadata the root knows about it."""
    names = components(root.path)
    known = root.ancestors
    if len(known) == len(names) + 1:  # the top itself is told first
        top.ancestor, known = known[0], known[1:]
    branch = top
    for position, name in enumerate(names):
        branch = branch.kids.setdefault(name, Branch())
        if branch.ancestor is None and position < len(known):
            branch.ancestor = known[position]
    branch.root = root
