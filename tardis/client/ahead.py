"""What a backup would do, told without a server: the same walk, weighed instead of sent."""

import os
import stat
from collections.abc import Sequence

from tardis.model import Explained, NoSourceError, Preview, Report, Weight
from tardis.policy import LeftOutWeigher, TreeWeigher, is_within
from tardis.scan import (
    DENIED,
    Filesystems,
    Range,
    Source,
    Trail,
    Unlisted,
    Walker,
    WalkRules,
    count_ahead,
)

from .options import JobOptions
from .roots import find_sources


def preview(options: JobOptions) -> Preview:
    """Return what a run by *options* would save, and what it would leave out.

    Raises:
        NoSourceError: There is nothing to back up.
    """
    report = Report()
    sources = find_sources(options, report)
    rules = options.walk_rules()
    out = LeftOutWeigher()

    def leave_out(path: bytes, reason: str) -> None:
        out.add(path, reason, weigh(path))

    def count(path: bytes, reason: str) -> None:
        report.left_out += 1

    rules.excluded, rules.left_out, rules.problem = leave_out, count, report.add_problem
    walker = Walker(rules, Filesystems((), _forget))
    trees = []
    for source in sources:
        weigher = TreeWeigher(source.path)
        _walk(walker, source, weigher, report, options)
        trees.append(weigher.close())
    saved = Weight()
    for tree in trees:
        saved = saved.plus(tree.weight)
    return Preview(
        tuple(trees), saved, out.by_reason(), out.largest(), report.left_out, report.problems
    )


def _forget(item: object) -> None:
    """Take no note of a file system: nothing is told of it."""


def _walk(
    walker: Walker, source: Source, weigher: TreeWeigher, report: Report, options: JobOptions
) -> None:
    if not source.is_directory:
        is_regular = stat.S_ISREG(source.status.st_mode)
        weigher.add(source.path, Weight(is_regular, source.status.st_size if is_regular else 0))
        return
    for found in walker.walk(walker.place_of(source.path, source.status)):
        match found:
            case Range():
                weigher.add(found.path, Weight(found.files, found.size_bytes))
            case Unlisted() if not found.is_gone:
                _blame(found, report, options)


def _blame(found: Unlisted, report: Report, options: JobOptions) -> None:
    if found.error.errno in DENIED and options.leaves_out_unreadable:
        report.left_out += 1
    else:
        report.add_problem(found.path, found.error.reason)


def weigh(path: bytes) -> Weight:
    """Return what *path* holds on its own file system; zero for what cannot be looked at."""
    try:
        status = os.lstat(path)
        above = os.lstat(os.path.dirname(path))
    except OSError:
        return Weight()
    if stat.S_ISDIR(status.st_mode):
        if status.st_dev != above.st_dev:
            return Weight()
        return Weight(*(count_ahead([path], WalkRules(), lambda: False) or ()))
    return Weight(1, status.st_size) if stat.S_ISREG(status.st_mode) else Weight()


def explain(options: JobOptions, paths: Sequence[bytes]) -> list[Explained]:
    """Return whether each of *paths*, real and absolute, would be saved, and what decides."""
    report = Report()
    try:
        sources = find_sources(options, report)
    except NoSourceError:
        sources = []
    trail = Trail(options.walk_rules(), Filesystems((), _forget))
    unfit = {problem.path: problem.reason for problem in report.problems}
    return [_explain(path, sources, trail, unfit) for path in paths]


def _explain(
    path: bytes, sources: Sequence[Source], trail: Trail, unfit: dict[bytes, str]
) -> Explained:
    found = Explained(path, False, "it lies in none of the directories that are backed up", path)
    for above, reason in unfit.items():
        if is_within(path, above):
            found = Explained(path, False, reason, above)
    for source in sources:
        if not is_within(path, source.path):
            continue
        stop = trail.find_stop(source, path)
        if stop is None:
            return Explained(path, True, trail.remark(source, path), path)
        found = Explained(path, False, stop.reason, stop.path)
    return found
