"""Makes the directories of a restore, and finishes them when all is in them.

While they are filled they are for nobody but us; their owner, mode and times are set at
the very end, the innermost first.  What is to be set waits in a spool.
"""

import os
import stat
from typing import Final

from tardis.model import Report

from .attributes import Attributes, Wanted, stamp_ns
from .extended import remove_other_acls
from .folders import CASE_BLIND, OPEN_FOLDER, Folder, Folders, refused
from .rules import LEFT_ALONE, SAME_HERE, Rules, has_other_case, is_case_blind
from .spool import Spool
from .tree import join

Row = tuple[int, int, int, int, int, bytes | None]
"""Mode, user, group, seconds, nanoseconds and extended attributes of a directory."""

_UNKNOWN_MODE: Final = 0o755
_PROBE: Final = b".tardis-case"


class FolderMaker:
    """Makes directories below *top*.

    Args:
        top: Open descriptor; the caller closes it.
        rules: What happens to what exists.
        attributes: Sets what they get in the end.
        report: Where problems go.
        mends: What exists keeps the ACLs that it has and the set does not tell of.
    """

    def __init__(
        self,
        top: int,
        rules: Rules,
        attributes: Attributes,
        report: Report,
        *,
        mends: bool = False,
    ) -> None:
        self._mends = mends
        self._rules = rules
        self._attributes = attributes
        self._report = report
        self._folders = Folders(top)
        self._waiting = Spool()
        found = os.fstat(top)
        self._top = (found.st_dev, found.st_ino)

    def close(self) -> None:
        """Let go of all directories."""
        self._folders.__exit__(None, None, None)
        self._waiting.__exit__(None, None, None)

    def top(self, number: int) -> Folder:
        """Return the top directory, as what set *number* goes into."""
        return Folder(b"", *self._top, is_fresh=False, number=number)

    def make(self, parent: Folder, name: bytes, row: Row | None) -> tuple[Folder, bool] | None:
        """Make the directory *name* in *parent*, or take the one that is there.

        Returns:
            It, and whether its attributes are to be set; None when it cannot be, which
            has become a problem or a note.
        """
        path = join(parent.path, name)
        reason = refused(name)
        if reason:
            self._report.add_problem(path, reason)
            return None
        try:
            made = self._make(parent, name, stamp_ns(row[3], row[4]) if row else 0)
            if made is None:
                return None
            descriptor = self._folders.open(path.split(b"/"))
            found = os.fstat(descriptor)
            if made[0] and row is not None and row[5]:
                self._attributes.begin(descriptor, row[5])
            if made[0] and not parent.is_fresh and self._rules.switches.acl:
                remove_other_acls(descriptor, stat.S_IFDIR, b"")  # or all in it inherits them
        except OSError as error:
            self._report.add_problem(path, error.strerror or str(error))
            return None
        is_fresh, is_ours = made
        self._report.directories += 1
        return Folder(path, found.st_dev, found.st_ino, is_fresh, parent.number), is_ours

    def leave(self, folder: Folder, row: Row | None) -> None:
        """Remember that *folder* gets *row*; call this after all directories in it."""
        self._waiting.add((tuple(folder), row))

    def finish(self) -> None:
        """Set the attributes of all directories that were left, in that order."""
        for told, row in self._waiting:
            folder = Folder._make(told)
            try:
                descriptor = self._folders.open_same(folder)
                if row is None:
                    os.fchmod(descriptor, _UNKNOWN_MODE)
                else:
                    self._finish(descriptor, folder, row)
            except (OSError, OverflowError) as error:
                reason = (isinstance(error, OSError) and error.strerror) or str(error)
                self._report.add_problem(folder.path, f"its attributes were not set: {reason}")

    def _finish(self, descriptor: int, folder: Folder, row: Row) -> None:
        wanted = Wanted(*row[:5], row[5] or b"")
        is_new = bool(folder.is_fresh)
        trouble = self._attributes.finish(
            descriptor,
            folder.number,
            wanted,
            inherits=is_new or not self._mends,
            is_new=is_new,
        )
        self._attributes.lock(descriptor, wanted.xattrs)
        if trouble:
            self._report.add_problem(folder.path, trouble)

    def _make(self, parent: Folder, name: bytes, stored_ns: int) -> tuple[int, bool] | None:
        """Return (is it fresh, its attributes are ours to set), None when it was left alone."""
        here = self._folders.open_same(parent)
        try:
            os.mkdir(name, 0o700, dir_fd=here)
        except FileExistsError:
            found = os.stat(name, dir_fd=here, follow_symlinks=False)
        else:
            return parent.is_fresh or self._freshness(here, name), True
        if has_other_case(here, name):
            raise OSError(0, SAME_HERE)
        is_directory = stat.S_ISDIR(found.st_mode)
        if not is_directory and parent.is_fresh:
            raise OSError(0, "the store has something else under this name too")
        is_ours = self._rules.allow(join(parent.path, name), found, stored_ns)
        if is_directory:
            return False, is_ours
        if not is_ours:
            self._attributes.notes[LEFT_ALONE] += 1
            return None
        os.unlink(name, dir_fd=here)
        os.mkdir(name, 0o700, dir_fd=here)
        return self._freshness(here, name), True

    def _freshness(self, here: int, name: bytes) -> int:
        """Find out what *name* is, made in a directory that was there: all below is the same."""
        inside = os.open(name, OPEN_FOLDER, dir_fd=here)
        try:
            os.mkdir(_PROBE, 0o700, dir_fd=inside)
            is_blind = is_case_blind(inside, _PROBE)
            os.rmdir(_PROBE, dir_fd=inside)
        finally:
            os.close(inside)
        return CASE_BLIND if is_blind else True
