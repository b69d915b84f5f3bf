"""What a listing shows, directory by directory: it streams, whatever the size of the tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from tardis.model import Entry, Reader, Shown, StoredContent, Version

from .moves import Moves
from .places import Place, Places
from .span import Span
from .versions import Wanted, is_gone, versions_of

_PAGE: Final = 500
"""Names whose contents are looked up together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is listed.

    Attributes:
        wanted: What makes a version.
        hidden: Names that begin with a dot, too.
        recurse: What is in directories, all the way down.
        depth: Levels to go down; None for all.
        is_reverse: Sort the other way round.
        itself: Of a directory, list itself and not what is in it.
        broken: Files without readable contents, too.
        moves: Look for where files came from and went to.
        contents: Look up how contents are stored.
    """

    wanted: Wanted = field(default_factory=Wanted)
    hidden: bool = False
    recurse: bool = False
    depth: int | None = None
    is_reverse: bool = False
    itself: bool = False
    broken: bool = True
    moves: bool = False
    contents: bool = False


class Page(NamedTuple):
    """Some names of one directory.

    Attributes:
        shown: In their order.
        contents: How the contents of their versions are stored, by id, if that was asked for.
    """

    shown: list[Shown]
    contents: Mapping[int, StoredContent]


class Section(NamedTuple):
    """A path that was asked for, or a directory below one.

    Attributes:
        head: The path itself; None for a directory that was shown in the one above.
        path: As stored.
        pages: What is in it, None when it is no directory; to be used up before the next
            section.
    """

    head: Page | None
    path: bytes
    pages: Iterator[Page] | None


class Lister:
    """Lists places of the sets in *span*."""

    def __init__(self, reader: Reader, span: Span, places: Places, scope: Scope) -> None:
        self._reader = reader
        self._span = span
        self._places = places
        self._scope = scope
        self._moves = Moves(reader)
        self._leaves_gone = not scope.wanted.deletions and scope.wanted.which == "none"

    def sections(self, place: Place) -> Iterator[Section]:
        """Yield *place* and, if that is asked for, the directories below it."""
        head = self._page([self._shown(place, place.path)])
        if self._scope.itself or not place.is_directory:
            yield Section(head, place.path, None)
            return
        below: list[Place] = []
        yield Section(head, place.path, self._pages(place, below))
        if self._scope.recurse:
            yield from self._below(below)

    def _below(self, first: list[Place]) -> Iterator[Section]:
        waiting = [iter(first)]
        while waiting:
            place = next(waiting[-1], None)
            if place is None:
                waiting.pop()
            elif self._scope.depth is None or len(waiting) <= self._scope.depth:
                below: list[Place] = []
                yield Section(None, place.path, self._pages(place, below))
                waiting.append(iter(below))

    def _pages(self, place: Place, below: list[Place]) -> Iterator[Page]:
        """Yield what is in *place*, and put its directories into *below*."""
        shown = self._children(place, below)
        while some := list(islice(shown, _PAGE)):
            yield self._page(some)

    def _children(self, place: Place, below: list[Place]) -> Iterator[Shown]:
        scope = self._scope
        for child in self._places.children(place, is_reverse=scope.is_reverse):
            name = child.path.rsplit(b"/", 1)[-1]
            if (name[:1] == b"." and not scope.hidden) or not child.rows:
                continue
            if self._leaves_gone and is_gone(child, self._span):
                continue
            if scope.recurse and child.is_directory:
                below.append(child)
            yield self._shown(child, name)

    def _shown(self, place: Place, name: bytes) -> Shown:
        versions = versions_of(place, self._span, self._scope.wanted)
        if self._scope.moves and versions:
            versions = self._moves.told(versions)
        newest = max(place.rows)[1] if len(place.rows) > 1 else place.rows[0][1]
        return Shown(place.path, name, versions, newest, is_gone(place, self._span))

    def _page(self, shown: list[Shown]) -> Page:
        scope = self._scope
        if not scope.contents and scope.broken:
            return Page(shown, {})
        ids = {one.content for each in shown for one in _entries(each) if one.content is not None}
        contents = self._reader.contents(sorted(ids))
        if not scope.broken:
            shown = [kept for one in shown if (kept := _whole(one, contents))]
        return Page(shown, contents)


def _entries(shown: Shown) -> Iterator[Entry]:
    yield shown.newest
    for version in shown.versions:
        yield version.entry


def is_broken(entry: Entry, contents: Mapping[int, StoredContent]) -> bool:
    """Tell whether *entry* is a file whose bytes are not in the store, or damaged there."""
    if not entry.is_regular:
        return False
    stored = contents.get(entry.content) if entry.content is not None else None
    return stored is None or bool(stored.is_damaged)


def _whole(shown: Shown, contents: Mapping[int, StoredContent]) -> Shown | None:
    """Return *shown* without its broken versions; None when nothing is left."""
    if not shown.versions:
        return None if is_broken(shown.newest, contents) else shown

    def is_whole(version: Version) -> bool:
        return not is_broken(version.entry, contents)

    kept = tuple(filter(is_whole, shown.versions))
    return shown._replace(versions=kept) if kept else None
