"""The roots of a run: which are there, and how each is told to the server."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tardis.model import NoSourceError, Report, SourceError
from tardis.policy import Reach, Seen, walked
from tardis.protocol.messages import AddRoot
from tardis.scan import (
    PAUSE,
    Filesystems,
    Place,
    Range,
    Source,
    Trail,
    Unlisted,
    Walker,
    ancestors,
    look_at,
)

from .options import JobOptions
from .run import Run

Item: TypeAlias = AddRoot | Range | Unlisted
"""What a walk comes upon."""


def find_sources(options: JobOptions, report: Report) -> list[Source]:
    """Return the roots that are to be walked, by path; those that are missing are reported.

    Raises:
        NoSourceError: None is left.
    """
    found: dict[bytes, Source] = {}
    trail = Trail(options.walk_rules(), Filesystems((), _forget))
    for path in options.roots:
        try:
            found[path] = _usable(look_at(path, allows_empty=options.allows_empty), trail)
        except SourceError as error:
            report.add_problem(path, f"not backed up: {error.reason}")
    if not found:
        raise NoSourceError(
            "there is nothing to back up: every source is missing or empty",
            hint="Check the paths, or give --allow-empty if it is meant.",
        )
    seen = [Seen(one.path, one.status.st_dev, one.is_directory) for one in found.values()]

    def leaves_out(above: bytes, root: bytes) -> bool:
        return trail.find_stop(found[above], root) is not None

    chosen = walked(seen, Reach(options.crosses_devices, options.max_depth, leaves_out))
    return [found[root.path] for root in chosen]


def _forget(item: object) -> None:
    """Take no note of a file system: nothing is told of it."""


def _usable(source: Source, trail: Trail) -> Source:
    """Return *source*.

    Raises:
        SourceError: It says itself that it is not to be saved, or holds backups.
    """
    reason = trail.why_unfit(source)
    if reason:
        raise SourceError(reason)
    return source


class Roots:
    """Walks the roots of a run one after another, each told to the server before."""

    def __init__(self, run: Run, sources: list[Source]) -> None:
        self._rules = rules = run.options.walk_rules()
        rules.remark, rules.left_out = run.remark, run.leave_out
        rules.problem = run.report.add_problem
        self.walker = Walker(rules, run.filesystems, _seal(run))
        self._serve(run)
        self._sources = sources
        self._parents: dict[bytes, Place] = {}

    def go_on(self, run: Run) -> None:
        """Walk on for *run*, whose report is that of the one before, as are all numbers so far."""
        self._rules.remark, self._rules.left_out = run.remark, run.leave_out
        self.walker.go_on(run.filesystems, _seal(run))
        self._serve(run)

    def _serve(self, run: Run) -> None:
        self._run = run
        if run.sum is not None:
            run.sum.claims = self.walker.claims

    def __iter__(self) -> Iterator[Item]:
        """Yield each root, then what it and all below it hold."""
        for source in self._sources:
            try:
                yield from self._root(source)
            except SourceError as error:
                self._run.report.add_problem(source.path, f"not backed up: {error.reason}")

    def _root(self, source: Source) -> Iterator[Item]:
        """Yield one root.

        Raises:
            SourceError: It is gone, or a directory above it is.
        """
        stored = self._run.options.roots[source.path]
        above = ancestors(source.path, stored, self._attributes)
        if source.is_directory:
            place = self.walker.place_of(source.path, source.status)
            yield AddRoot(stored, place.directory, b"", above)
            yield from self.walker.walk(place)
            return
        folder, _, name = source.path.rpartition(b"/")
        parent = self._parent(folder or b"/")
        yield AddRoot(stored, parent.directory, name, above)
        if self.walker.is_ahead:
            yield PAUSE
        yield self.walker.file_range(parent, name, source.status)

    def _attributes(self, path: bytes) -> bytes:
        """Return the attributes of a root, or of a directory above it."""
        try:
            return self._run.attributes.read_folder(path)
        except SourceError as error:
            self._run.report.add_problem(path, error.reason)
            return b""

    def _parent(self, path: bytes) -> Place:
        """Return the directory *path*, the same place for every root that it names."""
        if path not in self._parents:
            parent = look_at(path, allows_empty=True)
            self._parents[path] = self.walker.place_of(path, parent.status)
        return self._parents[path]


def _seal(run: Run) -> Callable[[bytes], bytes] | None:
    return None if run.seals is None else run.seals.names.seal
