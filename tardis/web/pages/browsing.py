"""What a directory held in one set, and what came, changed and went since the set before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tardis.history import Node, Tree, join
from tardis.model import CHANGED, GONE, NEW, BackupSet, Entry, NoSuchPathError
from tardis.store import StoreReader

PAGE: Final = 500
"""Names on one page."""

CHANGES: Final = 1000
"""Rows that are looked at, on each side, to tell what changed."""

TOUCHED: Final = "touched"
"""The same bytes with other attributes: times, mode, owner, inode."""


@dataclass(frozen=True, slots=True)
class Item:
    """One name.

    Attributes:
        path: As stored.
        name: Its last component.
        entry: Its row, None for a directory that lies above or at a root.
        change: Since the set before: `NEW`, `CHANGED`, `TOUCHED`, `GONE`, or empty.
        is_folder: It was a directory.
    """

    path: bytes
    name: bytes
    entry: Entry | None
    change: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two sets in one directory.

    Attributes:
        before: The older set; None when there is none to compare with.
        marks: What happened to names that are there, by name.
        gone: Rows of those that went.
        is_cut: There is more than was looked at.
    """

    before: BackupSet | None = None
    marks: Mapping[bytes, str] = field(default_factory=dict)
    gone: tuple[Entry, ...] = ()
    is_cut: bool = False

    def count(self, change: str) -> int:
        """Return how many names have had *change*."""
        if change == GONE:
            return len(self.gone)
        return sum(one == change for one in self.marks.values())


@dataclass(frozen=True, slots=True)
class Folder:
    """One page of a directory.

    Attributes:
        node: The directory.
        items: What is shown of it, in order; names that went among them.
        changes: Since the set before.
        further: Name behind which the next page begins; empty on the last one.
        is_first: This is the first page.
        is_in_order: Pages follow each other by name.
    """

    node: Node
    items: tuple[Item, ...]
    changes: Changes
    further: bytes = b""
    is_first: bool = True
    is_in_order: bool = True


def folder_of(
    reader: StoreReader, tree: Tree, node: Node, before: BackupSet | None, after: bytes
) -> Folder:
    """Return the page of *node*, a directory, that begins behind the name *after*."""
    entries, is_last = _entries(reader, tree, node, after)
    changes = changes_of(reader, tree, node, before)
    items = [_item(node, name, entry, changes.marks.get(name, "")) for name, entry in entries]
    is_whole = is_last and not after
    if not after:
        gone = [_item(node, one.name, one, GONE) for one in changes.gone[:PAGE]]
        items = gone + items
    paged = reader.paged()
    if is_whole:
        items.sort(key=_pleasant)
    elif paged.is_in_order:
        items.sort(key=lambda item: item.name)
    further = b"" if is_last else entries[-1][0]
    return Folder(node, tuple(items), changes, further, not after, is_whole or paged.is_in_order)


def changes_of(reader: StoreReader, tree: Tree, node: Node, before: BackupSet | None) -> Changes:
    """Return what differs in *node* from the older set *before*."""
    if before is None:
        return Changes()
    older = Tree(reader, before.number).find(node.path)
    if older is None or not older.is_directory:
        return Changes(before)
    if node.directory is None or older.directory is None:
        return Changes(before)
    if older.directory == node.directory:
        rows = reader.paged().came_and_went(node.directory, before.number, tree.number, CHANGES + 1)
    else:
        rows = (
            reader.paged().page(node.directory, tree.number, b"", CHANGES + 1),
            reader.paged().page(older.directory, before.number, b"", CHANGES + 1),
        )
    return _compared(reader, older.directory, before, rows)


