"""Takes backup sets out of stores, and changes what is said of them."""

from collections.abc import Callable, Sequence
from typing import Final

from tardis.model import BackupSet
from tardis.policy import (
    Fate,
    PurgeWish,
    Schedule,
    check_set_name,
    doomed,
    make_room,
    plan_by_schedule,
    plan_by_wish,
)
from tardis.store import (
    Claim,
    Flushers,
    Place,
    Pruned,
    SetChange,
    StoreWriter,
    change_set,
    change_tags,
    copy_catalog,
    drop_twins,
    free_bytes,
    open_writer,
    prune,
)

Judge = Callable[[Sequence[BackupSet]], list[Fate]]
"""All sets of a store → what becomes of each."""

_PURPOSE: Final = "removing backup sets of"


def remove(place: Place, client: str, judge: Judge, copies: int) -> Pruned:
    """Remove the sets that *judge* condemns, and all that nothing needs any more.

    They are judged once the store is ours: a backup may have ended since they were shown.  Where
    no set goes, what an encryption has left that was given up before its switch goes as well.

    Args:
        place: Where.
        client: Whose.
        judge: Decides.
        copies: Copies of the catalog to keep.

    Raises:
        StoreBusyError: Somebody else writes the store.
        StoreError: It cannot be written.
    """
    writer = open_writer(place, client, Claim(f"{_PURPOSE} {client}"), Flushers())
    try:
        numbers = [one.number for one in doomed(judge(writer.ask.sets()))]
        given_up = 0 if numbers else drop_twins(writer)
        done = prune(writer, numbers)
        done.freed_bytes += given_up
        copy_catalog(writer.layout, copies)
    finally:
        writer.close()
    return done


def purge_after_backup(
    writer: StoreWriter, schedule: Schedule, now_ns: int, min_free: int = 0
) -> Pruned:
    """Remove what *schedule* no longer keeps, with the writer of a backup.

    Args:
        writer: Nothing that it gathered is waiting.
        schedule: How long sets are kept.
        now_ns: The server's clock.
        min_free: Bytes that are to be free: further sets go early for that.
    """
    fates = plan_by_schedule(writer.ask.sets(), schedule, now_ns)
    wanted = min_free - free_bytes(writer.layout) if min_free else 0
    if wanted > 0:

        def freed(numbers: Sequence[int]) -> int:
            return writer.ask.freed_by(numbers)[1]

        fates = make_room(fates, schedule, now_ns, wanted, freed)
    return prune(writer, [one.number for one in doomed(fates)])


def purge_by_wish(
    writer: StoreWriter, schedule: Schedule, wish: PurgeWish, now_ns: int
) -> tuple[Pruned, list[tuple[str, str]]]:
    """Remove what a client wants gone; return also (name, reason) of each set that went."""
    gone = [fate for fate in plan_by_wish(writer.ask.sets(), schedule, wish, now_ns) if fate.goes]
    done = prune(writer, [fate.backup.number for fate in gone])
    return done, [(fate.backup.name, fate.reason) for fate in gone]


def rename(place: Place, client: str, number: int, name: str) -> None:
    """Give a set another name; it counts as named by hand from now on.

    Raises:
        UsageError: That cannot be a name.
        StoreError: Another set has it.
    """
    change_set(place, client, number, SetChange(name=check_set_name(name)))


def set_priority(place: Place, client: str, number: int, priority: int) -> None:
    """Give a set another priority."""
    change_set(place, client, number, SetChange(priority=priority))


def tag(place: Place, client: str, number: int, tags: Sequence[str], *, moves: bool) -> None:
    """Let tags name a set, or with number 0 none.

    Raises:
        UsageError: One cannot be a name.
        StoreError: One names another set and may not move.
    """
    change_tags(place, client, number, [check_set_name(one) for one in tags], moves=moves)


def lock(place: Place, client: str, numbers: Sequence[int], *, is_locked: bool) -> None:
    """Let sets never be removed, or let that be over."""
    for number in numbers:
        change_set(place, client, number, SetChange(is_locked=is_locked))
