"""What goes and what stays, for every reason there is."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import ALARMED, BackupSet, UsageError
from tardis.policy import (
    Fate,
    PurgeWish,
    Schedule,
    doomed,
    plan_by_age,
    plan_by_schedule,
    plan_by_wish,
    plan_chosen,
    plan_incomplete,
    plan_named,
)

DAY = 86_400 * 10**9
NOW = 1000 * DAY
FORMATS = ("Monthly-%Y-%m", "Weekly-%Y-%U", "Daily-%Y-%m-%d")
SCHEDULE = Schedule(FORMATS, (0, 180, 30))
SET = BackupSet(
    1, "one", None, 1, 0, True, False, False, 0, 0, 0, "s", "c", "s", "here", b"", b"",
    *([0] * 10),
)  # fmt: skip


def backup(number: int, age_days: float, **more: Any) -> BackupSet:
    ended = NOW - round(age_days * DAY)
    made = SET._replace(number=number, name=f"set {number}", started_ns=ended - 5, ended_ns=ended)
    return made._replace(**more)


def gone(fates: list[Fate]) -> list[int]:
    return [one.number for one in doomed(fates)]


def reasons(fates: list[Fate]) -> dict[int, str]:
    return {fate.backup.number: fate.reason for fate in fates}


def test_each_format_has_its_period() -> None:
    sets = [
        backup(1, 900, format=FORMATS[0]),
        backup(2, 181.5, format=FORMATS[1]),
        backup(3, 180, format=FORMATS[1]),
        backup(4, 31.1, format=FORMATS[2]),
        backup(5, 30.9, format=FORMATS[2]),
        backup(6, 0, format=FORMATS[2]),
    ]
    fates = plan_by_schedule(sets, SCHEDULE, NOW)
    assert gone(fates) == [2, 4]
    assert reasons(fates) == {
        1: "kept for ever",
        2: "181 days old, kept for 180",
        3: "180 of 180 days old",
        4: "31 days old, kept for 30",
        5: "30 of 30 days old",
        6: "the newest of its lineage",
    }


def test_sets_without_a_format_of_the_server() -> None:
    sets = [
        backup(1, 31.5, name="Backup_2026-01-01_10:00:00"),
        backup(2, 30.5, name="Backup_2026-01-01_10:00:00-2"),
        backup(3, 999, name="before upgrade"),
        backup(4, 999, name="Monthly-2020-01"),  # a client chose this name
        backup(5, 999, format="Hourly-%H"),
        backup(6, 1, format="Hourly-%Y-%m-%d:%H:%M"),
        backup(7, 2.5, format="Hourly-%Y-%m-%d:%H:%M"),
        backup(8, 0),
    ]
    assert gone(plan_by_schedule(sets, SCHEDULE, NOW)) == [1, 7]
    assert gone(plan_by_schedule(sets, replace(SCHEDULE, named_days=100), NOW)) == [1, 3, 4, 7]
    for_ever = Schedule(FORMATS, (0, 0, 0))
    assert gone(plan_by_schedule(sets, for_ever, NOW)) == [7]


def test_what_is_sheltered_stays_whatever_is_asked() -> None:
    daily = FORMATS[2]
    sets = [
        backup(1, 500, format=daily, is_locked=True),
        backup(2, 500, format=daily),
        backup(3, 400, format=daily, lineage=2),
        backup(4, -10, format=daily),
        backup(5, 300, format=daily),
        backup(6, 400, format=daily, is_complete=False, ended_ns=None),
    ]
    why = {1: "locked", 3: "the newest of its lineage", 4: "newer than the clock",
           5: "the newest of its lineage", 6: "not complete"}  # fmt: skip
    for fates in (plan_by_schedule(sets, SCHEDULE, NOW), plan_by_age(sets, NOW, 99, NOW)):
        assert gone(fates) == [2]
        assert {number: reasons(fates)[number] for number in why} == why


def test_by_age_and_priority() -> None:
    sets = [backup(1, 50, priority=10), backup(2, 50), backup(3, 20), backup(4, 0)]
    cut = NOW - 30 * DAY
    assert gone(plan_by_age(sets, cut, 0, NOW)) == [2]
    assert gone(plan_by_age(sets, cut, 10, NOW)) == [1, 2]
    assert gone(plan_by_age(sets, NOW, 10, NOW)) == [1, 2, 3]


def test_a_client_that_may_asks_for_ages_priorities_or_the_schedule() -> None:
    daily = FORMATS[2]
    sets = [
        backup(1, 50, priority=10, format=daily),
        backup(2, 40, priority=20, format=daily),
        backup(3, 3, priority=10, format=daily),
        backup(4, 0, priority=10, format=daily),
    ]

    def wished(**wish: Any) -> list[int]:
        return gone(plan_by_wish(sets, SCHEDULE, PurgeWish(**wish), NOW))

    assert wished() == [1, 2]
    assert wished(priority=10) == [1]
    assert wished(keep_ns=2 * DAY) == [1, 3]  # up to the priority of the newest set
    assert wished(keep_ns=2 * DAY, priority=20) == [1, 2, 3]
    assert wished(keep_ns=45 * DAY, priority=99) == [1]
    assert wished(keep_ns=0, priority=99) == [1, 2, 3]  # never the newest of its lineage
    assert plan_by_wish([], SCHEDULE, PurgeWish(keep_ns=0), NOW) == []
    assert (
        "priority 20 is above 10"
        in reasons(plan_by_wish(sets, SCHEDULE, PurgeWish(priority=10), NOW))[2]
    )


def test_the_incomplete_set_goes_only_when_that_is_asked() -> None:
    left = backup(2, 3, is_complete=False, ended_ns=None)
    assert gone(plan_incomplete([backup(1, 3), left], NOW)) == [2]
    assert gone(plan_incomplete([left._replace(is_locked=True)], NOW)) == []


def test_those_that_are_named_go_even_the_newest() -> None:
    sets = [backup(1, 3), backup(2, 2), backup(3, 1, is_locked=True)]
    assert gone(plan_named(sets, {1, 2})) == [1, 2]
    with pytest.raises(UsageError, match="set 3 is locked"):
        plan_named(sets, {3})


def test_those_that_are_chosen_from_afar_stay_where_something_keeps_them() -> None:
    sets = [backup(1, 9), backup(2, 3), backup(3, 2, is_locked=True), backup(4, 1)]
    fates = plan_chosen(sets, {1, 3, 4}, NOW)
    assert gone(fates) == [1]
    wanted = {1: "chosen", 2: "not chosen", 3: "locked", 4: "the newest of its lineage"}
    assert reasons(fates) == wanted
    alarmed = plan_chosen([*sets, backup(5, 0, alarm=ALARMED)], {1}, NOW)
    assert gone(alarmed) == [] and "mass encryption" in reasons(alarmed)[1]


@given(
    st.lists(
        st.tuples(st.floats(-5, 500), st.sampled_from([None, *FORMATS]), st.integers(1, 3),
                  st.booleans()),
        max_size=20,
    ),
    st.tuples(*[st.integers(0, 400)] * 3),
)  # fmt: skip
def test_every_lineage_keeps_its_newest_and_every_set_has_a_reason(
    ages: list[tuple[float, str | None, int, bool]], days: tuple[int, ...]
) -> None:
    sets = [
        backup(number, age, format=form, lineage=lineage, is_locked=locked)
        for number, (age, form, lineage, locked) in enumerate(ages, 1)
    ]
    fates = plan_by_schedule(sets, Schedule(FORMATS, days, 7), NOW)
    assert [fate.backup for fate in fates] == sets and all(fate.reason for fate in fates)
    left = [fate.backup for fate in fates if not fate.goes]
    for lineage in {one.lineage for one in sets}:
        assert max(one.number for one in sets if one.lineage == lineage) in [
            one.number for one in left
        ]
    assert all(one in left for one in sets if one.is_locked)
