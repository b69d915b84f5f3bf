"""Batteries, waiting, and how several runs ended in all."""

from itertools import permutations

import pytest

from tardis.policy import Supply, runs_on_battery, waits, worst
from tardis.policy.unattended import LONGEST_WAIT

PLUGGED, UNPLUGGED = Supply("Mains", "1"), Supply("Mains", "0")
FULL, EMPTYING = Supply("Battery", "", "Full"), Supply("Battery", "", "Discharging")
MOUSE = Supply("Battery", "", "Discharging", "Device")


@pytest.mark.parametrize(
    ("supplies", "is_on_battery"),
    [
        ([], False),
        ([PLUGGED], False),
        ([UNPLUGGED, EMPTYING], True),
        ([PLUGGED, EMPTYING], False),
        ([EMPTYING], True),
        ([FULL], False),
        ([MOUSE], False),
        ([UNPLUGGED, MOUSE], False),
        ([Supply("USB", "1"), EMPTYING], False),
        ([Supply("USB", "1", "", "Device"), EMPTYING], True),
        ([FULL, EMPTYING], True),
    ],
)
def test_a_machine_lives_on_its_battery_when_that_empties_and_nothing_feeds_it(
    supplies: list[Supply], is_on_battery: bool
) -> None:
    assert {runs_on_battery(one) for one in permutations(supplies)} == {is_on_battery}


def test_each_wait_is_twice_the_one_before_up_to_an_hour() -> None:
    assert list(waits(0, 60)) == []
    assert list(waits(4, 60)) == [60, 120, 240, 480]
    assert list(waits(40, 1))[-1] == LONGEST_WAIT
    assert list(waits(2, 0)) == [0, 0]


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 3], 3),
        ([3, 2], 2),
        ([5, 3, 0], 5),
        ([23, 5], 23),
        ([0, 143], 143),
    ],
)
def test_the_worst_status_counts_and_problems_are_the_mildest(
    statuses: list[int], whole: int
) -> None:
    assert {worst(one) for one in permutations(statuses)} == {whole}
