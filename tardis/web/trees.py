"""One directory of a set, some entries at a time, whatever its size."""

from typing import NamedTuple

from tardis.history import Node, Tree, join
from tardis.store import StoreReader


class NodePage(NamedTuple):
    """Some of what is in a directory.

    Attributes:
        nodes: In the order of the names as they are stored.
        after: Name to go on behind; None when there are no more.
    """

    nodes: list[Node]
    after: bytes | None


def page_of(reader: StoreReader, tree: Tree, node: Node, after: bytes, limit: int) -> NodePage:
    """Return what is in *node* behind the name *after*, *limit* entries at the most.

    Directories on the way to roots, which have no row, come before all others.

    Args:
        reader: Of the store.
        tree: Of the set.
        node: The directory.
        after: Empty for the first page.
        limit: At least 1.
    """
    kids = node.branch.kids if node.branch else {}
    nodes: list[Node] = []
    if not after:
        nodes = [found for name in sorted(kids) if (found := _kid(reader, tree, node, name))]
    if node.directory is None:
        return NodePage(nodes, None)
    rows = reader.paged().page(node.directory, tree.number, after, limit)
    for row in rows:
        path = join(node.path, row.name)
        found = tree.find(path) if row.name in kids else Node(path, row, row.child, None)
        if found is not None:
            nodes.append(found)
    return NodePage(nodes, rows[-1].name if len(rows) == limit else None)


def _kid(reader: StoreReader, tree: Tree, node: Node, name: bytes) -> Node | None:
    """Return a way to roots, if the directory has no row of that name."""
    if node.directory is not None and reader.child(node.directory, tree.number, name):
        return None
    return tree.find(join(node.path, name))
