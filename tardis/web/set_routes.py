"""The sets of a client: ``/api/v1/clients/<client>/sets``."""

from typing import Final, NotRequired, TypedDict

from tardis.model import BackupSet, Right

from .api import LIMIT, Api, Call, Param

api: Final = Api("sets", "/api/v1/clients/<client>")

_LISTS: Final = (Right.LIST, "list its sets")
_MOST_DIGITS: Final = 18


def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > _MOST_DIGITS:
        raise ValueError("is no number")
    return int(text)


AFTER: Final = Param(
    "after",
    _number,
    0,
    "only sets with a higher number than this",
    {"type": "integer", "minimum": 0, "maximum": 10**_MOST_DIGITS - 1},
)


class SetState(TypedDict):
    """One backup set. Moments are nanoseconds since 1970 by the server's clock.

    Attributes:
        number: Never used twice.
        name: Unique at any time.
        is_complete: The run has ended as it should.
        is_locked: It is never purged.
        is_full: No content of it was kept as a delta.
        priority: Sets of a higher one are purged later.
        started_ns: When the run began.
        ended_ns: When it ended; null while it runs, or when it was cut off.
        entries: That it shows.
        directories: Among them.
        size_bytes: Of all files together.
        new_files: That were sent whole.
        delta_files: Of which the changes were sent.
        new_bytes: Plain bytes of both.
        stored_bytes: That they take in the store.
        changed_files: That were there before, and are other ones now.
        gone_files: That were there before.
        problems: Files that could not be read whole.
        alarm: 1 when it looks like mass encryption, 2 once somebody has seen that.
        tags: Further names.
    """

    number: int
    name: str
    is_complete: bool
    is_locked: bool
    is_full: bool
    priority: int
    started_ns: int
    ended_ns: int | None
    entries: int
    directories: int
    size_bytes: int
    new_files: int
    delta_files: int
    new_bytes: int
    stored_bytes: int
    changed_files: int
    gone_files: int
    problems: int
    alarm: int
    tags: list[str]


class SetPage(TypedDict):
    """Some sets, by number.

    Attributes:
        sets: In order.
        next: What `after` is for the next page; absent on the last one.
    """

    sets: list[SetState]
    next: NotRequired[int]


@api.get("/sets", answers=SetPage, right=_LISTS, query=(AFTER, LIMIT))
def sets(call: Call) -> SetPage:
    """List the sets of a client, incomplete ones too, by number and page by page."""
    limit = call[LIMIT]
    with call.service.raw_reader(call.client) as reader:
        paged = reader.paged()
        found = paged.sets_after(call[AFTER], limit + 1)
        tags = paged.tags_of([one.number for one in found])
    shown = found[:limit]
    page: SetPage = {"sets": [state_of(one, tags.get(one.number, [])) for one in shown]}
    if len(found) > limit:
        page["next"] = shown[-1].number
    return page


def state_of(one: BackupSet, tags: list[str]) -> SetState:
    """Return what is told of a set that has *tags*."""
    return {
        "number": one.number,
        "name": one.name,
        "is_complete": one.is_complete,
        "is_locked": one.is_locked,
        "is_full": one.is_full,
        "priority": one.priority,
        "started_ns": one.started_ns,
        "ended_ns": one.ended_ns,
        "entries": one.entries,
        "directories": one.directories,
        "size_bytes": one.size_bytes,
        "new_files": one.new_files,
        "delta_files": one.delta_files,
        "new_bytes": one.new_bytes,
        "stored_bytes": one.stored_bytes,
        "changed_files": one.changed_files,
        "gone_files": one.gone_files,
        "problems": one.problems,
        "alarm": one.alarm,
        "tags": tags,
    }
