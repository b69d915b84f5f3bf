"""Restores trees: safely, whatever the store says, and by several processes at once.

A main process reads the catalog and makes the directories, workers make the files.
Nothing leaves the target: every step goes through the descriptor of a directory that
was opened without following links.  What cannot be restored becomes a problem in the
report, and the rest goes on; trouble with the store as a whole raises.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tardis.model import NoSuchPathError, Observer, Reader, Report, RightsError, UsageError
from tardis.render import escape_name

from .access import Access, ReadsAs
from .attributes import EVERYTHING, Attributes, Owners, Switches
from .extract_files import FileMaker
from .extract_folders import FolderMaker
from .extract_walk import Walk
from .rules import Ask, Rules
from .spool import Groups
from .tree import Tree
from .workers import Alone, Crew, Workers

_WORKERS: Final = 4
"""Processes that help on any machine; more only wait for the disk."""

ReaderFactory = Callable[[], Reader]


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to restore.

    Attributes:
        number: Backup set it is taken from.
        path: Where it is in that set, as stored.
        name: Under what name it goes into the target; empty puts what is in it there.
        is_tree: It is a directory, so that several processes are worth while.
    """

    number: int
    path: bytes
    name: bytes
    is_tree: bool


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """How to restore.

    Attributes:
        target: Existing directory that everything goes into.
        overwrite: What happens to existing files: never, always, newer, older or ask.
        damaged: What happens to a file with damaged content: keep, rename or delete.
        hard_links: Restore names of one file as such.
        recurse: Restore what is in directories.
        jobs: Processes that make files; 0 for as many as help.
        switches: What of the metadata is restored.
        ask: Answers whether a file may be replaced; only one process works then.
        reads_as: Whose permissions count for what is read; None for all.
    """

    target: bytes
    overwrite: str = "never"
    damaged: str = "rename"
    hard_links: bool = True
    recurse: bool = True
    jobs: int = 0
    switches: Switches = EVERYTHING
    ask: Ask | None = None
    reads_as: ReadsAs | None = None

    @property
    def rules(self) -> Rules:
        """The part of them that is about single files."""
        return Rules(self.overwrite, self.damaged, self.switches, self.ask)


@dataclass(slots=True)
class Restored(Report):
    """What a restore did.

    Attributes:
        notes: How many files something minor happened to, by what happened.
    """

    notes: Counter[str] = field(default_factory=Counter)


def restore(
    reader_factory: ReaderFactory,
    requests: Sequence[Request],
    options: ExtractOptions,
    observer: Observer,
) -> Restored:
    """Restore *requests* into the target.

    Forks, so the caller has no thread and no open store.  Existing directories are
    merged with; what else exists is treated as `ExtractOptions.overwrite` says.

    Args:
        reader_factory: Opens the store; called once in every process.

    Raises:
        UsageError: The target is no directory.
        StoreError: The store cannot be read at all, or a process died.
    """
    top = open_target(options.target)
    try:
        is_single = options.ask or not any(request.is_tree for request in requests)
        jobs = 1 if is_single else options.jobs
        with make_crew(reader_factory, top, options.rules, jobs) as crew:
            return _restore(reader_factory, requests, options, _Site(top, crew, observer))
    finally:
        os.close(top)


@dataclass(frozen=True, slots=True)
class _Site:
    top: int
    crew: Crew
    observer: Observer


def _restore(
    reader_factory: ReaderFactory,
    requests: Sequence[Request],
    options: ExtractOptions,
    site: _Site,
) -> Restored:
    report = Restored()
    reader = reader_factory()
    attributes = Attributes(Owners(reader), options.switches)
    folders = FolderMaker(site.top, options.rules, attributes, report)
    try:
        with Groups() as groups:
            links = groups if options.hard_links else None
            walk = Walk(folders, site.crew, links, report, site.observer)
            walk.access = Access(reader, options.reads_as) if options.reads_as else None
            _walk_all(walk, reader, requests, options.recurse, report)
            walk.finish()
            site.crew.settle()
            walk.tell()
        folders.finish()
    finally:
        folders.close()
        reader.close()
    report.files, report.size_bytes = site.crew.files, site.crew.size_bytes
    report.entries = report.files + report.directories
    report.problems.extend(site.crew.problems)
    report.problems.sort(key=lambda problem: problem.path)
    report.notes.update(attributes.notes + site.crew.notes)
    return report


def _walk_all(
    walk: Walk, reader: Reader, requests: Sequence[Request], recurse: bool, report: Restored
) -> None:
    trees: dict[int, Tree] = {}
    for request in requests:
        tree = trees.get(request.number)
        if tree is None:
            tree = trees[request.number] = Tree(reader, request.number, walk.access)
        try:
            node = tree.resolve(request.path)
        except (NoSuchPathError, RightsError) as error:
            report.add_problem(request.path, str(error))
            continue
        walk.restore(reader, tree, node, request.name, recurse)


def make_crew(reader_factory: ReaderFactory, top: int, rules: Rules, jobs: int) -> Crew:
    """Return what makes files below *top*, in *jobs* processes, 0 for as many as help."""

    def make_maker() -> FileMaker:
        return FileMaker(top, reader_factory(), rules)

    count = jobs or min(_WORKERS, len(os.sched_getaffinity(0)))
    return Alone(make_maker) if count == 1 else Workers(count, make_maker)


def open_target(target: bytes) -> int:
    """Open the directory that everything goes into; the caller closes it.

    Raises:
        UsageError: It is none.
    """
    try:
        return os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"cannot restore into {escape_name(target)}: {error.strerror}") from error
