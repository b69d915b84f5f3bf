"""Moments as people say them."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import UsageError
from tardis.policy import LocalZone, parse_moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 15, 30, 20, tzinfo=BERLIN)  # a Saturday
END = "23:59:59.999999"


def said(text: str, now: datetime = NOW) -> str:
    return parse_moment(text, now).replace(tzinfo=None).isoformat(" ")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", f"2026-11-20 {END}"),
        ("2026-11-20 10:00", "2026-11-20 10:00:00"),
        ("2026-11-20T10:00:05", "2026-11-20 10:00:05"),
        ("2026-11-20t10:00:05.25", "2026-11-20 10:00:05.250000"),
        ("2026-11-20T10:00Z", "2026-11-20 11:00:00"),
        ("2026-11-20 10:00 +05:30", "2026-11-20 05:30:00"),
        ("2026-11-20 10:00-0200", "2026-11-20 13:00:00"),
        ("  2026-11-20 ", f"2026-11-20 {END}"),
        ("03/15/2014", f"2014-03-15 {END}"),
        ("3/15/2014 10:30", "2014-03-15 10:30:00"),
        ("3/15", f"2026-03-15 {END}"),
        ("12/25", f"2025-12-25 {END}"),
        ("now", "2026-11-21 15:30:20"),
        ("NOW", "2026-11-21 15:30:20"),
        ("today", "2026-11-21 15:30:20"),
        ("2026-11-21", "2026-11-21 15:30:20"),
        ("yesterday", f"2026-11-20 {END}"),
        ("the day before yesterday", f"2026-11-19 {END}"),
        ("the day before yesterday at 10:00", "2026-11-19 10:00:00"),
        ("3 days ago", f"2026-11-18 {END}"),
        ("three days ago", f"2026-11-18 {END}"),
        ("3  Days   ago", f"2026-11-18 {END}"),
        ("3 days ago at noon", "2026-11-18 12:00:00"),
        ("a week ago", f"2026-11-14 {END}"),
        ("last week", f"2026-11-14 {END}"),
        ("2 months ago", f"2026-09-21 {END}"),
        ("1 year ago", f"2025-11-21 {END}"),
        ("last year", f"2025-01-01 {END}"),
        ("last january", f"2026-01-01 {END}"),
        ("january", f"2026-01-01 {END}"),
        ("december", f"2025-12-01 {END}"),
        ("november", f"2026-11-01 {END}"),
        ("last november", f"2025-11-01 {END}"),
        ("january 2020", f"2020-01-01 {END}"),
        ("monday", f"2026-11-16 {END}"),
        ("last monday", f"2026-11-16 {END}"),
        ("on monday at 5pm", "2026-11-16 17:00:00"),
        ("saturday", "2026-11-21 15:30:20"),
        ("last saturday", f"2026-11-14 {END}"),
        ("saturday at 10:00", "2026-11-21 10:00:00"),
        ("saturday at 16:00", "2026-11-14 16:00:00"),
        ("march 15", f"2026-03-15 {END}"),
        ("the 15th of march", f"2026-03-15 {END}"),
        ("15 March 2014", f"2014-03-15 {END}"),
        ("March 15, 2014", f"2014-03-15 {END}"),
        ("sept 3", f"2026-09-03 {END}"),
        ("december 25", f"2025-12-25 {END}"),
        ("29 feb", f"2024-02-29 {END}"),
        ("march 15 2014 10:30", "2014-03-15 10:30:00"),
        ("5pm yesterday", "2026-11-20 17:00:00"),
        ("yesterday at 5 pm", "2026-11-20 17:00:00"),
        ("yesterday 12:30 am", "2026-11-20 00:30:00"),
        ("noon", "2026-11-21 12:00:00"),
        ("midnight", "2026-11-21 00:00:00"),
        ("10:30", "2026-11-21 10:30:00"),
        ("2 hours ago", "2026-11-21 13:30:20"),
        ("an hour ago", "2026-11-21 14:30:20"),
        ("90 minutes ago", "2026-11-21 14:00:20"),
    ],
)
def test_a_moment_is_what_a_person_means(text: str, moment: str) -> None:
    assert said(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "foo",
        "5",
        "2014",
        "15th",
        "Daily-2026-11-20",
        "2026-11-20 foo",
        "x 2026-11-20",
        "beginning of last week",
        "monday last week",
        "2 weeks ago monday",
        "20.11.2026",
        "20-11-2026",
        "march 15 march 16",
        "at 10",
        "a fortnight ago",
        "yesterday yesterday",
        "Backup_2026-11-20_10:00:00",
        "5 parsecs ago",
        "99999 years ago",
        "999999999 days ago",
        "999999999 hours ago",
    ],
)
def test_what_is_not_understood_as_a_whole_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="is not understood as a date") as caught:
        parse_moment(text, NOW)
    assert repr(text) in str(caught.value)
    assert "2026-11-20" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "in 3 days", "next monday", "2026-11-22", "11/22/2026", "16:00", "today at 6pm"],
)
def test_the_future_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="lies in the future"):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "13/45/2014", "feb 30", "0000-01-01", "2026-11-20 25:00",
     "yesterday 13pm", "yesterday 25:00", "0 march", "2026-11-20 10:00+99:99"],
)  # fmt: skip
def test_days_and_times_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="there is no such"):
        parse_moment(text, NOW)


def test_the_last_moment_of_a_day_that_is_longer_counts() -> None:
    """In Berlin 25 October 2026 has 25 hours."""
    moment = parse_moment("2026-10-25", NOW)
    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 22, 59, 59, 999_999, tzinfo=UTC)


def test_hours_ago_are_hours_across_a_change_of_the_clock() -> None:
    now = datetime(2026, 10, 25, 5, 0, tzinfo=BERLIN)
    moment = parse_moment("6 hours ago", now)
    assert now.astimezone(UTC) - moment.astimezone(UTC) == timedelta(hours=6)
    assert said("6 hours ago", now) == "2026-10-25 00:00:00"


def test_days_ago_are_calendar_days_across_a_change_of_the_clock() -> None:
    now = datetime(2026, 3, 30, 0, 30, tzinfo=BERLIN)
    assert said("1 day ago", now) == f"2026-03-29 {END}"


def test_the_29th_of_february_is_found_across_a_century_without_one() -> None:
    now = datetime(2103, 1, 1, tzinfo=BERLIN)
    assert said("february 29", now) == f"2096-02-29 {END}"


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


@pytest.mark.usefixtures("in_zone")
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1)])
def test_the_local_zone_knows_when_clocks_change(day: date) -> None:
    zone = LocalZone()
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    for quarter in range(120):
        moment = start + timedelta(minutes=15 * quarter)
        ours, known = moment.astimezone(zone), moment.astimezone(BERLIN)
        assert ours.replace(tzinfo=None) == known.replace(tzinfo=None)
        assert ours.fold == known.fold
        assert ours.astimezone(UTC) == moment
        assert ours.tzname() == known.tzname()
        assert ours.dst() is None


moments = st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.just(BERLIN))


@given(moments, st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)))
def test_an_iso_moment_means_itself_or_is_refused(now: datetime, wanted: datetime) -> None:
    wanted = wanted.replace(microsecond=0)
    local = wanted.replace(tzinfo=BERLIN)
    if local.astimezone(UTC) > now.astimezone(UTC):
        with pytest.raises(UsageError):
            parse_moment(wanted.isoformat(), now)
    else:
        assert parse_moment(wanted.isoformat(" "), now) == local


SPOKEN = st.sampled_from(
    ["yesterday", "monday", "last sunday", "march 15", "last january", "3 days ago", "last week",
     "noon", "10:30", "july", "29 feb", "12/31", "today", "now", "5 hours ago", "fri at 10pm"]
)  # fmt: skip


@given(SPOKEN, moments)
def test_no_moment_is_ever_in_the_future(text: str, now: datetime) -> None:
    try:
        moment = parse_moment(text, now)
    except UsageError as error:
        assert text in {"noon", "10:30"} and "future" in str(error)
    else:
        assert moment.astimezone(UTC) <= now.astimezone(UTC)


@given(st.sampled_from(["monday", "tue", "sunday"]), moments)
def test_a_weekday_is_less_than_eight_days_ago(text: str, now: datetime) -> None:
    moment = parse_moment(text, now)
    assert moment.strftime("%A").lower().startswith(text)
    assert now.date() - timedelta(days=7) <= moment.date() <= now.date()


@given(st.text(max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        moment = parse_moment(text, NOW)
    except UsageError:
        return
    assert moment.tzinfo is not None
