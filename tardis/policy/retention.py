"""Which backup sets may go, and why each one goes or stays.

A plan decides about every set and touches none.  Whatever asks for it, these stay: a set
that is locked, one that is being written, the newest complete one of each lineage, and
one that ends later than the clock says it is.  While a set looks like mass encryption and
nobody has seen that, none goes but by name.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tardis.model import ALARMED, BackupSet, UsageError

from .kinds import kind_of
from .naming import is_provisional

DAY_NS: Final = 86_400 * 10**9
_CHOSEN: Final = ((False, "not chosen"), (True, "chosen"))


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one set.

    Attributes:
        goes: It is to be removed.
        reason: Why, or why not, in a few words.
    """

    backup: BackupSet
    goes: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long the sets of each format are kept.

    Attributes:
        formats: As the server names sets.
        days: For each format, 0 for ever; missing ones are kept for ever.
        named_days: For sets that were named by hand.
    """

    formats: tuple[str, ...]
    days: tuple[int, ...]
    named_days: int = 0

    def days_of(self, backup: BackupSet) -> int | None:
        """Return the days to keep *backup*, 0 for ever, None when its format is unknown.

        One that found no free name is kept as long as the shortest period says, one of a kind
        that a client asked for and the server has no period for as long as its kind.
        """
        periods = dict(zip(self.formats, self.days, strict=False))
        if backup.format is not None:
            kind = kind_of(backup.format)
            return periods.get(backup.format, None if kind is None else kind.days)
        if is_provisional(backup.name):
            return min((one for one in self.days if one), default=0)
        return self.named_days


def plan_by_schedule(sets: Sequence[BackupSet], schedule: Schedule, now_ns: int) -> list[Fate]:
    """Let sets go that are older than their format is kept.

    Args:
        sets: All of one store, by number.
        schedule: How long each is kept.
        now_ns: The server's clock, nanoseconds since 1970.
    """

    def judge(one: BackupSet) -> tuple[bool, str]:
        days = schedule.days_of(one)
        if days is None:
            return False, f"its format {one.format} has no period"
        if not days:
            return False, "kept for ever"
        age = age_days(one, now_ns)
        if age > days:
            return True, f"{age} days old, kept for {days}"
        return False, f"{age} of {days} days old"

    return _plan(sets, now_ns, judge)


def plan_by_age(sets: Sequence[BackupSet], cut_ns: int, priority: int, now_ns: int) -> list[Fate]:
    """Let sets up to *priority* go that ended at *cut_ns* or before.

    Args:
        sets: All of one store, by number.
        cut_ns: Nanoseconds since 1970.
        priority: Highest that goes.
        now_ns: The server's clock.
    """

    def judge(one: BackupSet) -> tuple[bool, str]:
        if one.priority > priority:
            return False, f"its priority {one.priority} is above {priority}"
        if _end(one) > cut_ns:
            return False, "younger than asked for"
        return True, f"priority {one.priority}, {age_days(one, now_ns)} days old"

    return _plan(sets, now_ns, judge)


@dataclass(frozen=True, slots=True)
class PurgeWish:
    """What a client that may remove old sets asks for.

    Attributes:
        priority: Highest that goes; None: that of its newest set, or any by the schedule.
        keep_ns: Age up to which sets stay; None: as the schedule says.
    """

    priority: int | None = None
    keep_ns: int | None = None


def plan_by_wish(
    sets: Sequence[BackupSet], schedule: Schedule, wish: PurgeWish, now_ns: int
) -> list[Fate]:
    """Let those sets go that a client wants gone; nothing it says moves the server's clock.

    Args:
        sets: All of one store, by number.
        schedule: The server's.
        wish: The client's.
        now_ns: The server's clock.
    """
    if wish.keep_ns is not None:
        newest = max((one.number, one.priority) for one in sets)[1] if sets else 0
        priority = newest if wish.priority is None else wish.priority
        return plan_by_age(sets, now_ns - wish.keep_ns, priority, now_ns)
    fates = plan_by_schedule(sets, schedule, now_ns)
    if wish.priority is None:
        return fates
    return [
        fate if not fate.goes or fate.backup.priority <= wish.priority
        else Fate(
            fate.backup, goes=False,
            reason=f"its priority {fate.backup.priority} is above {wish.priority}",
        )
        for fate in fates
    ]  # fmt: skip


def plan_incomplete(sets: Sequence[BackupSet], now_ns: int) -> list[Fate]:
    """Let the incomplete set go; the next run then cannot go on with it."""
    judged = _plan(sets, now_ns, lambda one: (False, "complete"))
    return [
        fate if fate.backup.is_complete or fate.backup.is_locked
        else Fate(fate.backup, goes=True, reason="incomplete")
        for fate in judged
    ]  # fmt: skip


def plan_named(sets: Sequence[BackupSet], chosen: Collection[int]) -> list[Fate]:
    """Let exactly the sets numbered *chosen* go, the newest ones too.

    Raises:
        UsageError: One of them is locked.
    """
    for one in sets:
        if one.number in chosen and one.is_locked:
            raise UsageError(f"the set {one.name} is locked", hint="unlock it first")
    return [Fate(one, *_CHOSEN[one.number in chosen]) for one in sets]


def plan_chosen(sets: Sequence[BackupSet], chosen: Collection[int], now_ns: int) -> list[Fate]:
    """Let the sets numbered *chosen* go, but for those that stay whatever asks for it."""
    return _plan(sets, now_ns, lambda one: _CHOSEN[one.number in chosen])


def doomed(fates: Iterable[Fate]) -> list[BackupSet]:
    """Return the sets that go."""
    return [fate.backup for fate in fates if fate.goes]


def may_go(one: BackupSet, sets: Sequence[BackupSet], now_ns: int) -> bool:
    """Tell whether set *one* of *sets* may go when there is a reason for it."""
    newest = {other.lineage: other.number for other in sets if other.is_complete}
    return not (_alarming(sets) or _shelter(one, newest, now_ns))


def age_days(one: BackupSet, now_ns: int) -> int:
    """Return the whole days since a set ended; below 0 when it ends in the future."""
    return (now_ns - _end(one)) // DAY_NS


def _plan(
    sets: Sequence[BackupSet], now_ns: int, judge: Callable[[BackupSet], tuple[bool, str]]
) -> list[Fate]:
    newest = {one.lineage: one.number for one in sets if one.is_complete}
    alarming = _alarming(sets)
    fates = []
    for one in sets:
        shelter = _shelter(one, newest, now_ns)
        if alarming and not shelter:
            shelter = f"purging is paused: {alarming} looks like mass encryption"
        goes, reason = (False, shelter) if shelter else judge(one)
        fates.append(Fate(one, goes, reason))
    return fates


def _alarming(sets: Sequence[BackupSet]) -> str:
    """Return the name of a set that looks like mass encryption, if there is one."""
    return next((one.name for one in sets if one.alarm == ALARMED), "")


def _shelter(one: BackupSet, newest: dict[int, int], now_ns: int) -> str:
    """Return why a set stays whatever is asked, or nothing."""
    if one.is_locked:
        return "locked"
    if not one.is_complete:
        return "not complete"
    if newest[one.lineage] == one.number:
        return "the newest of its lineage"
    if _end(one) > now_ns:
        return "newer than the clock"
    return ""


def _end(one: BackupSet) -> int:
    return one.started_ns if one.ended_ns is None else max(one.ended_ns, one.started_ns)
