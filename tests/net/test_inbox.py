"""Reading ahead: order, the end, limits, and what counts as silence."""

import struct
from collections.abc import Iterator
from threading import Thread

import pytest

from tardis.model import LineLostError
from tardis.net import Transport, memory_pair
from tardis.net.inbox import CHUNK, Inbox
from tests.net.lines import PATIENCE, until


@pytest.fixture
def ends() -> Iterator[tuple[Transport, Transport]]:
    near, far = memory_pair()
    yield near, far
    near.close()
    far.close()


Ends = tuple[Transport, Transport]


def test_chunks_come_in_order_and_the_end_stays(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, None)
    near.write(b"one")
    assert inbox.take(PATIENCE) == b"one"
    near.write(b"two")
    near.close()
    assert inbox.take(PATIENCE) == b"two"
    assert inbox.take(PATIENCE) == b""
    assert inbox.take(0) == b""
    assert inbox.received == 6
    assert inbox.failure is None


def test_taking_waits_no_longer_than_it_may(ends: Ends) -> None:
    inbox = Inbox(ends[1], None)
    assert inbox.take(0) is None
    assert inbox.take(-1) is None
    assert inbox.take(0.001) is None
    ends[1].close()
    inbox.stop()


def test_without_a_limit_all_is_read(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, None)
    near.write(bytes(40 * CHUNK))
    until(lambda: inbox.received == 40 * CHUNK)


def test_with_a_limit_reading_rests_until_half_is_taken(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, 8)
    near.write(bytes(9))
    until(lambda: inbox.received == 9 and not inbox._room.is_set())
    near.write(b"more")
    assert inbox.silence() == 0
    assert inbox.received == 9
    assert inbox.take(PATIENCE) == bytes(9)
    assert inbox.take(PATIENCE) == b"more"
    assert inbox.received == 13


def test_stopping_wakes_a_reader_that_rests(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, 1)
    near.write(bytes(9))
    until(lambda: not inbox._room.is_set())
    far.close()
    inbox.stop()
    assert not inbox._thread.is_alive()
    assert inbox.take(0) == bytes(9)
    assert inbox.take(0) == b""


def test_silence_counts_from_the_last_byte(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, None)
    until(lambda: inbox.silence() > 0.02)
    near.write(b"x")
    assert inbox.take(PATIENCE) == b"x"
    assert inbox.silence() < PATIENCE


class Broken:
    """A transport that breaks after its first words."""

    peer = "a broken peer"
    is_local = False
    binding = b""

    def __init__(self) -> None:
        self.left = [b"words"]

    def read(self, limit: int) -> bytes:
        if self.left:
            return self.left.pop()
        raise LineLostError("cut")

    def read_into(self, buffer: memoryview) -> int:
        raise LineLostError("cut")

    def write(self, *parts: bytes | memoryview) -> None:
        raise AssertionError("nobody writes here")

    def close(self) -> None:
        self.left.clear()


def test_why_reading_ended_is_kept() -> None:
    inbox = Inbox(Broken(), None)
    assert inbox.take(PATIENCE) == b"words"
    assert inbox.take(PATIENCE) == b""
    assert str(inbox.failure) == "cut"


def frame(size: int) -> bytes:
    return struct.pack("!I", size) + bytes(range(256)) * (size // 256) + bytes(size % 256)


def chunks(inbox: Inbox, total: int) -> list[bytes | memoryview]:
    found: list[bytes | memoryview] = []
    while sum(map(len, found)) < total:
        chunk = inbox.take(PATIENCE)
        assert chunk
        found.append(chunk)
    return found


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 300, 50_000])
def test_of_a_long_frame_all_that_is_missing_comes_in_one_piece(ends: Ends, cut: int) -> None:
    near, far = ends
    data = frame(10) + frame(500_000)
    inbox = Inbox(far, None)
    near.write(data[: 14 + cut])
    until(lambda: inbox.received == 14 + cut)
    for start in range(14 + cut, len(data), 30_001):
        near.write(data[start : start + 30_001])
    found = chunks(inbox, len(data))
    assert b"".join(found) == data
    assert len(found) <= 3
    near.write(frame(3))
    assert inbox.take(PATIENCE) == frame(3)


def test_the_head_of_the_next_frame_comes_with_the_end_of_a_long_one(ends: Ends) -> None:
    near, far = ends
    long = frame(300_000)
    sender = Thread(target=near.write, args=(long * 20 + frame(1),))
    sender.start()
    inbox = Inbox(far, None)
    found = chunks(inbox, 20 * len(long) + 5)
    sender.join()
    assert b"".join(found) == long * 20 + frame(1)
    assert [len(one) for one in found].count(len(long)) >= 10


def test_a_length_that_cannot_be_is_no_reason_to_wait(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, None)
    near.write(b"\xff\xff\xff\xff" + bytes(100))
    assert len(chunks(inbox, 104)) == 1


def test_a_long_frame_that_is_cut_off_ends_the_line(ends: Ends) -> None:
    near, far = ends
    inbox = Inbox(far, None)
    near.write(frame(500_000)[:400_000])
    near.close()
    assert sum(map(len, chunks(inbox, 400_000))) == 400_000
    assert inbox.take(PATIENCE) == b""


def test_where_much_comes_a_short_frame_takes_nothing_of_the_next_along(ends: Ends) -> None:
    near, far = ends
    frames = [bytes([number]) * size for number, size in enumerate((2000, 300_000, 50, 200_000))]
    near.write(*(part for frame in frames for part in (struct.pack(">I", len(frame)), frame)))
    inbox = Inbox(far, 4 << 20)
    found = [inbox.take(PATIENCE)]
    near.close()
    while found[-1]:
        found.append(inbox.take(PATIENCE))
    chunks = [bytes(one or b"") for one in found]
    whole = b"".join(struct.pack(">I", len(frame)) + frame for frame in frames)
    assert b"".join(chunks) == whole
    assert chunks[-2].startswith(frames[3][:1]) and len(chunks[-2]) == 200_000
    assert any(len(one) == 54 for one in chunks)  # the short one, and the head of the last
