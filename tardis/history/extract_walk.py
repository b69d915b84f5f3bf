"""Walks sets' trees: makes the directories and hands out everything else in batches.

However large a tree is, what waits in memory is bounded: batches, the subdirectories of
the directories on the way down, and one number for each directory seen.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, NamedTuple

from tardis.model import Entry, Observer, Reader, Report

from .access import Access
from .extract_files import Batch, LinkGroups, Told
from .extract_folders import FolderMaker, Row
from .folders import Folder
from .pieces import pick
from .spool import Groups
from .tree import Node, Tree, join
from .workers import Crew

BATCH_FILES: Final = 400
BATCH_BYTES: Final = 8 << 20
_HANDFUL: Final = 50
"""Files of one directory that go into a batch at once."""

_AHEAD: Final = 4096
"""Subdirectories of one directory that wait before the rest of it is read."""

directory_row: Final = itemgetter(1, 2, 3, 5, 6, 19)
"""What anything gets in the end beside its content, as a `Row`."""

same_file: Final = itemgetter(9, 10, 1, 2, 3, 4, 5, 6, 14, 15, 12, 19)
"""What is equal in all names of one file."""


class Plan(NamedTuple):
    """A directory that is to be made.

    Attributes:
        name: Under which it is restored.
        row: What it gets in the end, None when nothing is known.
        directory: Id of what is in it, None when nothing is.
        node: Its place in the tree, when roots lie below it; else None.
    """

    name: bytes
    row: Row | None
    directory: int | None
    node: Node | None


@dataclass(slots=True)
class _Frame:
    """A directory that is being filled."""

    folder: Folder
    plan: Plan
    is_ours: bool
    entries: Iterator[Entry] = field(default_factory=lambda: iter(()))
    pending: list[Plan] = field(default_factory=list)
    is_read: bool = False


class Walk:
    """Restores nodes of one set after the other.

    Args:
        folders: Makes the directories.
        crew: Makes everything else.
        links: Where names of one file are gathered; None restores each on its own.
        report: Where problems go.
        observer: Hears how it goes on.

    Attributes:
        access: Says what may be read; None for everything.
    """

    def __init__(
        self,
        folders: FolderMaker,
        crew: Crew,
        links: Groups | None,
        report: Report,
        observer: Observer,
    ) -> None:
        self._folders = folders
        self._crew = crew
        self._links = links
        self._report = report
        self._observer = observer
        self.access: Access | None = None
        self._batch: Batch = []
        self._count = self._size = 0
        self._told = [0, 0]

    def restore(self, reader: Reader, tree: Tree, node: Node, name: bytes, recurse: bool) -> None:
        """Restore *node* as *name* into the top; an empty name puts its children there."""
        top = self._folders.top(tree.number)
        if not node.is_directory:
            for entry in self.readable(top, iter((node.entry,) if node.entry else ())):
                self._add(top, [(name, *pick(entry)[1:])])
            return
        descent = _Descent(self, reader, tree, recurse=recurse)
        plan = plan_of_node(node)._replace(name=name)
        if name:
            descent.go(descent.enter(top, plan))
        else:
            descent.go(descent.frame(top, plan, is_ours=False))

    def finish(self) -> None:
        """Hand out what is left, the files with several names last."""
        groups: LinkGroups = []
        waiting = 0
        for records in self._links or ():
            if len(records) == 1:
                folder, piece = records[0]
                self._add(Folder._make(folder), [piece])
                continue
            groups.append([(folder, piece) for folder, piece in records])
            waiting += len(records)
            if waiting >= BATCH_FILES:
                self._give("links", groups)
                groups, waiting = [], 0
        if groups:
            self._give("links", groups)
        if self._batch:
            self._give("files", self._batch)
            self._batch = []

    def sort_out(self, frame: _Frame) -> None:
        """Hand out the files of *frame*; stop when enough subdirectories wait."""
        folder, pending, links = frame.folder, frame.pending, self._links
        pieces: list[Told] = []
        size = 0
        for entry in frame.entries:
            if stat.S_ISDIR(entry.mode):
                pending.append(plan_of_entry(entry))
            elif entry.nlink > 1 and links is not None:
                links.add((folder.number, *same_file(entry)), (tuple(folder), pick(entry)))
            else:
                pieces.append(pick(entry))
                size += entry.size
                if len(pieces) >= _HANDFUL or size >= BATCH_BYTES:
                    self._add(folder, pieces)
                    pieces, size = [], 0
            if len(pending) >= _AHEAD:
                break
        else:
            frame.is_read = True
        if pieces:
            self._add(folder, pieces)
        pending.sort(key=itemgetter(0), reverse=True)

    def enter(self, parent: Folder, plan: Plan) -> tuple[Folder, bool] | None:
        """Make the directory of *plan* in *parent*; None when that cannot be."""
        self._observer.working_on(join(parent.path, plan.name))
        return self._folders.make(parent, plan.name, plan.row)

    def leave(self, folder: Folder, row: Row | None) -> None:
        """Have *folder* finished in the end."""
        self._folders.leave(folder, row)

    def readable(self, folder: Folder, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Return those of *entries* in *folder* that may be read."""
        if self.access is None:
            return entries
        return self.access.readable(folder.number, folder.path, entries, self._report)

    def refuse(self, folder: Folder, reason: str) -> None:
        """Tell that what belongs into *folder* is not restored."""
        self._report.add_problem(folder.path, reason)

    def _add(self, folder: Folder, pieces: list[Told]) -> None:
        self._batch.append((tuple(folder), pieces))
        self._count += len(pieces)
        self._size += sum(piece[4] for piece in pieces)
        if self._count >= BATCH_FILES or self._size >= BATCH_BYTES:
            self._give("files", self._batch)
            self._batch = []
            self._count = self._size = 0

    def _give(self, kind: str, batch: Batch | LinkGroups) -> None:
        self._crew.give(kind, batch)
        self.tell()

    def tell(self) -> None:
        """Let the observer hear what the crew has done since the last time."""
        files, size = self._crew.files - self._told[0], self._crew.size_bytes - self._told[1]
        if files or size:
            self._observer.advanced(files, size)
            self._told = [self._crew.files, self._crew.size_bytes]


