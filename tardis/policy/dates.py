"""Moments as people say them: ISO and US dates exactly, the rest in plain English.

A moment lies never in the future.  Without a time of day it is the end of that local
day, or now if the day is today; a weekday, or a date without a year, is the last one.
What is not understood as a whole is refused: a guess would restore the wrong files.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from tardis.model import UsageError

_END_OF_DAY: Final = time(23, 59, 59, 999_999)
_EXAMPLES: Final = "say it like 2026-11-20, 2026-11-20 10:00, 03/15/2014, yesterday or 3 days ago"

_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)
_US: Final = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_CLOCK: Final = re.compile(
    r"(?:(?:at )?(?:(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<half>[ap]m))?"
    r"|(?P<bare>\d{1,2}) ?(?P<bare_half>[ap]m)|(?P<word>noon|midnight)))"
)
_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS: Final = {word: value for value, word in enumerate(_WORDS, 1)} | {"a": 1, "an": 1}
_NUMBER: Final = rf"(?:\d{{1,9}}|an?|{'|'.join(_WORDS)})"
_AGO: Final = re.compile(rf"({_NUMBER}) (\w+) ago")
_FUTURE: Final = re.compile(rf"tomorrow|next \w+|in {_NUMBER} \w+")
_EXACT_UNITS: Final = {
    "second": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "hr": timedelta(hours=1),
}
_MONTHS: Final = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_DAYS: Final = {
    name.lower(): number
    for names in (calendar.day_name, calendar.day_abbr)
    for number, name in enumerate(names)
} | {"tues": 1, "wednes": 2, "thur": 3, "thurs": 3}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY: Final = "|".join(sorted(_DAYS, key=len, reverse=True))
_WEEKDAY: Final = re.compile(rf"(?:on |last )?({_DAY})")
_MONTH_ALONE: Final = re.compile(rf"(?:in |last )?({_MONTH})(?: (\d{{4}}))?")
_MONTH_DAY: Final = re.compile(
    rf"(?:on )?({_MONTH}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?"
)
_DAY_MONTH: Final = re.compile(
    rf"(?:on )?(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})(?:,? (\d{{4}}))?"
)
_PHRASE: Final = re.compile(
    rf"yesterday|today|last (?:week|month|year)|{_NUMBER} (?:days?|weeks?|months?|years?) ago"
)
_SAME_MEANING: Final = {
    "the day before yesterday": "2 days ago",
    "day before yesterday": "2 days ago",
}
_LEAP_CYCLE: Final = 9
"""Years to go back at most until there was a 29 February."""


class LocalZone(tzinfo):
    """The time zone of this machine, daylight saving and its history included."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """Return what to subtract from the local time *dt* for UTC."""
        return dt.replace(tzinfo=None).astimezone().utcoffset() if dt else None

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Return None: the system does not tell the two parts apart."""
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        """Return the zone's short name at the local time *dt*."""
        return dt.replace(tzinfo=None).astimezone().tzname() if dt else None

    def fromutc(self, dt: datetime) -> datetime:
        """Return the local time of *dt*, which is in UTC but says it is in this zone."""
        local = dt.replace(tzinfo=UTC).astimezone()
        wall = local.replace(tzinfo=None)
        is_second = wall.astimezone().utcoffset() != local.utcoffset()
        return wall.replace(tzinfo=self, fold=int(is_second))


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that *text* names, in the time zone of *now*, not after *now*.

    Args:
        text: ``2026-11-20``, ``2026-11-20T10:00Z``, ``03/15/2014``, ``3 days ago``,
            ``last january``, ``monday at 5pm`` and so on.
        now: An aware local time; its zone decides when a day ends (see `LocalZone`).

    Raises:
        UsageError: It is not understood as a whole, there is no such day, or it lies
            in the future.
    """
    plain = " ".join(text.replace(" ,", ",").split()).lower()
    moment = _iso(text.strip(), now) or _spoken(plain, now)
    if moment is None:
        raise UsageError(f"{text!r} is not understood as a date", hint=_EXAMPLES)
    if _utc(moment) > _utc(now):
        raise UsageError(f"{text!r} lies in the future")
    return moment


def _iso(text: str, now: datetime) -> datetime | None:
    """Read an ISO date or time; None when it has not that form."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    where = _checked(text, int(year), int(month), int(day))
    if hour is None:
        return _end_of(where, now)
    try:
        clock = time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
        moment = datetime.combine(where, clock, now.tzinfo)
        if zone is not None:
            iso = moment.replace(tzinfo=None).isoformat() + zone.upper().replace("Z", "+00:00")
            moment = datetime.fromisoformat(iso).astimezone(now.tzinfo)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"there is no such time as {text!r}", hint=_EXAMPLES) from error
    return moment


