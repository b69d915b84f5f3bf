"""What is wrong with the backups of one client, as far as its records tell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tardis.model import ALARMED, BackupSet

_NEAR: Final = 0.9
SECOND_NS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Records:
    """All that is looked at.

    Attributes:
        sets: Of one store, by number.
        denied: The right that each refused request would have needed.
        damaged: Contents that are known not to be readable.
        used: Bytes and versions of files that are kept.
        quota: How many of each may be kept, 0 for any number.
    """

    sets: Sequence[BackupSet]
    denied: Sequence[str] = ()
    damaged: int = 0
    used: tuple[int, int] = (0, 0)
    quota: tuple[int, int] = (0, 0)


def last_good(sets: Sequence[BackupSet]) -> BackupSet | None:
    """Return the newest complete set of *sets*, which are by number."""
    return next((one for one in reversed(sets) if one.is_complete), None)


def age_seconds(backup: BackupSet, now_ns: int) -> int:
    """Return how long ago a set ended, in whole seconds; below 0 when the clock was set back."""
    return (now_ns - (backup.ended_ns or backup.started_ns)) // SECOND_NS


def findings(records: Records) -> list[str]:
    """Return what somebody should look at, each in a few words; empty when all is well."""
    good = last_good(records.sets)
    found = [] if good else ["no set is complete"]
    if good and good.problems:
        files = "file has" if good.problems == 1 else "files have"
        found.append(f"{good.problems} {files} problems in {good.name}")
    found += [
        f"{one.name} looks like mass encryption, purging is paused"
        for one in records.sets
        if one.alarm == ALARMED
    ]
    if records.denied:
        kinds = ", ".join(sorted(Counter(records.denied)))
        times = "request was" if len(records.denied) == 1 else "requests were"
        found.append(f"{len(records.denied)} {times} denied: {kinds}")
    if records.damaged:
        contents = "content is" if records.damaged == 1 else "contents are"
        found.append(f"{records.damaged} {contents} damaged")
    for used, most, what in zip(records.used, records.quota, ("bytes", "files"), strict=True):
        if most and used >= _NEAR * most:
            found.append(f"{used * 100 // most} % of its quota of {what} are used")
    return found
