"""Removing sets over HTTP: a plan with its reasons first, then just what it says, once.

A plan has a mark, which only this server can make.  Whoever wants the plan carried out sends the
mark back: if the same wish would not remove the very same sets any more, nothing is removed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, NotRequired, TypedDict

from werkzeug.exceptions import Conflict

from tardis.admin import remove
from tardis.model import BackupSet, ConfigError, NoSuchSetError, Right, UsageError
from tardis.policy import (
    Fate,
    doomed,
    make_room,
    plan_by_age,
    plan_by_schedule,
    plan_chosen,
    plan_incomplete,
)
from tardis.store import read_settings

from .api import Api, Call

api: Final = Api("purge", "/api/v1/clients/<client>/purge")

_STATUSES: Final = {
    404: "There is no such set.",
    409: "What is asked for cannot go, the plan holds no longer, or a backup is running.",
}
_KINDS: Final = ("before_ns", "is_incomplete", "numbers")

Judge = Callable[[Sequence[BackupSet]], list[Fate]]


class Wish(TypedDict):
    """Which sets should go. Without any field: those that the server's schedule keeps no longer.

    Attributes:
        before_ns: Sets that ended then or before, nanoseconds since 1970.
        priority: Highest that goes, beside `before_ns`; 0 without it.
        is_incomplete: The set that was cut off.
        numbers: Just these sets; none at all leaves it at what no set needs.
    """

    before_ns: NotRequired[int]
    priority: NotRequired[int]
    is_incomplete: NotRequired[bool]
    numbers: NotRequired[list[int]]


class PlannedSet(TypedDict):
    """What becomes of one set.

    Attributes:
        number: Of the set.
        name: Of the set.
        priority: Of the set.
        started_ns: When its run began, nanoseconds since 1970.
        goes: It is to be removed.
        reason: Why, or why not, in a few words.
    """

    number: int
    name: str
    priority: int
    started_ns: int
    goes: bool
    reason: str


class PurgePlan(TypedDict):
    """What a wish comes to.

    Attributes:
        plan: Mark of these very removals, to be sent back.
        sets: All sets, by number.
        contents: That only those need which go.
        stored_bytes: That these contents take.
        is_granted: The client has the right to let it be done.
    """

    plan: str
    sets: list[PlannedSet]
    contents: int
    stored_bytes: int
    is_granted: bool


class Order(TypedDict):
    """A plan that is to be carried out.

    Attributes:
        wish: That the plan was made for.
        plan: Its mark.
    """

    wish: Wish
    plan: str


class Purged(TypedDict):
    """What was removed, and what had to be moved for it.

    Attributes:
        sets: That went.
        contents: That went with them.
        freed_bytes: By which the files of the store have shrunk.
        flattened: Contents that were deltas and are whole now.
        moved: Contents that were copied out of packs that went.
        damaged: Packs that were left as they are because a record in them is damaged.
    """

    sets: int
    contents: int
    freed_bytes: int
    flattened: int
    moved: int
    damaged: int


@api.post(
    "/plan",
    answers=PurgePlan,
    body=Wish,
    statuses=_STATUSES,
    right=(Right.LIST, "list its sets"),
)
def plan_purge(call: Call) -> PurgePlan:
    """Say what becomes of each set, and why; nothing is changed.

    Single sets that must stay, or that are not there, are an error.
    """
    judge = _judge(call, call.body)
    with call.service.raw_reader(call.client) as reader:
        fates = judge(reader.sets())
        contents, stored = reader.freed_by([one.number for one in doomed(fates)])
    return {
        "plan": _mark(call, fates),
        "sets": [_planned(fate) for fate in fates],
        "contents": contents,
        "stored_bytes": stored,
        "is_granted": Right.PURGE in call.service.rights_of(call.client.client),
    }


@api.post(
    "",
    answers=Purged,
    body=Order,
    statuses=_STATUSES,
    right=(Right.PURGE, "remove its sets"),
)
def purge(call: Call) -> Purged:
    """Remove the sets of a plan, and what nothing else needs; nothing if it holds no longer."""
    judge, wanted = _judge(call, call.body["wish"]), call.body["plan"]

    def as_planned(sets: Sequence[BackupSet]) -> list[Fate]:
        fates = judge(sets)
        if _mark(call, fates) != wanted:
            raise Conflict(
                "other sets would be removed by now than the plan says; ask for a new one"
            )
        return fates

    options = call.service.options
    done = asdict(remove(options.place, call.client.client, as_planned, options.db_backups))
    call.service.log(f"{call.client.client}: {done['sets']} sets were removed over HTTP")
    told: Any = {name: done[name] for name in Purged.__annotations__}
    return told  # type: ignore[no-any-return]


def only(numbers: Sequence[int]) -> Judge:
    """Return what lets just these sets go.

    It raises Conflict where one must stay, and NoSuchSetError where one is not there.
    """

    def judge(sets: Sequence[BackupSet]) -> list[Fate]:
        if missing := set(numbers).difference(one.number for one in sets):
            raise NoSuchSetError(f"there is no backup set {min(missing)}")
        fates = plan_chosen(sets, numbers, time.time_ns())
        for fate in fates:
            if fate.backup.number in numbers and not fate.goes:
                raise Conflict(f"{fate.backup.name} stays: {fate.reason}")
        return fates

    return judge


def _judge(call: Call, wish: Wish | Any) -> Judge:
    """Return what decides as *wish* says, by this machine's clock.

    Raises:
        UsageError: It says several things at once.
        Conflict: It leaves it to a schedule that this server does not know.
    """
    kinds = [name for name in _KINDS if wish.get(name) not in (None, False)]
    if len(kinds) > 1 or ("priority" in wish and kinds != ["before_ns"]):
        raise UsageError("say one thing: before_ns with a priority, is_incomplete, or numbers")
    if not kinds:
        return _by_schedule(call)
    if kinds == ["numbers"]:
        return only(wish["numbers"])
    if kinds == ["is_incomplete"]:
        return lambda sets: plan_incomplete(sets, time.time_ns())
    cut, priority = wish["before_ns"], wish.get("priority", 0)
    return lambda sets: plan_by_age(sets, cut, priority, time.time_ns())


def _by_schedule(call: Call) -> Judge:
    service, client = call.service, call.client
    try:
        found = service.options.keeping(read_settings(service.options.place, client.client))
    except ConfigError as error:
        service.log(f"how long sets are kept is not known: {error}", is_trouble=True)
        raise Conflict(
            "tardisremote does not know how long sets are kept here, see its DaemonConfig; "
            "what is older than a date can be removed all the same"
        ) from error

    def judge(sets: Sequence[BackupSet]) -> list[Fate]:
        now_ns = time.time_ns()
        fates = plan_by_schedule(sets, found.schedule, now_ns)
        if not found.min_free:
            return fates
        with service.raw_reader(client) as reader:
            wanted = found.min_free - reader.free_bytes()
            return make_room(
                fates, found.schedule, now_ns, wanted, lambda some: reader.freed_by(some)[1]
            )

    return judge


def _planned(fate: Fate) -> PlannedSet:
    one = fate.backup
    return {
        "number": one.number,
        "name": one.name,
        "priority": one.priority,
        "started_ns": one.started_ns,
        "goes": fate.goes,
        "reason": fate.reason,
    }


def _mark(call: Call, fates: Sequence[Fate]) -> str:
    """Return what stands for the sets that go; numbers of sets never come back."""
    numbers = ",".join(str(one.number) for one in doomed(fates))
    return call.service.mark(b"purge", call.client.client.encode(), numbers.encode())
