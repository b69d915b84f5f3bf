"""Plans the mending of a live tree, and carries out a plan, once.

Whatever is not any more what the plan was made for is left alone and told.
"""

import os
from collections.abc import Sequence
from typing import Any, Final

from tardis.model import NoSuchPathError, Observer, Problem, Reader, UsageError
from tardis.render import escape_name

from .attributes import Attributes, Owners
from .extract import ReaderFactory, Request, Restored, make_crew
from .extract_files import Batch
from .extract_folders import FolderMaker
from .extract_walk import BATCH_BYTES, BATCH_FILES
from .folders import Folder, Folders, may_be_one
from .mending_plan import (
    ATTRIBUTES,
    FILE,
    FOLDER,
    GONE,
    LEFT,
    LINKS,
    Change,
    Expected,
    MendOptions,
    MendPlan,
    expect,
    folder_of,
    is_expected,
)
from .mending_walk import MendWalk
from .pieces import Piece, wanted_of
from .rules import Rules
from .sameness import OPEN_FILE
from .tree import Tree
from .workers import Crew

_CHANGED: Final = "it changed after the plan was made; it was left alone"


def plan_mending(reader: Reader, requests: Sequence[Request], options: MendOptions) -> MendPlan:
    """Return what makes the live tree what *requests* ask for; the caller closes it.

    Raises:
        UsageError: The top, or a directory on the way to a request, is none.
    """
    plan = MendPlan()
    top = _open_top(options.top)
    trees: dict[int, Tree] = {}
    try:
        walk = MendWalk(reader, top, options, plan)
        for request in requests:
            tree = trees.setdefault(request.number, Tree(reader, request.number))
            try:
                node = tree.resolve(request.path)
            except NoSuchPathError as error:
                plan.problems.append(Problem(request.path, str(error)))
                continue
            try:
                walk.add(tree, node)
            except OSError as error:
                plan.add_trouble(request.path, error)
        walk.finish()
    finally:
        os.close(top)
    return plan


def carry_out(
    plan: MendPlan, reader_factory: ReaderFactory, options: MendOptions, observer: Observer
) -> Restored:
    """Do what *plan* says; problems of the planning are in the report too.

    Forks, so the caller has no thread and no open store.

    Raises:
        StoreError: The store cannot be read at all, or a process died.
    """
    report = Restored()
    report.problems.extend(plan.problems)
    top = _open_top(options.top)
    rules = Rules("always", "rename", options.switches)
    try:
        with make_crew(reader_factory, top, rules, options.jobs) as crew:
            reader = reader_factory()
            try:
                _Mender(top, reader, rules, crew, report).carry_out(plan, observer)
            finally:
                reader.close()
    finally:
        os.close(top)
    report.files, report.size_bytes = crew.files, crew.size_bytes
    report.problems.extend(crew.problems)
    report.problems.sort(key=lambda problem: problem.path)
    report.notes.update(crew.notes)
    return report


