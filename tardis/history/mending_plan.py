"""What a plan for mending a live tree consists of, kept on disk so that it may be long.

Records stand in the order in which they are carried out: a directory before what is in
it, what is removed after what was in it.
"""

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tardis.model import Problem
from tardis.policy import Doing

from .attributes import EVERYTHING, Switches
from .folders import Folder, may_be_one
from .spool import Spool

Identity = tuple[int, int]
Expected = tuple[int, int, int, int]
"""Device, inode, size and modification time that something had when it was planned."""

FILE: Final = "file"
FOLDER: Final = "folder"
ATTRIBUTES: Final = "attributes"
GONE: Final = "gone"
LINKS: Final = "links"
LEFT: Final = "left"
SHOWN: Final = "shown"

CHANGED: Final = "it changed while it was looked at; it was left alone"
_MOVING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL})
"""What is told of names that are something else than a moment before, links among them."""


class Change(NamedTuple):
    """One step of a plan.

    Attributes:
        doing: What is done, as in `tardis.policy`; empty for what goes without saying.
        path: Below the top.
        reason: Why, safe to print.
        how: `FILE`, `FOLDER`, `ATTRIBUTES`, `GONE`, `LINKS`, `LEFT` or `SHOWN`.
        parent: The directory as a `Folder`; None when this plan makes it.
        told: What else is needed, by *how*.
        expected: What must still be there, None for nothing.
    """

    doing: str
    path: bytes
    reason: str
    how: str
    parent: tuple[Any, ...] | None
    told: Any = None
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class MendOptions:
    """How a live tree is mended.

    Attributes:
        top: Directory that stored paths begin at: ``/``, or the current one.
        overwrite: What happens to what exists: never, always, newer or older.
        switches: What of the metadata is restored.
        hard_links: Names of one file become that again.
        recurse: What is in directories is mended too.
        removes: What the set does not hold is removed.
        keep_out: Identities of directories that are never entered: the backups'.
        is_left_out: Tells of a path, and whether it is a directory, if sets leave it out.
        guards: Names of files beside and below which nothing is removed.
        jobs: Processes that make files; 0 for as many as help.
    """

    top: bytes = b"/"
    overwrite: str = "always"
    switches: Switches = EVERYTHING
    hard_links: bool = True
    recurse: bool = True
    removes: bool = False
    keep_out: frozenset[Identity] = frozenset()
    is_left_out: Callable[[bytes, bool], object] | None = None
    guards: frozenset[bytes] = frozenset()
    jobs: int = 0


@dataclass(slots=True)
class MendPlan:
    """What is to be done; iterate `shown` to see it, close it in the end.

    Attributes:
        counts: How many of each doing.
        touched: Existing directories in which something is made or removed.
        keeps: Directories of the plan's own that names of one file go into.
        problems: What could not be planned.
    """

    changes: Spool = field(default_factory=Spool)
    counts: Counter[str] = field(default_factory=Counter)
    touched: set[bytes] = field(default_factory=set)
    keeps: set[bytes] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Put *change* behind the others."""
        self.changes.add(tuple(change))
        if not change.doing:
            return
        self.counts[change.doing] += 1
        if change.how in (FILE, FOLDER, GONE, SHOWN) and change.doing != Doing.LEAVE:
            self.touched.add(os.path.dirname(change.path))

    def add_trouble(self, path: bytes, error: OSError) -> None:
        """Tell of what cannot be looked at, or is another thing than a moment before."""
        reason = CHANGED if error.errno in _MOVING else error.strerror or str(error)
        self.problems.append(Problem(path, reason))

    def __iter__(self) -> Iterator[Change]:
        """Yield everything, in order."""
        return map(Change._make, self.changes)

    def shown(self) -> Iterator[Change]:
        """Yield what a person wants to see."""
        return (change for change in self if change.doing)

    @property
    def has_work(self) -> bool:
        """Whether carrying it out would do anything."""
        return any(count for doing, count in self.counts.items() if doing != Doing.LEAVE)

    @property
    def removed(self) -> int:
        """How many objects it removes."""
        return self.counts[Doing.REMOVE]

    def close(self) -> None:
        """Let go of what it is kept in."""
        self.changes.__exit__(None, None, None)


def expect(found: os.stat_result) -> Expected:
    """Return what must still be there when the plan is carried out."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def is_expected(expected: Expected | None, now: Expected, folder: int) -> bool:
    """Tell whether what there is *now* in an open directory is what a plan was made for."""
    if expected is None or expected[2:] != now[2:]:
        return False
    return may_be_one(expected[:2], now[:2], folder)


def folder_of(told: tuple[Any, ...]) -> Folder:
    """Return the directory that went into a plan as a tuple."""
    return Folder._make(told)
