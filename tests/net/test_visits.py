"""Counting visits, and the bell."""

import select
from threading import Event

import pytest

from tardis.net import Transport, memory_pair
from tardis.net.visits import Visits
from tests.net.lines import PATIENCE, in_thread


def nothing(_: object) -> None:
    return


def is_ringing(visits: Visits) -> bool:
    bell = select.poll()
    bell.register(visits.alarm, select.POLLIN)
    return bool(bell.poll(0))


def test_there_is_room_for_so_many() -> None:
    visits = Visits(nothing, nothing, 2)
    assert [visits.begin() for _ in range(3)] == [True, True, False]
    visits.finish()
    assert visits.begin()
    assert (visits.seen, visits.count) == (3, 2)
    visits.end(0)


def test_an_end_rings_until_it_is_hushed() -> None:
    visits = Visits(nothing, nothing, 1)
    assert not is_ringing(visits)
    visits.begin()
    visits.finish()
    assert is_ringing(visits)
    visits.hush()
    visits.hush()
    assert not is_ringing(visits)
    visits.stop()
    assert visits.is_stopping
    assert is_ringing(visits)
    visits.end(0)


def test_ringing_a_bell_nobody_hears_is_harmless() -> None:
    visits = Visits(nothing, nothing, 1)
    for _ in range(10_000):
        visits.stop()
    visits.end(0)
    visits.stop()


def test_a_visit_that_comes_while_stopping_is_closed_unheard() -> None:
    heard: list[Transport] = []
    visits = Visits(heard.append, nothing, 1)
    visits.stop()
    near, far = memory_pair()
    visits.run(far)
    assert near.read(10) == b""
    assert heard == []
    near.close()
    visits.end(0)


def test_what_the_handler_raises_comes_through_and_the_line_is_closed() -> None:
    def fail(_: Transport) -> None:
        raise ValueError("boom")

    visits = Visits(fail, nothing, 1)
    near, far = memory_pair()
    with pytest.raises(ValueError, match="boom"):
        visits.run(far)
    assert near.read(10) == b""
    near.close()
    visits.end(0)


def test_the_end_closes_lines_and_waits_for_their_visits() -> None:
    came, went = Event(), Event()

    def visit(transport: Transport) -> None:
        came.set()
        transport.read(10)
        went.set()

    visits = Visits(visit, nothing, 1)
    near, far = memory_pair()
    assert visits.begin()

    def run() -> None:
        visits.run(far)
        visits.finish()

    in_thread(run)
    assert came.wait(PATIENCE)
    visits.end(PATIENCE)
    assert went.is_set()
    assert visits.count == 0
    near.close()


def test_the_end_does_not_wait_for_ever() -> None:
    visits = Visits(nothing, nothing, 1)
    visits.begin()
    visits.end(0.01)
    assert visits.count == 1
