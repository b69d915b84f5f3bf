"""Room is made with what would go in any case, and never in vain."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tardis.model import ALARMED, BackupSet
from tardis.policy import Fate, Schedule, make_room, plan_by_schedule
from tardis.policy.retention import age_days
from tardis.policy.space import HOLD_DAYS
from tests.policy.test_retention import FORMATS, NOW, backup, gone, reasons

SCHEDULE = Schedule(FORMATS, (0, 180, 30))
MONTHLY, WEEKLY, DAILY = FORMATS


def ten_each(numbers: Sequence[int]) -> int:
    return 10 * len(numbers)


def planned(sets: Sequence[BackupSet], wanted: int) -> list[Fate]:
    fates = plan_by_schedule(sets, SCHEDULE, NOW)
    return make_room(fates, SCHEDULE, NOW, wanted, ten_each)


SETS = [
    backup(1, 900, format=MONTHLY),
    backup(2, 90, format=WEEKLY),
    backup(3, 31.5, format=DAILY),
    backup(4, 25, format=DAILY),
    backup(5, 20, format=DAILY, is_locked=True),
    backup(6, 12, format=DAILY),
    backup(7, 5, format=DAILY),
    backup(8, 0, format=DAILY),
]


def test_what_has_had_most_of_its_time_goes_first() -> None:
    assert gone(planned(SETS, 0)) == gone(planned(SETS, 10)) == [3]
    assert gone(planned(SETS, 11)) == [3, 4]
    assert gone(planned(SETS, 30)) == [2, 3, 4]
    assert reasons(planned(SETS, 30))[2] == "space is low, and it has had 50% of its 180 days"
    assert gone(planned(SETS, 40)) == [2, 3, 4, 6]


def test_nothing_goes_in_vain() -> None:
    fates = planned(SETS, 41)
    assert gone(fates) == [3]
    told = reasons(fates)
    assert told[2] == told[4] == told[6] == "space is low, but it would go in vain"
    assert told[1] == "kept for ever" and told[5] == "locked"
    assert told[7] == "5 of 30 days old" and told[8] == "the newest of its lineage"


def test_an_alarm_pauses_this_too() -> None:
    sets = [*SETS[:-1], SETS[-1]._replace(alarm=ALARMED)]
    assert gone(planned(sets, 40)) == []


def test_sets_that_were_named_by_hand_stay_unless_they_have_a_period() -> None:
    sets = [backup(1, 50, name="mine"), backup(2, 0)]
    assert gone(planned(sets, 10)) == []
    schedule = replace(SCHEDULE, named_days=100)
    fates = plan_by_schedule(sets, schedule, NOW)
    assert gone(make_room(fates, schedule, NOW, 10, ten_each)) == [1]


@given(st.lists(st.floats(0, 300), max_size=15), st.integers(0, 150))
def test_no_more_goes_than_is_needed(ages: list[float], wanted: int) -> None:
    sets = [backup(number, age, format=DAILY) for number, age in enumerate(ages, 1)]
    due = gone(plan_by_schedule(sets, SCHEDULE, NOW))
    going = gone(planned(sets, wanted))
    assert set(due) <= set(going) and len(sets) not in going
    if len(going) > len(due):
        assert wanted <= 10 * len(going) < wanted + 10
    early = set(going) - set(due)
    assert all(age_days(sets[number - 1], NOW) >= HOLD_DAYS for number in early)
