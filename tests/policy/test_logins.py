"""Waiting after wrong passwords: longer each time, never for ever, forgotten in the end."""

from hypothesis import given
from hypothesis import strategies as st

from tardis.policy import Failures, one_more, remembered, wait_after
from tardis.policy.logins import FORGOTTEN, FREE, LONGEST, MOST

MOMENTS = st.floats(0, 4e9)


def test_mistyping_costs_nothing() -> None:
    assert wait_after(None, 100.0) == 0
    assert wait_after(Failures(FREE, 100.0), 100.0) == 0


def test_each_further_one_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(Failures(FREE + more, 100.0), 100.0) for more in range(1, 14)]
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-2:] == [LONGEST, LONGEST]
    assert wait_after(Failures(10**9, 100.0), 100.0) == LONGEST


def test_a_thousand_guesses_take_days() -> None:
    now, failures = 0.0, None
    for _ in range(1000):
        now += wait_after(failures, now)
        failures = one_more(failures, now)
    assert now > 9 * 86_400


@given(st.integers(0, 10**6), MOMENTS, MOMENTS)
def test_no_clock_makes_anybody_wait_for_ever(times: int, last: float, now: float) -> None:
    assert 0 <= wait_after(Failures(times, last), now) <= LONGEST


@given(st.integers(1, 50), MOMENTS)
def test_who_has_waited_may_try(times: int, last: float) -> None:
    failures = Failures(times, last)
    assert wait_after(failures, last + wait_after(failures, last)) <= 1e-6
    assert wait_after(failures, last + LONGEST + 1) == 0


def test_a_day_without_another_one_and_all_is_forgotten() -> None:
    assert one_more(Failures(9, 0.0), FORGOTTEN) == Failures(10, FORGOTTEN)
    assert one_more(Failures(9, 0.0), FORGOTTEN + 1) == Failures(1, FORGOTTEN + 1)
    known = {"old": Failures(9, 0.0), "new": Failures(1, 50_000.0)}
    assert list(remembered(known, FORGOTTEN + 1)) == ["new"]


def test_only_the_newest_are_remembered_when_there_are_too_many() -> None:
    known = {str(number): Failures(1, float(number)) for number in range(MOST + 5)}
    kept = remembered(known, 0.0)
    assert len(kept) == MOST
    assert "4" not in kept and "5" in kept