class _Descent:
    """One way down from one node, in the order the names have."""

    def __init__(self, walk: Walk, reader: Reader, tree: Tree, *, recurse: bool) -> None:
        self._walk = walk
        self._reader = reader
        self._tree = tree
        self._recurse = recurse
        self._seen: set[int] = set()

    def go(self, first: _Frame | None) -> None:
        """Restore what is in *first*, and so on down."""
        stack = [first] if first is not None else []
        while stack:
            frame = stack[-1]
            if not frame.pending and not frame.is_read:
                self._walk.sort_out(frame)
            if frame.pending:
                below = self.enter(frame.folder, frame.pending.pop())
                if below is not None:
                    stack.append(below)
            elif frame.is_read:
                stack.pop()
                if frame.is_ours:
                    self._walk.leave(frame.folder, frame.plan.row)

    def enter(self, parent: Folder, plan: Plan) -> _Frame | None:
        """Make the directory of *plan* and return it, ready to be filled."""
        made = self._walk.enter(parent, plan)
        return self.frame(made[0], plan, is_ours=made[1]) if made is not None else None

    def frame(self, folder: Folder, plan: Plan, *, is_ours: bool) -> _Frame:
        """Return *folder* as a place where the entries of *plan* belong."""
        frame = _Frame(folder, plan, is_ours)
        access = self._walk.access
        if not self._recurse:
            return frame
        if access is not None and not access.may_list(self._tree.number, plan.row, plan.node):
            self._walk.refuse(folder, access.refusal)
            return frame
        if plan.directory is not None:
            if plan.directory in self._seen:
                self._walk.refuse(folder, "the store shows the same directory in two places")
                return frame
            self._seen.add(plan.directory)
        if plan.node is not None:
            frame.entries = self._walk.readable(folder, self._mixed(frame, plan.node))
        elif plan.directory is not None:
            entries = self._reader.children(plan.directory, self._tree.number)
            frame.entries = self._walk.readable(folder, entries)
        return frame

    def _mixed(self, frame: _Frame, node: Node) -> Iterator[Entry]:
        """Yield the rows in *node* that are no directories; those wait in *frame*."""
        for child in self._tree.children(node):
            if child.is_directory:
                frame.pending.append(plan_of_node(child))
            elif child.entry is not None:
                yield child.entry._replace(name=child.name)


def plan_of_node(node: Node) -> Plan:
    """Return what is to be made of *node*, a directory."""
    row: Row | None = None
    if node.entry is not None:
        row = directory_row(node.entry)
    elif node.ancestor is not None:
        known = node.ancestor
        row = (known.mode, known.uid, known.gid, known.mtime, known.mtime_ns, known.xattrs)
    has_roots = node.branch is not None and bool(node.branch.kids)
    return Plan(node.name, row, node.directory, node if has_roots else None)


def plan_of_entry(entry: Entry) -> Plan:
    """Return what is to be made of *entry*, a directory."""
    return Plan(entry.name, directory_row(entry), entry.child, None)
