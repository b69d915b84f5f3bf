"""What a set holds: directories page by page, single entries, and the versions of a path."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NotRequired, TypedDict

from tardis.history import Places, Span, Tree, Wanted, versions_of
from tardis.model import BackupSet, NoSuchPathError, Right, UsageError
from tardis.render import escape_name
from tardis.store import StoreReader

from .api import LIMIT, Api, Call
from .entry_shapes import (
    NEXT,
    PATH,
    EntryState,
    VersionState,
    contents_of,
    next_of,
    node_state,
    version_state,
)
from .sets import chosen_set
from .trees import page_of

api: Final = Api("tree", "/api/v1/clients/<client>")

_LISTS: Final = (Right.LIST, "list files")
_GONE: Final = {404: "There is no such set, or it does not hold that path."}
_MOST_VERSIONS: Final = 10_000


class EntryPage(TypedDict):
    """Some of what is in a directory, in an order that stays.

    Attributes:
        set: Name of the set.
        number: Of the set.
        entries: In the order of the names as they are stored.
        next: What `after` is for the next page; absent on the last one.
    """

    set: str
    number: int
    entries: list[EntryState]
    next: NotRequired[str]


class EntryOfSet(TypedDict):
    """One entry, and the set that it was looked up in.

    Attributes:
        set: Name of the set.
        number: Of the set.
        entry: What the path was in it.
    """

    set: str
    number: int
    entry: EntryState


class VersionList(TypedDict):
    """What a path was, over all sets.

    Attributes:
        versions: The oldest first.
    """

    versions: list[VersionState]


@contextmanager
def looking(call: Call) -> Iterator[tuple[StoreReader, BackupSet]]:
    """Open the store, and find the set that the route names."""
    with call.service.reader(call.client) as reader:
        yield reader, chosen_set(reader, call.place["set"])


@api.get(
    "/sets/<set>/entries",
    answers=EntryPage,
    right=_LISTS,
    query=(PATH, NEXT, LIMIT),
    statuses=_GONE,
)
def entries(call: Call) -> EntryPage:
    """List a directory of a set; `/` is above all whole paths, the empty path above all others."""
    with looking(call) as (reader, backup):
        tree = Tree(reader, backup.number)
        node = tree.resolve(call[PATH])
        if not node.is_directory:
            raise UsageError(f"{escape_name(call[PATH])} is no directory in that set")
        found = page_of(reader, tree, node, call[NEXT], call[LIMIT])
        contents = contents_of(reader, [one.entry for one in found.nodes])
    page: EntryPage = {
        "set": backup.name,
        "number": backup.number,
        "entries": [node_state(one, contents) for one in found.nodes],
    }
    if found.after is not None:
        page["next"] = next_of(found.after)
    return page


@api.get("/sets/<set>/entry", answers=EntryOfSet, right=_LISTS, query=(PATH,), statuses=_GONE)
def entry(call: Call) -> EntryOfSet:
    """Tell of one path of a set."""
    with looking(call) as (reader, backup):
        node = Tree(reader, backup.number).resolve(call[PATH])
        state = node_state(node, contents_of(reader, [node.entry]))
    return {"set": backup.name, "number": backup.number, "entry": state}


@api.get("/versions", answers=VersionList, right=_LISTS, query=(PATH,), statuses=_GONE)
def versions(call: Call) -> VersionList:
    """List the versions of a path over all sets, and when it was gone."""
    with call.service.reader(call.client) as reader:
        sets = reader.sets()
        span = Span(sets) if sets else None
        place = Places(reader, span).find(call[PATH]) if span else None
        if span is None or place is None:
            raise NoSuchPathError(f"no backup set holds {escape_name(call[PATH])}")
        found = versions_of(place, span, Wanted())[-_MOST_VERSIONS:]
        contents = contents_of(reader, [one.entry for one in found])
    return {"versions": [version_state(place.path, one, contents) for one in found]}