class _Mender:
    """Carries out the steps of a plan below *top*."""

    def __init__(
        self, top: int, reader: Reader, rules: Rules, crew: Crew, report: Restored
    ) -> None:
        self._crew = crew
        self._report = report
        self._attributes = Attributes(Owners(reader), rules.switches)
        self._maker = FolderMaker(top, rules, self._attributes, report, mends=True)
        self._folders = Folders(top)
        self._made: dict[bytes, Folder] = {}
        self._batch: Batch = []
        self._count = self._size = 0

    def carry_out(self, plan: MendPlan, observer: Observer) -> None:
        """Do all of it, in order, and set the attributes of directories last."""
        try:
            for change in plan:
                observer.working_on(change.path)
                try:
                    self._do(plan, change)
                except OSError as error:
                    self._problem(change.path, error.strerror or str(error))
            self._give_files()
            self._crew.settle()
            self._maker.finish()
        finally:
            self._maker.close()
            self._folders.__exit__(None, None, None)
        self._report.notes.update(self._attributes.notes)

    def _do(self, plan: MendPlan, change: Change) -> None:
        if change.how == FILE:
            self._give(change)
        elif change.how == FOLDER:
            self._make_folder(change)
        elif change.how == ATTRIBUTES:
            self._set(change)
        elif change.how == GONE:
            self._remove(change)
        elif change.how == LINKS:
            self._link(change.told)
        elif change.how == LEFT:
            self._leave(plan, change)

    def _parent(self, path: bytes, told: tuple[Any, ...] | None) -> Folder:
        """Return the directory of *path*; raises OSError when it could not be made."""
        if told is not None:
            return folder_of(told)
        folder = self._made.get(os.path.dirname(path))
        if folder is None:
            raise OSError(0, "its directory could not be made")
        return folder

    def _is_as_planned(self, parent: Folder, path: bytes, expected: Expected | None) -> bool:
        """Tell whether at *path* there is what there was; a problem tells when not."""
        here = self._folders.open_same(parent)
        try:
            found = os.stat(os.path.basename(path), dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            is_same = expected is None
        else:
            is_same = is_expected(expected, expect(found), here)
        if not is_same:
            self._problem(path, _CHANGED)
        return is_same

    def _give(self, change: Change) -> None:
        parent = self._parent(change.path, change.parent)
        if not self._is_as_planned(parent, change.path, change.expected):
            return
        self._batch.append((tuple(parent), [change.told]))
        self._count += 1
        self._size += Piece._make(change.told).size
        if self._count >= BATCH_FILES or self._size >= BATCH_BYTES:
            self._give_files()

    def _give_files(self) -> None:
        if self._batch:
            self._crew.give("files", self._batch)
        self._batch = []
        self._count = self._size = 0

    def _link(self, names: list[tuple[Any, ...]]) -> None:
        """Have the names of one file made anew, as one."""
        group = []
        for _, _, path, told, piece, expected in names:
            parent = self._parent(path, told)
            if self._is_as_planned(parent, path, expected):
                group.append((tuple(parent), piece))
        self._crew.give("links", [group])

    def _make_folder(self, change: Change) -> None:
        parent = self._parent(change.path, change.parent)
        if change.expected and not self._is_as_planned(parent, change.path, change.expected):
            return
        made = self._maker.make(parent, os.path.basename(change.path), change.told)
        if made is not None:
            self._made[change.path] = made[0]

    def _leave(self, plan: MendPlan, change: Change) -> None:
        row, differs = change.told
        if change.parent is not None:
            if differs or change.path in plan.touched:
                self._maker.leave(folder_of(change.parent), row)
            return
        keeps = change.path in plan.keeps
        folder = self._made.get(change.path) if keeps else self._made.pop(change.path, None)
        if folder is not None:
            self._maker.leave(folder, row)

    def _set(self, change: Change) -> None:
        """Set the attributes of a file that is there."""
        parent = self._parent(change.path, change.parent)
        here = self._folders.open_same(parent)
        piece = Piece._make(change.told)
        file = os.open(piece.name, OPEN_FILE, dir_fd=here)
        try:
            if not is_expected(change.expected, expect(os.fstat(file)), here):
                self._problem(change.path, _CHANGED)
                return
            trouble = self._attributes.finish(
                file, parent.number, wanted_of(piece), inherits=False, is_new=False
            )
            self._attributes.lock(file, piece.xattrs or b"")
            if trouble:
                self._problem(change.path, trouble)
        finally:
            os.close(file)

    def _remove(self, change: Change) -> None:
        parent = self._parent(change.path, change.parent)
        name = os.path.basename(change.path)
        here = self._folders.open_same(parent)
        found = os.stat(name, dir_fd=here, follow_symlinks=False)
        planned = expect(found)
        if change.told:  # its size and time moved with what was in it
            known = change.expected
            if known is None or not may_be_one(known[:2], planned[:2], here):
                self._problem(change.path, _CHANGED)
                return
            os.rmdir(name, dir_fd=here)
        elif self._is_as_planned(parent, change.path, change.expected):
            os.unlink(name, dir_fd=here)

    def _problem(self, path: bytes, reason: str) -> None:
        self._report.add_problem(path, reason)


def _open_top(top: bytes) -> int:
    try:
        return os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"cannot restore into {escape_name(top)}: {error.strerror}") from error
