"""Which sets go early when the disk is nearly full, and which never do.

Room is made with what would go in any case: sets whose period is not for ever, those first
that have used up most of it.  What the schedule keeps for ever, what is locked, what is
younger than a week and the newest set of each lineage stay.  Where all that may go would not
be enough nothing goes in vain: then new backups are refused instead.
"""

from collections.abc import Callable, Sequence
from typing import Final

from .retention import Fate, Schedule, age_days, may_go

HOLD_DAYS: Final = 7
"""Age below which nothing goes early: whoever fills the disk must not push out last week."""

Freed = Callable[[Sequence[int]], int]
"""Numbers of sets → bytes that are free once they are gone."""


def make_room(
    fates: Sequence[Fate], schedule: Schedule, now_ns: int, wanted: int, freed: Freed
) -> list[Fate]:
    """Let further sets go until *wanted* bytes are freed in all.

    Args:
        fates: What the schedule says of all sets of one store, by number.
        schedule: The server's.
        now_ns: Its clock.
        wanted: Bytes; 0 or less for none.
        freed: Tells what sets free together; more sets never free less.
    """
    going = [fate.backup.number for fate in fates if fate.goes]
    if wanted <= 0 or freed(going) >= wanted:
        return list(fates)
    early = _by_used_share(fates, schedule, now_ns)
    order = [fate.backup.number for fate, _ in early]
    if freed([*going, *order]) < wanted:
        return [_in_vain(fate) if fate.backup.number in order else fate for fate in fates]
    low, high = 1, len(order)
    while low < high:
        middle = (low + high) // 2
        is_enough = freed([*going, *order[:middle]]) >= wanted
        low, high = (low, middle) if is_enough else (middle + 1, high)
    shares = {fate.backup.number: share for fate, share in early[:low]}
    return [
        Fate(fate.backup, goes=True, reason=_reason(fate, shares[fate.backup.number], schedule))
        if fate.backup.number in shares
        else fate
        for fate in fates
    ]


def _by_used_share(
    fates: Sequence[Fate], schedule: Schedule, now_ns: int
) -> list[tuple[Fate, float]]:
    """Return what may go early and how much of its period it has had, most first."""
    sets = [fate.backup for fate in fates]
    found = []
    for fate in fates:
        days = schedule.days_of(fate.backup)
        age = age_days(fate.backup, now_ns)
        if not fate.goes and days and age >= HOLD_DAYS and may_go(fate.backup, sets, now_ns):
            found.append((fate, age / days))
    return sorted(found, key=lambda one: (-one[1], one[0].backup.number))


def _reason(fate: Fate, share: float, schedule: Schedule) -> str:
    days = schedule.days_of(fate.backup)
    return f"space is low, and it has had {share:.0%} of its {days} days"


def _in_vain(fate: Fate) -> Fate:
    return Fate(fate.backup, goes=False, reason="space is low, but it would go in vain")
