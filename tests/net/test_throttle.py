"""So many bytes a second for all lines together, and the same bytes as ever."""

import os
from threading import Event
from typing import Any

import pytest

from tardis.model import LineLostError
from tardis.net import Throttle, memory_pair
from tardis.net.throttle import Bucket, ThrottledTransport
from tests.net.lines import PATIENCE, in_thread, until


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_who_takes_waits_for_what_all_have_taken() -> None:
    clock = Clock()
    bucket = Bucket(1000, clock)
    assert bucket.take(500) == 0.5
    assert bucket.take(500) == 1.0
    clock.now += 0.25
    assert bucket.take(250) == 1.0
    assert bucket.take(0) == 1.0


def test_time_that_was_not_used_is_lost() -> None:
    clock = Clock()
    bucket = Bucket(1000, clock)
    clock.now += 3600
    assert bucket.take(1000) == 1.0


def test_without_a_limit_a_transport_stays_what_it_is() -> None:
    one, other = memory_pair()
    assert Throttle(0).over(one) is one
    one.close()
    other.close()


def test_the_bytes_are_the_same_in_both_directions() -> None:
    one, other = memory_pair()
    slow = Throttle(64 << 20).over(one)
    assert (slow.peer, slow.is_local, slow.binding) == (one.peer, one.is_local, one.binding)
    data = os.urandom(3 << 20)
    for source, target in ((slow, other), (other, slow)):
        writer = in_thread(lambda source=source: source.write(data))  # type: ignore[misc]
        found = b""
        while len(found) < len(data):
            found += target.read(1 << 20)
        writer.join(PATIENCE)
        assert found == data
    other.close()
    assert slow.read(10) == b""
    slow.close()


class Waits(Event):
    """An event that notes how long it is waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return False


def test_large_writes_go_in_pieces_with_the_right_waits_between() -> None:
    one, other = memory_pair()
    clock = Clock()
    buckets = Bucket(8192, clock), Bucket(8192, clock)
    slow = ThrottledTransport(one, buckets, 1024)
    waits: Any = Waits()
    slow._closing = waits
    slow.write(bytes(1000), memoryview(bytes(3000)), bytes(96))
    assert waits.seconds == [0.125, 0.25, 0.375, 0.5]
    other.write(bytes(3000))
    assert len(slow.read(4096)) == 1024
    buffer = bytearray(b"." * 4096)
    assert slow.read_into(memoryview(buffer)) == 1024
    assert buffer[1023:1025] == b"\0."
    assert waits.seconds[4:] == [0.125, 0.25]
    slow.close()
    other.close()


def test_closing_wakes_who_waits() -> None:
    one, other = memory_pair()
    slow = ThrottledTransport(one, (Bucket(1), Bucket(1)), 1024)
    failed: list[BaseException] = []

    def write() -> None:
        try:
            slow.write(bytes(4096))
        except LineLostError as error:
            failed.append(error)

    writer = in_thread(write)
    until(lambda: slow._sent._free_at > slow._sent._clock() + 100)
    slow.close()
    writer.join(PATIENCE)
    assert not writer.is_alive() and failed
    other.close()


@pytest.mark.parametrize(("rate", "piece"), [(1024, 512), (80_000, 10_000), (1 << 30, 64 << 10)])
def test_pieces_are_small_enough_for_signs_of_life(rate: int, piece: int) -> None:
    one, other = memory_pair()
    slow = Throttle(rate).over(one)
    assert isinstance(slow, ThrottledTransport)
    assert slow._piece == piece
    slow.close()
    other.close()
