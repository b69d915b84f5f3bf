from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tardis.protocol import listing
from tardis.scan.ranges import cut
from tests.facilities import counts

NAMES = st.sets(st.integers(0, 10**6), min_size=1001, max_size=1200)


def named(numbers: set[int]) -> list[bytes]:
    return sorted(b"%d" % number for number in numbers)


def test_up_to_a_slice_is_one_range() -> None:
    assert cut([]) == [0]
    assert cut(named(set(range(listing.SLICE_ENTRIES)))) == [0]


def test_no_range_is_longer_than_allowed() -> None:
    names = named(set(range(60_000)))
    starts = [*cut(names), len(names)]
    sizes = [behind - first for first, behind in pairwise(starts)]
    assert starts[0] == 0
    assert 0 < min(sizes) <= max(sizes) <= listing.RANGE_ENTRIES
    assert len(sizes) > 60


@settings(max_examples=counts(50, 300))
@given(NAMES, st.integers(0, 10**6))
def test_a_name_that_comes_moves_no_cut_elsewhere(numbers: set[int], new: int) -> None:
    before, after = named(numbers), named(numbers | {new})
    old = {before[at] for at in cut(before)[1:]}
    now = {after[at] for at in cut(after)[1:]}
    assert old <= now <= old | {b"%d" % new, before[0]}
