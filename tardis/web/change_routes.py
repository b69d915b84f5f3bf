"""Changing what is said of sets, and removing them, as far as the client's rights go."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NotRequired, TypedDict

from werkzeug.exceptions import Conflict

from tardis.admin import lock, remove, rename, set_priority, tag
from tardis.model import BackupSet, Right, StoreError, UsageError

from .api import Api, Call
from .purge_routes import only
from .session_routes import Nothing
from .set_routes import SetState, state_of
from .sets import chosen_set

api: Final = Api("changes", "/api/v1/clients/<client>/sets/<set>")

_STATUSES: Final = {
    404: "There is no such set.",
    409: "Another set is in the way, or a backup is running.",
}
_MOST_PRIORITY: Final = 1 << 31


class NewName(TypedDict):
    """Another name.

    Attributes:
        name: Unique among the sets of the client.
    """

    name: str


class NewPriority(TypedDict):
    """Another priority.

    Attributes:
        priority: Sets of a higher one are purged later; from 0 on.
    """

    priority: int


class NewTags(TypedDict):
    """Further names.

    Attributes:
        tags: Each names one set.
        move: They may leave the sets that they name now.
        remove: Take them away.
    """

    tags: list[str]
    move: NotRequired[bool]
    remove: NotRequired[bool]


class Removed(TypedDict):
    """What a removal came to.

    Attributes:
        name: Of the set that went.
        contents: That went with it.
        freed_bytes: By which the files of the store have shrunk.
    """

    name: str
    contents: int
    freed_bytes: int


@contextmanager
def _changing() -> Iterator[None]:
    """Let what another set is in the way of be a conflict, not trouble with the store."""
    try:
        yield
    except StoreError as error:
        if type(error) is StoreError:
            raise Conflict(str(error)) from error
        raise


def _wanted(call: Call) -> BackupSet:
    with call.service.raw_reader(call.client) as reader:
        return chosen_set(reader, call.place["set"])


def _now(call: Call, number: int) -> SetState:
    with call.service.raw_reader(call.client) as reader:
        tags = reader.paged().tags_of([number])
        return state_of(chosen_set(reader, str(number)), tags.get(number, []))


@api.post(
    "/name",
    answers=SetState,
    body=NewName,
    statuses=_STATUSES,
    right=(Right.NAME, "give its sets names"),
)
def change_name(call: Call) -> SetState:
    """Give a set another name."""
    one = _wanted(call)
    with _changing():
        rename(call.service.options.place, call.client.client, one.number, call.body["name"])
    return _now(call, one.number)


@api.post(
    "/priority",
    answers=SetState,
    body=NewPriority,
    statuses=_STATUSES,
    right=(Right.PRIORITY, "choose the priority of its sets"),
)
def change_priority(call: Call) -> SetState:
    """Give a set another priority."""
    priority = call.body["priority"]
    if not 0 <= priority < _MOST_PRIORITY:
        raise UsageError("a priority is a number from 0 on")
    one = _wanted(call)
    set_priority(call.service.options.place, call.client.client, one.number, priority)
    return _now(call, one.number)


@api.post(
    "/tags",
    answers=SetState,
    body=NewTags,
    statuses=_STATUSES,
    right=(Right.NAME, "give its sets names"),
)
def change_tags(call: Call) -> SetState:
    """Let tags name a set, or take them away."""
    one, body = _wanted(call), call.body
    number = 0 if body.get("remove") else one.number
    with _changing():
        tag(
            call.service.options.place,
            call.client.client,
            number,
            body["tags"],
            moves=body.get("move", False),
        )
    return _now(call, one.number)


@api.post(
    "/lock",
    answers=SetState,
    body=Nothing,
    statuses=_STATUSES,
    right=(Right.PRIORITY, "keep its sets from being purged"),
)
def lock_set(call: Call) -> SetState:
    """Let a set never be removed."""
    one = _wanted(call)
    lock(call.service.options.place, call.client.client, [one.number], is_locked=True)
    return _now(call, one.number)


@api.post(
    "/unlock",
    answers=SetState,
    body=Nothing,
    statuses=_STATUSES,
    right=(Right.PURGE, "let its sets be purged"),
)
def unlock_set(call: Call) -> SetState:
    """Let a set be removed like others."""
    one = _wanted(call)
    lock(call.service.options.place, call.client.client, [one.number], is_locked=False)
    return _now(call, one.number)


@api.post(
    "/delete",
    answers=Removed,
    body=Nothing,
    statuses=_STATUSES,
    right=(Right.PURGE, "remove its sets"),
)
def delete(call: Call) -> Removed:
    """Remove a set, and what nothing else needs.

    It stays, which is a conflict, while it is locked, the newest complete one of its kind, or
    a set looks like mass encryption and nobody has seen that yet.
    """
    one, options = _wanted(call), call.service.options
    done = remove(options.place, call.client.client, only([one.number]), options.db_backups)
    return {"name": one.name, "contents": done.contents, "freed_bytes": done.freed_bytes}