def _compared(
    reader: StoreReader, older: int, before: BackupSet, rows: tuple[list[Entry], list[Entry]]
) -> Changes:
    came, went = rows
    is_cut = len(came) > CHANGES or len(went) > CHANGES
    was = {entry.name: entry for entry in went}
    if len(went) > CHANGES:  # what a name was may lie behind the end of what was looked at
        for entry in came:
            if entry.name not in was:
                found = reader.versions(older, entry.name, before.number, before.number)
                was |= {one.name: one for one in found}
    marks = {entry.name: judge(was.get(entry.name), entry) for entry in came}
    gone = (entry for name, entry in was.items() if name not in marks)
    if len(came) > CHANGES:
        return Changes(before, marks, (), is_cut)  # they may only have changed
    return Changes(before, {name: one for name, one in marks.items() if one}, tuple(gone), is_cut)


def judge(old: Entry | None, new: Entry) -> str:
    """Return what happened from one row to another of the same name; empty for nothing."""
    if old is None:
        return NEW
    if (old.mode ^ new.mode) & 0o170000:
        return CHANGED
    if new.is_directory:
        is_same = (old.child, old.mtime, old.mtime_ns) == (new.child, new.mtime, new.mtime_ns)
        return TOUCHED if is_same else CHANGED
    if (old.content, old.target, old.rdev) != (new.content, new.target, new.rdev):
        return CHANGED
    return "" if old._replace(first_set=0, last_set=0) == new._replace(
        first_set=0, last_set=0
    ) else TOUCHED  # fmt: skip


def _entries(
    reader: StoreReader, tree: Tree, node: Node, after: bytes
) -> tuple[list[tuple[bytes, Entry | None]], bool]:
    """Return (name, row) of one page, and whether it is the last."""
    kids = node.branch.kids if node.branch else {}
    if node.directory is None:
        found = sorted(tree.children(node), key=lambda child: child.name)
        return [(child.name, child.entry) for child in found], True
    rows = reader.paged().page(node.directory, tree.number, after, PAGE + 1)
    listed: list[tuple[bytes, Entry | None]] = [(row.name, row) for row in rows[:PAGE]]
    if not after and kids:  # further roots below: few, and mostly none
        known = {row.name for row in rows}
        for name in sorted(kids.keys() - known):
            child = tree.find(join(node.path, name))
            if child is not None:
                listed.insert(0, (name, child.entry))
    return listed, len(rows) <= PAGE


def _item(node: Node, name: bytes, entry: Entry | None, change: str) -> Item:
    is_folder = entry is None or entry.is_directory
    return Item(join(node.path, name), name, entry, change, is_folder)


def _pleasant(item: Item) -> tuple[bool, bytes, bytes]:
    """Order of a directory that fits on a page: directories first, letters in any case."""
    return not item.is_folder, item.name.lower(), item.name


def start_of(tree: Tree) -> bytes:
    """Return the path at which looking at a set begins: the deepest that holds all of it."""
    node = tree.top(absolute=True) or tree.top(absolute=False)
    if node is None:
        return b"/"
    while node.branch is not None and node.branch.root is None and len(node.branch.kids) == 1:
        below = list(tree.children(node))
        if len(below) != 1 or not below[0].is_directory:
            break
        node = below[0]
    return node.path


def crumbs_of(path: bytes) -> list[tuple[bytes, bytes]]:
    """Return (name, path) of each directory on the way to *path*, and of itself.

    The first one's name is empty for what all whole paths begin with.
    """
    found = [(b"", b"/")] if path.startswith(b"/") else []
    here = b"/" if path.startswith(b"/") else b""
    for name in path.split(b"/"):
        if name:
            here = join(here, name)
            found.append((name, here))
    return found


def nearest(tree: Tree, path: bytes) -> Node | None:
    """Return the last directory on the way to *path* that the set still has."""
    for _, above in reversed(crumbs_of(path)[:-1]):
        node = tree.find(above)
        if node is not None and node.is_directory:
            return node
    return None


def resolve(tree: Tree, path: bytes) -> Node | None:
    """Return what the set has at *path*; None for nothing, however odd the path."""
    try:
        return tree.resolve(path)
    except NoSuchPathError:
        return None
