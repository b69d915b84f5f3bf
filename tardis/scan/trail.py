"""The way from a root to one path, gone as a walk would go it: what stops it, and why."""

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from tardis.policy import Judged, Scope

from .exclusions import Selector
from .filesystems import Filesystems
from .opening import DENIED, open_directory, open_file, trouble
from .places import Place, WalkRules, barrier, join
from .sources import Source


class Stop(NamedTuple):
    """Why a path is not saved.

    Attributes:
        path: Where the walk ends: the path itself, or a directory above it.
        reason: The rule or the trouble, in words.
    """

    path: bytes
    reason: str


class _Here(NamedTuple):
    """How far one came: an entry that is saved."""

    place: Place
    status: os.stat_result
    judged: Judged


class Trail:
    """Goes from roots to paths below them.

    Args:
        rules: What is looked at.
        filesystems: Know what is mounted.
    """

    def __init__(self, rules: WalkRules, filesystems: Filesystems) -> None:
        self._rules = rules
        self._filesystems = filesystems
        self._selector = Selector(rules.exclusions, rules.problem)

    def find_stop(self, top: Source, path: bytes) -> Stop | None:
        """Return what keeps the walk of *top* from saving *path*; None: it is saved.

        Args:
            top: A root.
            path: *top*, or a path below it; real and absolute.
        """
        here = self._top(top)
        above: Place | None = None
        for name in path[len(top.path.rstrip(b"/")) :].split(b"/")[1:]:
            reason = self._why_empty(here, above)
            if reason:
                return Stop(here.place.path, reason)
            try:
                found = self._step(here, name)
            except OSError as error:
                return Stop(join(here.place.path, name), self._words(error))
            if isinstance(found, Stop):
                return found
            above, here = here.place, found
        return None

    def why_unfit(self, top: Source) -> str:
        """Return why nothing of the root *top* can be saved, empty: something can."""
        for path in _upwards(top.path):
            try:
                status = os.lstat(path)
            except OSError:
                continue
            if (status.st_dev, status.st_ino) in self._rules.exclusions.stores:
                return "backups are kept in it"
        if self._filesystems.shows_backups(top.status.st_dev, top.path):
            return "it shows backups"
        if not top.is_directory:
            return ""
        try:
            folder = open_directory(top.path)
        except OSError:
            return ""
        try:
            found = self._selector.found(folder)
            marker = self._selector.read(top.path, folder, Scope(), found).marker
        finally:
            os.close(folder)
        return f"it holds {os.fsdecode(marker)}" if marker else ""

    def remark(self, top: Source, path: bytes) -> str:
        """Return what is worth knowing of *path*, which is saved: see `find_stop`.

        That is which rule keeps it, or why of a directory nothing is saved but itself.
        """
        here, above = self._top(top), None
        for name in path[len(top.path.rstrip(b"/")) :].split(b"/")[1:]:
            found = self._step(here, name)
            if isinstance(found, Stop):
                return found.reason
            above, here = here.place, found
        if stat.S_ISDIR(here.status.st_mode) and (reason := self._why_empty(here, above)):
            return f"without what it holds: {reason}"
        if here.judged.keeping is not None:
            return f"{here.judged.keeping} keeps it, against {here.judged.leaving}"
        return ""

    def _top(self, top: Source) -> _Here:
        scope = self._rules.exclusions.scope.below(os.fsdecode(top.path))
        identity = (0, top.status.st_ino, 0)
        return _Here(Place(top.path, top.status.st_dev, identity, 0, scope), top.status, Judged())

    def _why_empty(self, here: _Here, above: Place | None) -> str:
        """Return why the walk does not list where it came to."""
        path, status = here.place.path, here.status
        if not stat.S_ISDIR(status.st_mode):
            return "it is no directory"
        if above is not None:
            key = (status.st_dev, status.st_ino)
            reason = barrier(self._rules, self._filesystems, above, path, key)
            if reason:
                return reason
        try:
            folder = open_directory(path)
        except OSError as error:
            return self._words(error)
        try:
            found = self._selector.found(folder)
            marker = self._selector.read(path, folder, here.place.scope, found).marker
        finally:
            os.close(folder)
        return f"it holds {os.fsdecode(marker)}" if marker else ""

    def _step(self, here: _Here, name: bytes) -> _Here | Stop:
        """Return the entry *name* of a directory that is listed.

        Raises:
            OSError: It is not there, or may not be looked at.
        """
        place = here.place
        path = join(place.path, name)
        folder = open_directory(place.path)
        try:
            found = self._selector.found(folder)
            rules = self._selector.read(place.path, folder, place.scope, found)
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            is_folder = stat.S_ISDIR(status.st_mode)
            judged = rules.scope.judge(os.fsdecode(name), lambda: is_folder)
            if judged.is_left_out:
                return Stop(path, str(judged.leaving))
            if stat.S_ISREG(status.st_mode):
                os.close(open_file(name, folder))
        finally:
            os.close(folder)
        below = rules.below.enter(os.fsdecode(name))
        identity = (0, status.st_ino, 0)
        return _Here(Place(path, status.st_dev, identity, place.depth + 1, below), status, judged)

    def _words(self, error: OSError) -> str:
        reason = trouble(error).reason
        if error.errno in DENIED and self._rules.is_leaving_out:
            return f"ExcludeNoAccess: {reason}"
        return reason


def _upwards(path: bytes) -> Iterator[bytes]:
    while path != b"/":
        yield path
        path = os.path.dirname(path)
    yield path
