"""One number for all that a set shows, in whatever order it is told."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import SUM_SIZE, KeyRing, SetSum
from tests.crypto.slots import IDENTITY, ring

RANGES = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=4), st.binary(max_size=9)))


def total(ranges: list[tuple[bytes, bytes, bytes]], key: KeyRing | None = None) -> bytes:
    one = SetSum(key or ring())
    for path, start, rows in ranges:
        one.add(path, start, rows)
    return one.told()


@given(RANGES, st.randoms(use_true_random=False))
def test_order_does_not_matter(ranges: list[tuple[bytes, bytes, bytes]], chance: Random) -> None:
    mixed = list(ranges)
    chance.shuffle(mixed)
    assert total(mixed) == total(ranges) and len(total(ranges)) == SUM_SIZE


@given(RANGES, RANGES)
def test_what_was_added_up_before_can_be_added(
    one: list[tuple[bytes, bytes, bytes]], other: list[tuple[bytes, bytes, bytes]]
) -> None:
    both = SetSum(ring())
    both.add_sum(total(one))
    both.add_sum(total(other))
    assert both.told() == total(one + other)


@given(RANGES, RANGES)
def test_whatever_differs_changes_it(
    one: list[tuple[bytes, bytes, bytes]], other: list[tuple[bytes, bytes, bytes]]
) -> None:
    assert (total(one) == total(other)) == (sorted(one) == sorted(other))


def test_what_is_told_together_is_not_what_is_told_apart() -> None:
    assert total([(b"ab", b"", b"")]) != total([(b"a", b"b", b"")]) != total([(b"a", b"", b"b")])
    assert total([(b"a", b"", b"")]) != total([(b"a", b"", b"")], KeyRing.of(bytes(32), IDENTITY))
    assert total([]) == bytes(SUM_SIZE)
