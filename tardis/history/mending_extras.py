"""Plans the removal of what a set does not hold, and only of what it had looked at."""

import os
import stat
from dataclasses import dataclass

from tardis.policy import Doing, Extra, Mending, remove

from .folders import Folder, Folders
from .mending_plan import GONE, SHOWN, Change, MendOptions, MendPlan, expect
from .tree import join


@dataclass(slots=True)
class _Doomed:
    """A directory whose contents are judged before it goes itself."""

    folder: Folder
    parent: Folder
    found: os.stat_result
    names: list[bytes]
    has_kept: bool = False


class Extras:
    """Looks at live directories for what set *number* does not hold.

    Args:
        folders: Opens them, for nobody else.
        options: How.
        how: What counts.
        plan: Takes the steps.
        number: The set.
    """

    def __init__(
        self, folders: Folders, options: MendOptions, how: Mending, plan: MendPlan, number: int
    ) -> None:
        self._folders = folders
        self._options = options
        self._how = how
        self._plan = plan
        self._number = number

    def is_guarded(self, here: int) -> bool:
        """Tell whether a file in *here* decides what a backup leaves out below it."""
        return any(_exists(here, name) for name in self._options.guards)

    def plan(self, folder: Folder, known: set[bytes]) -> None:
        """Plan to remove what is in *folder* and not *known*."""
        for name in self._names(folder) or ():
            if name not in known:
                self.clear(folder, name)

    def clear(self, parent: Folder, name: bytes) -> bool:
        """Plan to remove *name* in *parent* and all in it; return whether all of it goes."""
        path = join(parent.path, name)
        try:
            here = self._folders.open_same(parent)
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            return True
        except OSError as error:
            self._plan.add_trouble(path, error)
            return False
        if self._judge(parent, name, found):
            return False
        if not stat.S_ISDIR(found.st_mode):
            self._plan.add(_gone(parent, path, found))
            return True
        return self._clear_folder(self._doomed(parent, path, found))

    def _clear_folder(self, first: _Doomed) -> bool:
        stack = [first]
        while True:
            doomed = stack[-1]
            if doomed.names:
                below = self._next(doomed)
                if below is not None:
                    stack.append(below)
                continue
            stack.pop()
            path = doomed.folder.path
            if doomed.has_kept:
                reason = "not in the set: something in it is kept"
                self._plan.add(Change(Doing.LEAVE, path, reason, SHOWN, None))
            else:
                self._plan.add(_gone(doomed.parent, path, doomed.found))
            if not stack:
                return not doomed.has_kept
            stack[-1].has_kept = stack[-1].has_kept or doomed.has_kept

    def _next(self, doomed: _Doomed) -> _Doomed | None:
        """Judge the next name in *doomed*; return it when it is a directory that may go."""
        name = doomed.names.pop()
        path = join(doomed.folder.path, name)
        try:
            here = self._folders.open_same(doomed.folder)
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._plan.add_trouble(path, error)
            doomed.has_kept = True
            return None
        if self._judge(doomed.folder, name, found):
            doomed.has_kept = True
            return None
        if stat.S_ISDIR(found.st_mode):
            return self._doomed(doomed.folder, path, found)
        self._plan.add(_gone(doomed.folder, path, found))
        return None

    def _doomed(self, parent: Folder, path: bytes, found: os.stat_result) -> _Doomed:
        folder = Folder(path, found.st_dev, found.st_ino, False, self._number)
        doomed = _Doomed(folder, parent, found, [])
        try:
            here = self._folders.open_same(folder)
            is_guarded = self.is_guarded(here)
        except OSError:
            is_guarded = True
        names = None if is_guarded else self._names(folder)
        doomed.has_kept = names is None
        doomed.names = (names or [])[::-1]
        return doomed

    def _judge(self, parent: Folder, name: bytes, found: os.stat_result) -> bool:
        """Return whether *found* stays, which is shown."""
        is_left_out = self._options.is_left_out
        path = join(parent.path, name)
        is_directory = stat.S_ISDIR(found.st_mode)
        why = ""
        if (found.st_dev, found.st_ino) in self._options.keep_out:
            why = "it holds backups"
        elif is_left_out is not None and is_left_out(path, is_directory):
            why = "sets leave out what is called so"
        is_mount = found.st_dev != parent.device
        step = remove(Extra(found.st_ctime_ns, is_directory, is_mount, why), self._how)
        if step.doing == Doing.LEAVE:
            self._plan.add(Change(step.doing, path, step.reason, SHOWN, None))
        return step.doing == Doing.LEAVE

    def _names(self, folder: Folder) -> list[bytes] | None:
        """Return the names in *folder*, sorted; None, and a problem, when it cannot be read."""
        try:
            here = self._folders.open_same(folder)
            return sorted(map(os.fsencode, os.listdir(here)))
        except OSError as error:
            self._plan.add_trouble(folder.path, error)
            return None


def _gone(parent: Folder, path: bytes, found: os.stat_result) -> Change:
    is_directory = stat.S_ISDIR(found.st_mode)
    reason = "it is not in the set"
    return Change(Doing.REMOVE, path, reason, GONE, tuple(parent), is_directory, expect(found))


def _exists(here: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=here, follow_symlinks=False)
    except OSError:
        return False
    return True
