"""Which sets a listing looks at: a range of names, numbers or dates."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Final, TypeVar

from tardis.config import Settings, table
from tardis.history import Span, find_set, moment_ns
from tardis.model import BackupSet, NoSuchSetError, TardisError, UsageError
from tardis.policy import parse_moment
from tardis.render import escape_name

T = TypeVar("T")

_END_OF_DAY: Final = time(23, 59, 59, 999_999)


def choose_span(
    sets: Sequence[BackupSet], tags: Mapping[str, int], settings: Settings, now: datetime
) -> Span:
    """Return the sets that *settings* ask for, all of them without a range.

    Raises:
        NoSuchSetError: There is none in the range, or one of its ends is none.
        UsageError: An end is no date, or names two sets.
    """
    if not sets:
        raise NoSuchSetError("there is no backup set yet", hint="make a backup first")
    chosen = list(sets)
    if settings[table.RANGE]:
        chosen = _by_name(sets, tags, settings[table.RANGE], settings[table.RECENT_SET])
    if settings[table.DATES]:
        chosen = _by_date(sets, settings[table.DATES], now)
    if not chosen:
        given = settings[table.RANGE] or settings[table.DATES]
        raise NoSuchSetError(f"there is no backup set in {escape_name(given)}")
    return Span(chosen)


def _by_name(
    sets: Sequence[BackupSet], tags: Mapping[str, int], given: str, current: str
) -> list[BackupSet]:
    numbers = [one.number for one in sets]

    def number(text: str) -> int:
        return find_set(sets, text, tags=tags, current=current).number

    try:
        first = last = number(given)
    except NoSuchSetError:
        if ":" not in given:
            raise
        low, high = split_range(given, number)
        first = min(numbers) if low is None else low
        last = max(numbers) if high is None else high
    return [one for one in sets if first <= one.number <= last]


def _by_date(sets: Sequence[BackupSet], given: str, now: datetime) -> list[BackupSet]:
    if ":" not in given:
        raise UsageError(f"--dates {given} is no range", hint="say START:END, START: or :END")
    low, high = split_range(given, lambda text: (text, parse_moment(text, now)))
    first = moment_ns(_beginning(*low)) if low else None
    last = moment_ns(high[1]) if high else None
    return [
        one
        for one in sets
        if (first is None or first <= one.started_ns) and (last is None or one.started_ns <= last)
    ]


def _beginning(text: str, moment: datetime) -> datetime:
    """Return where a range that begins with *moment* begins: a whole day with its first hour."""
    if moment.time() == _END_OF_DAY or text.strip().lower() == "today":
        return datetime.combine(moment.date(), time(), moment.tzinfo)
    return moment


def split_range(given: str, read: Callable[[str], T]) -> tuple[T | None, T | None]:
    """Return both ends of ``START:END``, each read by *read*; None for one left out.

    Names and times may hold colons, so the first colon where both ends make sense parts them.

    Raises:
        TardisError: No colon does; what *read* said about the first.
    """
    trouble: TardisError | None = None
    at = given.find(":")
    while at >= 0:
        try:
            low, high = given[:at], given[at + 1 :]
            return read(low) if low else None, read(high) if high else None
        except TardisError as error:
            trouble = trouble or error
        at = given.find(":", at + 1)
    raise trouble or UsageError(f"{given} is no range")
