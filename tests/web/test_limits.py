"""Buckets of requests."""

from tardis.web import limits
from tardis.web.limits import Buckets
from tests.web.site import Clock


def test_a_bucket_fills_again() -> None:
    clock = Clock()
    known = Buckets(2.0, 4.0, clock)
    assert [known.wait("a", 1) for _ in range(4)] == [0.0] * 4
    assert known.wait("a", 1) == 0.5
    assert known.wait("b", 1) == 0.0
    clock.now += 0.5
    assert (known.wait("a", 1), known.wait("a", 1)) == (0.0, 0.5)
    clock.now += 1000
    assert [known.wait("a", 1) for _ in range(5)] == [0.0] * 4 + [0.5]


def test_what_costs_more_than_a_bucket_needs_a_full_one() -> None:
    clock = Clock()
    known = Buckets(1.0, 4.0, clock)
    assert known.wait("a", 9) == 0.0
    assert known.wait("a", 1) == 6.0
    clock.now += 6
    assert known.wait("a", 1) == 0.0


def test_a_rate_of_none_never_waits() -> None:
    known = Buckets(0, 0, Clock())
    assert {known.wait("a", 1e9) for _ in range(3)} == {0.0}


def test_addresses_are_bounded() -> None:
    known = Buckets(1.0, 1.0, Clock())
    for number in range(limits.MOST_ADDRESSES + 10):
        known.wait(str(number), 1)
    assert len(known._known) == limits.MOST_ADDRESSES
    assert known.wait("0", 1) == 0.0  # forgotten, so it begins anew
    assert known.wait(str(limits.MOST_ADDRESSES + 9), 1) > 0
