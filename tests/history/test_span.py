"""Sets as bits."""

from hypothesis import given
from hypothesis import strategies as st

from tardis.history.span import Span, highest, lowest, places
from tardis.model import OPEN
from tests.history.memory_reader import backup_set


@given(st.sets(st.integers(1, 50), min_size=1), st.integers(0, 60), st.integers(0, 60))
def test_a_mask_holds_the_sets_of_a_range_of_numbers(
    numbers: set[int], first: int, last: int
) -> None:
    span = Span([backup_set(number) for number in sorted(numbers, reverse=True)])
    assert (span.first, span.last) == (min(numbers), max(numbers))
    for _ in range(2):  # the second answer is the kept one
        mask = span.mask(first, last)
        wanted = [number for number in sorted(numbers) if first <= number <= last]
        assert [one.number for one in span.each(mask)] == wanted
    if wanted:
        assert (span.oldest(mask).number, span.newest(mask).number) == (wanted[0], wanted[-1])
    assert span.mask(0, OPEN) == span.everything


@given(st.sets(st.integers(0, 200), min_size=1))
def test_bits_have_places(wanted: set[int]) -> None:
    mask = sum(1 << at for at in wanted)
    assert list(places(mask)) == sorted(wanted)
    assert (lowest(mask), highest(mask)) == (min(wanted), max(wanted))


def test_incomplete_sets_are_told_apart() -> None:
    span = Span([backup_set(1), backup_set(2, is_complete=False), backup_set(3)])
    assert (span.everything, span.complete) == (0b111, 0b101)
