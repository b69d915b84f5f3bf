"""The walk, begun while the password is stretched: most of it needs no key.

File systems have no numbers before the server has told those that it knows.  Until then the
walk counts for itself, and what it has found is of use if it counted the same: with one file
system it mostly did.  Else it begins anew, and nothing was told to anybody.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from tardis.crypto import Seals
from tardis.model import Report
from tardis.protocol.messages import SetOpened
from tardis.scan import PAUSE, Filesystems, Range, Source, cut_range

from .options import JobOptions
from .roots import Item, Roots
from .run import Run, Talk

MOST: Final = 1 << 17
"""Entries that are looked at ahead: some twenty MiB."""

_UNOPENED: Final = SetOpened(0, "", False, b"", "", b"", (), ())


class Early:
    """Walks ahead of a run.

    Args:
        line: Of the run; nothing is said on it.
        options: Of the run.
        report: Of the run.
        sources: Its roots.
    """

    def __init__(
        self, line: Talk, options: JobOptions, report: Report, sources: list[Source]
    ) -> None:
        self._line, self._options, self._report = line, options, report
        self._sources = sources
        self._roots: Roots | None = None
        self._before = (0, 0)
        self._found: deque[Item] = deque()
        self._entries = self._size_bytes = 0
        self._remarks: list[tuple[bytes, str]] = []

    def step(self) -> bool:
        """Look at a little more; tell whether there is any more that can be looked at."""
        if self._roots is None:
            self._begin()
        item = next(self._walk, PAUSE)
        if item is PAUSE:
            return False
        self._found.append(item)
        if isinstance(item, Range):
            self._entries += len(item.rows)
            self._size_bytes += item.size_bytes
        else:
            self._entries += 1
        return self._entries < MOST

    def settle(self, opened: SetOpened, seals: Seals | None) -> tuple[Run, Roots, Iterator[Item]]:
        """Return the run, now that it has begun, its roots, and the walk over them."""
        run = Run(self._line, self._options, opened, self._report, seals)
        roots = self._roots
        if roots is None or not run.filesystems.follow(self._filesystems):
            self._forget()
            roots = Roots(run, self._sources)
            return run, roots, iter(roots)
        if opened.is_first:
            run.expected_bytes = self._size_bytes  # none of it is known
        for path, reason in self._remarks:
            run.remark(path, reason)
        roots.go_on(run)
        seal = None if seals is None else seals.names.seal
        return run, roots, chain(_emptied(self._found, seal), self._walk)

    def _begin(self) -> None:
        report = self._report
        self._before = (len(report.problems), report.left_out)
        wanted = replace(self._options, remark=self._hear)
        run = Run(self._line, wanted, _UNOPENED, report)
        run.filesystems = Filesystems((), _forget, origins=self._options.origins)
        self._filesystems = run.filesystems
        self._roots = Roots(run, self._sources)
        self._roots.walker.is_ahead = True
        self._walk = iter(self._roots)

    def _forget(self) -> None:
        """Take back what the walk has reported."""
        if self._roots is not None:
            problems, self._report.left_out = self._before
            del self._report.problems[problems:]

    def _hear(self, path: bytes, reason: str) -> None:
        self._remarks.append((path, reason))


def _forget(item: object) -> None:
    """Take no note of a file system: nothing is told of it yet."""


def _emptied(found: deque[Item], seal: Callable[[bytes], bytes] | None) -> Iterator[Item]:
    """Yield all of *found*, large directories in parts, and keep none."""
    while found:
        item = found.popleft()
        if isinstance(item, Range):
            yield from cut_range(item, seal)
        else:
            yield item
