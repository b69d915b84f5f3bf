"""What is told ahead: kept within bounds, believed for a while, given out once."""

import pytest

from tardis.net.http import ahead
from tardis.net.http.ahead import FIRST_LIMIT, KEPT_SECONDS, Ahead, Block


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_block_is_given_out_once_and_not_when_it_is_old() -> None:
    clock = Clock()
    kept = Ahead(1000, clock)
    kept.put((1, 2, 3), Block(False, b"rows"))
    assert kept.take((1, 2, 4)) is None
    assert kept.take((1, 2, 3)) == Block(False, b"rows")
    assert kept.take((1, 2, 3)) is None
    kept.put((1, 2, 3), Block(False, b"rows"))
    clock.now += KEPT_SECONDS + 1
    assert kept.take((1, 2, 3)) is None


def test_who_asks_on_is_told_more_each_time_and_who_pauses_is_not() -> None:
    clock = Clock()
    kept = Ahead(5000, clock)
    assert [kept.limit() for _ in range(4)] == [FIRST_LIMIT, 8 * FIRST_LIMIT, 5000, 5000]
    clock.now += 10
    assert kept.limit() == FIRST_LIMIT


def test_what_was_named_last_is_expected_first(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Ahead(1000, Clock())
    kept.expect((number, 1, 1) for number in (2, 3, 4))
    assert kept.next_ones((1, 1), 99) == [2, 3, 4]
    assert kept.take((2, 1, 1)) is None
    kept.expect([(7, 1, 1), (8, 1, 1), (9, 5, 5)])
    assert kept.next_ones((1, 1), 99) == [7, 8, 3, 4] and kept.next_ones((5, 5), 99) == [9]
    assert kept.next_ones((1, 1), 2) == [7, 8]
    kept.put((8, 1, 1), Block(False, b""))
    assert kept.next_ones((1, 1), 99) == [7, 3, 4], "what is known need not be told"
    monkeypatch.setattr(ahead, "NAMED", 1)
    assert kept.next_ones((1, 1), 99) == [7]
    monkeypatch.setattr(ahead, "EXPECTED", 2)
    kept.expect([(11, 1, 1)])
    monkeypatch.setattr(ahead, "NAMED", 9)
    assert kept.next_ones((1, 1), 99) == [11, 7], "what was named first is forgotten first"


def test_there_is_room_for_what_was_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "KEPT_BYTES", 10)
    clock = Clock()
    kept = Ahead(1000, clock)
    for number in range(4):
        kept.put((number, 1, 1), Block(False, b"12345"))
    assert [kept.take((number, 1, 1)) is not None for number in range(4)] == [
        True,
        True,
        False,
        False,
    ]
    kept.put((7, 1, 1), Block(False, b"12345"))
    clock.now += KEPT_SECONDS + 1
    kept.put((8, 1, 1), Block(True, b"1234567890"))
    assert kept.take((8, 1, 1)) == Block(True, b"1234567890"), "what is old has made room"
