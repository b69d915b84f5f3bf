"""Compares a set's tree with the live one, and plans what makes them equal.

It only looks: by descriptors of directories, without following links, and without
entering what the set did not look at.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple

from tardis.model import Entry, Problem, Reader, UsageError
from tardis.policy import Doing, Mending, Shape, Step, mend
from tardis.render import escape_name

from .attributes import Owners, stamp_ns
from .extended import Extended
from .extract_folders import Row
from .extract_walk import Plan, directory_row, plan_of_entry, plan_of_node, same_file
from .folders import Folder, Folders, refused
from .mending_extras import Extras
from .mending_plan import (
    ATTRIBUTES,
    FILE,
    FOLDER,
    LEFT,
    LINKS,
    SHOWN,
    Change,
    Expected,
    MendOptions,
    MendPlan,
    expect,
)
from .mending_shapes import UNKNOWN, shape_of, stat_of
from .pieces import pick
from .sameness import is_same_file
from .spool import Groups
from .tree import Node, Tree, components, join

_RACY_NS: Final = 600 * 10**9
"""A file that changed so shortly before its set may have changed again at the same time."""


class _Name(NamedTuple):
    """A file, compared; *piece* is what is made of it."""

    doing: str
    reason: str
    path: bytes
    parent: tuple[Any, ...] | None
    piece: tuple[Any, ...]
    expected: Expected | None


@dataclass(slots=True)
class _Frame:
    """A directory that is compared; *folder* is None when the plan makes it."""

    folder: Folder | None
    path: bytes
    plan: Plan
    differs: bool = False
    is_guarded: bool = False
    pending: list[Plan] = field(default_factory=list)
    is_read: bool = False


class MendWalk:
    """Plans for one set after the other; call `finish` in the end.

    Args:
        reader: Of the store.
        top: Open descriptor of where stored paths begin; the caller closes it.
        options: How.
        plan: Takes the steps.
    """

    def __init__(self, reader: Reader, top: int, options: MendOptions, plan: MendPlan) -> None:
        self._reader = reader
        self._options = options
        self._plan = plan
        self._folders = Folders(top)
        self._looking = Folders(top)
        self._owners = Owners(reader)
        self._extended = Extended(Counter(), self._owners.one_here, options.switches.takes)
        self._links = Groups()
        self._begun = {one.number: one.client_time_ns for one in reader.sets()}
        self._made: set[bytes] = set()
        found = os.fstat(top)
        self._top = (found.st_dev, found.st_ino)

    def add(self, tree: Tree, node: Node) -> None:
        """Plan for *node* and all that is in it.

        Raises:
            UsageError: A symbolic link or a file stands where a directory above it was.
        """
        self._tree = tree
        self._seen: set[int] = set()
        self._how = Mending(
            self._options.overwrite,
            self._options.switches.times,
            self._options.switches.perms,
            os.geteuid() == 0,
            self._begun.get(tree.number, 0),
        )
        self._extras = Extras(self._looking, self._options, self._how, self._plan, tree.number)
        parent: Folder | None = Folder(b"", *self._top, is_fresh=False, number=tree.number)
        frame = _Frame(parent, b"", Plan(b"", None, None, None))
        *above, last = components(node.path) or [b""]
        prefix = b"/" if node.path.startswith(b"/") else b""
        made: list[_Frame] = []
        for name in above:
            prefix = join(prefix, name)
            frame = self._step_down(frame, name, tree.resolve(prefix))
            if frame.folder is None:
                made.append(frame)
        if not node.is_directory and node.entry is not None:
            self._try_file(frame, self._open(frame), node.entry._replace(name=last))
        else:
            wanted = plan_of_node(node)._replace(name=last)
            self._descend(self._enter(frame, wanted) if last else self._look(frame, wanted))
        for one in reversed(made):
            self._leave(one)

    def finish(self) -> None:
        """Plan for the names that belong together."""
        with self._links as groups:
            for group in groups:
                self._group([_Name(*record) for record in group])
        self._folders.__exit__(None, None, None)
        self._looking.__exit__(None, None, None)

    def _step_down(self, frame: _Frame, name: bytes, node: Node) -> _Frame:
        """Return the directory *name*, on the way to what is asked for; nothing is compared."""
        path = join(frame.path, name)
        found = stat_of(self._open(frame), name)
        if found is None:
            wanted = plan_of_node(node)
            if path not in self._made:
                self._make_folder(frame, path, wanted.row, Step(Doing.MAKE, "it is missing"))
                self._plan.keeps.add(path)
            return _Frame(None, path, wanted)
        if not stat.S_ISDIR(found.st_mode):
            raise UsageError(
                f"{escape_name(path)} is no directory any more, so nothing goes below it",
                hint="restore with --output",
            )
        return _Frame(self._folder(path, found), path, plan_of_node(node))

    def _descend(self, first: _Frame | None) -> None:
        stack = [first] if first is not None else []
        while stack:
            frame = stack[-1]
            if not frame.is_read:
                self._read(frame)
            if frame.pending:
                below = self._enter(frame, frame.pending.pop())
                if below is not None:
                    stack.append(below)
                continue
            stack.pop()
            self._leave(frame)

    def _leave(self, frame: _Frame) -> None:
        """Have the attributes of *frame* set in the end, if that is needed by then."""
        if frame.plan.row is not None or frame.folder is None:
            parent = tuple(frame.folder) if frame.folder is not None else None
            told = (frame.plan.row, frame.differs)
            self._plan.add(Change("", frame.path, "", LEFT, parent, told))

    def _enter(self, frame: _Frame, wanted: Plan) -> _Frame | None:
        """Compare the directory *wanted* in *frame*; return it to go on, None not to."""
        path = join(frame.path, wanted.name)
        try:
            return self._folder_at(path, frame, wanted)
        except OSError as error:
            self._plan.add_trouble(path, error)
            return None

    def _folder_at(self, path: bytes, frame: _Frame, wanted: Plan) -> _Frame | None:
        reason = refused(wanted.name)
        if reason:
            self._problem(path, reason)
            return None
        found = stat_of(self._open(frame), wanted.name)
        if found is not None and (found.st_dev, found.st_ino) in self._options.keep_out:
            self._problem(path, "it holds backups; it was left alone")
            return None
        row = wanted.row
        live = shape_of(found) if found is not None else None
        place = b"/proc/self/fd/%d/%s" % (self._open(frame), wanted.name)
        stored = self._shape(row, found, place) if row is not None else UNKNOWN
        live = self._with_attributes(live, stored, place)
        if row is None and live is not None and stat.S_ISDIR(live.mode):
            stored = live
        step = mend(stored, live, self._how, lambda: True)
        if found is None or not stat.S_ISDIR(found.st_mode):
            if step.doing == Doing.LEAVE:
                self._show(step, path)
                return None
            self._make_folder(frame, path, row, step, found)
            return self._look(_Frame(None, path, wanted), wanted)
        folder = self._folder(path, found)
        is_far = frame.folder is not None and found.st_dev != frame.folder.device
        if is_far and wanted.directory is None and wanted.node is None:
            return None  # a mount that the set did not enter
        below = _Frame(folder, path, wanted, is_guarded=frame.is_guarded)
        below.differs = step.doing == Doing.CHANGE
        if step.doing in (Doing.CHANGE, Doing.LEAVE):
            self._show(step, path)
        return self._look(below, wanted)

    def _look(self, frame: _Frame, wanted: Plan) -> _Frame:
        """Return *frame*, with what the set has in it to be read."""
        frame.plan = wanted
        frame.is_read = not self._options.recurse
        if wanted.directory is not None and wanted.directory in self._seen:
            self._problem(frame.path, "the store shows the same directory in two places")
            frame.is_read = True
        elif wanted.directory is not None:
            self._seen.add(wanted.directory)
        return frame

    def _read(self, frame: _Frame) -> None:
        """Compare all files in *frame*; its directories wait."""
        frame.is_read = True
        try:
            here = self._open(frame)
        except OSError as error:
            self._plan.add_trouble(frame.path, error)
            return
        names: set[bytes] = set()
        for entry in self._entries(frame):
            names.add(entry.name)
            if not entry.is_directory:
                self._try_file(frame, here, entry)
        frame.pending.sort(key=itemgetter(0), reverse=True)
        names.update(plan.name for plan in frame.pending)
        if self._options.removes and frame.folder is not None and frame.plan.directory is not None:
            frame.is_guarded = frame.is_guarded or self._extras.is_guarded(here)
            if not frame.is_guarded:
                self._extras.plan(frame.folder, names)

    def _entries(self, frame: _Frame) -> Iterator[Entry]:
        """Yield the rows in *frame*; directories wait in it besides."""
        plan = frame.plan
        if plan.node is not None:
            for child in self._tree.children(plan.node):
                if child.is_directory:
                    frame.pending.append(plan_of_node(child))
                elif child.entry is not None:
                    yield child.entry._replace(name=child.name)
        elif plan.directory is not None:
            for entry in self._reader.children(plan.directory, self._tree.number):
                if entry.is_directory:
                    frame.pending.append(plan_of_entry(entry))
                yield entry

    def _try_file(self, frame: _Frame, here: int, entry: Entry) -> None:
        """Compare what is no directory."""
        path = join(frame.path, entry.name)
        try:
            self._file(path, frame, here, entry)
        except OSError as error:
            self._plan.add_trouble(path, error)

    def _file(self, path: bytes, frame: _Frame, here: int, entry: Entry) -> None:
        reason = refused(entry.name)
        if reason:
            self._problem(path, reason)
            return
        found = stat_of(here, entry.name)
        row = directory_row(entry)
        place = b"/proc/self/fd/%d/%s" % (here, entry.name)
        stored = self._shape(row, found, place)._replace(
            size=entry.size, rdev=entry.rdev, target=entry.target or b""
        )
        live = shape_of(found, here, entry.name) if found is not None else None
        live = self._with_attributes(live, stored, place)
        step = mend(stored, live, self._how, lambda: self._is_same(here, entry, found))
        is_in_the_way = found is not None and stat.S_ISDIR(found.st_mode)
        if is_in_the_way and step.doing == Doing.REPLACE:
            step = self._clear(frame, path, step)
            found = None
        parent = tuple(frame.folder) if frame.folder is not None else None
        known = expect(found) if found is not None else None
        name = _Name(step.doing, step.reason, path, parent, pick(entry), known)
        if entry.nlink > 1 and self._options.hard_links and step.doing != Doing.LEAVE:
            self._links.add((self._tree.number, *same_file(entry)), tuple(name))
            if parent is None:
                self._plan.keeps.add(frame.path)
        else:
            self._single(name)

    def _single(self, name: "_Name") -> None:
        """Plan for a file that stands alone."""
        if name.doing == Doing.LEAVE:
            self._show(Step(name.doing, name.reason), name.path)
        elif name.doing != Doing.KEEP:
            is_link = stat.S_ISLNK(name.piece[1])
            is_change = name.doing == Doing.CHANGE and stat.S_ISREG(name.piece[1])
            self._plan.add(
                Change(
                    name.doing,
                    name.path,
                    name.reason,
                    ATTRIBUTES if is_change and not is_link else FILE,
                    name.parent,
                    name.piece,
                    name.expected,
                )
            )

    def _group(self, names: list["_Name"]) -> None:
        """Plan for the names of one file: nothing, or all are made anew as one."""
        inodes = {name.expected[:2] if name.expected else None for name in names}
        is_one = len(inodes) == 1 and None not in inodes
        if len(names) == 1 or (
            is_one and all(name.doing in (Doing.KEEP, Doing.CHANGE) for name in names)
        ):
            self._single(names[0])
        else:
            for name in names:
                reason = name.reason or "it is not one file with its other names"
                doing = Doing.REPLACE if name.doing in (Doing.KEEP, Doing.CHANGE) else name.doing
                self._plan.add(Change(doing, name.path, reason, SHOWN, None))
            self._plan.add(Change("", b"", "", LINKS, None, [tuple(name) for name in names]))

    def _clear(self, frame: _Frame, path: bytes, step: Step) -> Step:
        """Plan to remove the directory where a file belongs, if that may be."""
        assert frame.folder is not None
        if self._options.removes and self._extras.clear(frame.folder, os.path.basename(path)):
            return Step(Doing.MAKE, step.reason)
        return Step(Doing.LEAVE, f"{step.reason}; --delete would remove it")

    def _make_folder(
        self,
        frame: _Frame,
        path: bytes,
        row: Row | None,
        step: Step,
        found: os.stat_result | None = None,
    ) -> None:
        parent = tuple(frame.folder) if frame.folder is not None else None
        known = expect(found) if found is not None else None
        self._made.add(path)
        self._plan.add(Change(step.doing, path, step.reason, FOLDER, parent, row, known))

    def _is_same(self, here: int, entry: Entry, found: os.stat_result | None) -> bool:
        """Tell whether the live file has the stored bytes; it is read only if that may not be.

        Same inode and ctime mean that nobody wrote to it, unless that was just then.
        """
        if found is None or entry.content is None:
            return False
        mtime, ctime = stamp_ns(entry.mtime, entry.mtime_ns), stamp_ns(entry.ctime, entry.ctime_ns)
        known = (entry.inode, mtime, ctime)
        now = (found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
        begun = self._begun.get(entry.first_set, 0)
        if known == now and found.st_ctime_ns < begun - _RACY_NS:
            return True
        content = self._reader.contents([entry.content]).get(entry.content)
        return content is not None and is_same_file(self._reader, content, here, entry.name)

    def _shape(self, row: Row, found: os.stat_result | None, place: bytes) -> Shape:
        """Return what *row* says, with what only the live one knows, *found* at *place*."""
        owner = self._owners.here(self._tree.number, row[1], row[2])
        size = found.st_size if found is not None else 0
        packed = row[5] or b""
        mode = self._options.switches.mode_of(place if found else None, row[0], packed)
        return Shape(mode, owner, size, stamp_ns(row[3], row[4]), 0, b"", packed)

    def _with_attributes(self, live: Shape | None, stored: Shape, place: bytes) -> Shape | None:
        """Return *live* with the extended attributes that are *stored*, if it has them."""
        if live is None or not stored.attributes:
            return live
        number, is_root = self._tree.number, self._how.is_root
        if self._extended.are_set(place, number, stored.attributes, is_root=is_root):
            return live._replace(attributes=stored.attributes)
        return live

    def _open(self, frame: _Frame) -> int:
        """Return a descriptor of *frame*, -1 when it is not there yet."""
        return self._folders.open_same(frame.folder) if frame.folder is not None else -1

    def _folder(self, path: bytes, found: os.stat_result) -> Folder:
        return Folder(path, found.st_dev, found.st_ino, False, self._tree.number)

    def _show(self, step: Step, path: bytes) -> None:
        self._plan.add(Change(step.doing, path, step.reason, SHOWN, None))

    def _problem(self, path: bytes, reason: str) -> None:
        self._plan.problems.append(Problem(path, reason))