def _spoken(text: str, now: datetime) -> datetime | None:
    """Read what is no ISO date; None when it is not understood."""
    if text == "now":
        return now
    exact = _exactly_ago(text, now)
    if exact is not None:
        return exact
    day_text, clock = _split_clock(text)
    if clock is not None and not day_text:
        return datetime.combine(now.date(), clock, now.tzinfo)
    day_text = _SAME_MEANING.get(day_text, day_text)
    if _FUTURE.fullmatch(day_text):
        raise UsageError(f"{text!r} lies in the future")
    days = _days(day_text, now.date())
    if days is None:
        day = _english(day_text, now)
        days = [] if day is None else [day]
    moments = [_at(day, clock, now) for day in days]
    past = [moment for moment in moments if _utc(moment) <= _utc(now)]
    return next(iter(past or moments), None)


def _days(text: str, today: date) -> list[date] | None:
    """Return the days that *text* may name, the one to prefer first; None when unknown."""
    found = _US.fullmatch(text)
    if found is not None:
        return _years(text, found[3], int(found[1]), int(found[2]), today)
    found = _MONTH_DAY.fullmatch(text)
    if found is not None:
        return _years(text, found[3], _MONTHS[found[1]], int(found[2]), today)
    found = _DAY_MONTH.fullmatch(text)
    if found is not None:
        return _years(text, found[3], _MONTHS[found[2]], int(found[1]), today)
    found = _MONTH_ALONE.fullmatch(text)
    if found is not None:
        skips_now = text.startswith("last ") and _MONTHS[found[1]] == today.month
        days = _years(text, found[2], _MONTHS[found[1]], 1, today)
        return days[skips_now:]
    found = _WEEKDAY.fullmatch(text)
    if found is not None:
        back = (today.weekday() - _DAYS[found[1]]) % 7
        back = 7 if not back and text.startswith("last ") else back
        return [today - timedelta(days=back), today - timedelta(days=back + 7)]
    return None


def _years(text: str, year: str | None, month: int, day: int, today: date) -> list[date]:
    """Return that day in *year*, or in each of the last years that have it."""
    if year is not None:
        return [_checked(text, int(year), month, day)]
    found = []
    for back in range(_LEAP_CYCLE):
        try:
            found.append(date(today.year - back, month, day))
        except ValueError:
            continue
    past = [one for one in found if one <= today]
    if not past:
        raise UsageError(f"there is no such day as {text!r}", hint=_EXAMPLES)
    return past


def _exactly_ago(text: str, now: datetime) -> datetime | None:
    """Read hours, minutes and seconds ago, which the clock's changes do not touch."""
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    unit = _EXACT_UNITS.get(found[2]) or _EXACT_UNITS.get(found[2].removesuffix("s"))
    if unit is None:
        return None
    count = _NUMBERS.get(found[1]) or int(found[1])
    try:
        return (_utc(now) - count * unit).astimezone(now.tzinfo)
    except OverflowError:
        return None


def _split_clock(text: str) -> tuple[str, time | None]:
    """Return the text without a time of day at its end or its beginning, and that time."""
    words = text.split(" ")
    for count in range(min(3, len(words)), 0, -1):
        for clock, rest in (
            (words[-count:], words[:-count]),
            (words[:count], words[count:]),
        ):
            found = _CLOCK.fullmatch(" ".join(clock))
            if found is not None:
                return " ".join(rest).removesuffix(","), _clock(text, found)
    return text, None


def _clock(text: str, found: re.Match[str]) -> time:
    if found["word"]:
        return time(12 if found["word"] == "noon" else 0)
    hour = int(found["hour"] or found["bare"])
    half = found["half"] or found["bare_half"]
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a dial
            raise UsageError(f"there is no such time as in {text!r}")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError as error:
        raise UsageError(f"there is no such time as in {text!r}") from error


def _english(text: str, now: datetime) -> date | None:
    """Return the day that parsedatetime finds in *text*, if *text* is a phrase it gets right.

    It reads dates out of the middle of words, and "5" or "2014" as times: so it only
    hears phrases that have been tried.
    """
    if _PHRASE.fullmatch(text) is None:
        return None
    found, context = _calendar().parse(text, now.timetuple())
    if not context.hasDate:
        return None
    try:
        return date(*found[:3])
    except ValueError:
        return None


def _calendar() -> Any:
    import parsedatetime  # noqa: PLC0415  # lazy

    return parsedatetime.Calendar(version=parsedatetime.VERSION_CONTEXT_STYLE)


def _at(day: date, clock: time | None, now: datetime) -> datetime:
    return _end_of(day, now) if clock is None else datetime.combine(day, clock, now.tzinfo)


def _end_of(day: date, now: datetime) -> datetime:
    """Return the last moment of the local *day*; of today, now."""
    if day == now.date():
        return now
    return datetime.combine(day, _END_OF_DAY, now.tzinfo).replace(fold=1)


def _checked(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UsageError(f"there is no such day as {text!r}", hint=_EXAMPLES) from error


def _utc(moment: datetime) -> datetime:
    """Return *moment* in UTC: moments of one zone compare by their wall clock otherwise."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in the first or last days of the calendar
        return moment.replace(tzinfo=UTC)


def local_time(stamp_ns: int) -> datetime:
    """Return nanoseconds since 1970 as a moment in the time zone of this machine."""
    return datetime.fromtimestamp(stamp_ns // 10**9, UTC).astimezone()
