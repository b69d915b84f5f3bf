"""Which backup set is meant: by name, by number, by time, or the newest complete one."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tardis.model import CURRENT, BackupSet, NoSuchSetError
from tardis.policy import ambiguous_set
from tardis.render import escape_name

_SECOND_NS: Final = 10**9
_NO_TAGS: Final[Mapping[str, int]] = MappingProxyType({})


def newest_complete(sets: Iterable[BackupSet]) -> BackupSet | None:
    """Return the newest set that says complete, or None."""
    complete = [backup for backup in sets if backup.is_complete]
    return max(complete, key=lambda backup: backup.number, default=None)


def find_set(
    sets: Sequence[BackupSet],
    wanted: str = "",
    *,
    tags: Mapping[str, int] = _NO_TAGS,
    current: str = CURRENT,
) -> BackupSet:
    """Return the set that *wanted* names: an exact name, a tag, a number, or *current*.

    Empty, *current* and, in any case of letters, ``Current`` are the newest complete one.

    Args:
        sets: All there are.
        wanted: As a person wrote it.
        tags: Number of the set that each tag names.
        current: Further word for the newest complete one.

    Raises:
        NoSuchSetError: None does; the hint tells names that are close.
        UsageError: It is the name of one set and a tag of another.
    """
    tagged = tags.get(wanted)
    for backup in sets:
        if wanted and backup.name == wanted:
            if tagged is not None and tagged != backup.number:
                raise ambiguous_set(wanted, backup.number, tagged)
            return backup
    for backup in sets:
        if backup.number == tagged:
            return backup
    for backup in sets:
        if wanted.isdecimal() and backup.number == int(wanted):
            return backup
    if wanted in ("", current) or wanted.lower() == CURRENT.lower():
        newest = newest_complete(sets)
        if newest is None:
            raise NoSuchSetError("there is no complete backup set yet")
        return newest
    names = [*(backup.name for backup in sets), *tags]
    raise NoSuchSetError(f"there is no backup set {escape_name(wanted)}", hint=_hint(names, wanted))


def find_set_at(sets: Sequence[BackupSet], moment: datetime) -> BackupSet:
    """Return the newest complete set that had started by *moment*, which is aware.

    Raises:
        NoSuchSetError: The oldest complete set is younger.
    """
    limit = moment_ns(moment)
    found = newest_complete(backup for backup in sets if backup.started_ns <= limit)
    if found is not None:
        return found
    complete = [backup for backup in sets if backup.is_complete]
    hint = "make a backup first"
    if complete:
        oldest = min(complete, key=lambda backup: backup.started_ns)
        began = moment_of(oldest.started_ns, moment)
        hint = f"the oldest is {escape_name(oldest.name)} of {began:%Y-%m-%d %H:%M:%S}"
    raise NoSuchSetError(
        f"there is no complete backup set of {moment:%Y-%m-%d %H:%M:%S} or before", hint=hint
    )


def newest_of_lineages(sets: Iterable[BackupSet], newest: BackupSet) -> list[BackupSet]:
    """Return the newest complete set of each lineage up to *newest*, the newest first."""
    found: dict[int, BackupSet] = {}
    for backup in backwards(sets):
        if backup.number <= newest.number:
            found.setdefault(backup.lineage, backup)
    return list(found.values())


def backwards(sets: Iterable[BackupSet]) -> list[BackupSet]:
    """Return the complete sets, the newest first."""
    complete = [backup for backup in sets if backup.is_complete]
    return sorted(complete, key=lambda backup: backup.number, reverse=True)


def moment_ns(moment: datetime) -> int:
    """Return *moment*, which is aware, as nanoseconds since 1970, without rounding."""
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * _SECOND_NS + moment.microsecond * 1000


def moment_of(stamp_ns: int, like: datetime) -> datetime:
    """Return nanoseconds since 1970 as a moment in the time zone of *like*."""
    return datetime.fromtimestamp(stamp_ns // _SECOND_NS, like.tzinfo)


def _hint(names: Sequence[str], wanted: str) -> str:
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(escape_name(name) for name in close)}?"
    return "sonic list shows the sets there are"
