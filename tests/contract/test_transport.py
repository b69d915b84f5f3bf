"""What every transport promises, whatever is underneath."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from tardis.model import LineLostError
from tardis.net import SocketTransport, Transport, dial_tcp, dial_unix, memory_pair

Ends = tuple[Transport, Transport]
MIB = 1 << 20


def accepted(listening: socket.socket, dial: Callable[[], Transport]) -> Ends:
    with listening:
        ours = dial()
        theirs, _ = listening.accept()
    return ours, SocketTransport(theirs)


def over_tcp(_: Path) -> Ends:
    listening = socket.create_server(("127.0.0.1", 0))
    return accepted(listening, lambda: dial_tcp("127.0.0.1", listening.getsockname()[1], 10))


def over_unix(place: Path) -> Ends:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(place / "socket"))
    listening.listen()
    return accepted(listening, lambda: dial_unix(str(place / "socket"), 10))


def within_memory(_: Path) -> Ends:
    return memory_pair()


@pytest.fixture(params=[over_tcp, over_unix, within_memory], ids=lambda make: str(make.__name__))
def ends(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ends]:
    monkeypatch.setattr("tardis.net.transport.LINGER", 0.1)
    pair: Ends = request.param(tmp_path)
    yield pair
    for end in pair:
        end.close()


def read_all(end: Transport, limit: int = MIB) -> bytes:
    return b"".join(iter(lambda: end.read(limit), b""))


def test_bytes_arrive_in_order_and_then_the_end(ends: Ends) -> None:
    one, other = ends
    one.write(b"he")
    one.write(b"")
    one.write(b"llo")
    one.close()
    assert read_all(other) == b"hello"
    assert other.read(10) == b""


def test_a_read_takes_no_more_than_asked_for(ends: Ends) -> None:
    one, other = ends
    one.write(b"hello")
    assert other.read(1) == b"h"
    one.close()
    assert read_all(other, 3) == b"ello"


def test_both_ways_are_open_at_once(ends: Ends) -> None:
    one, other = ends
    one.write(b"ping")
    assert other.read(100) == b"ping"
    other.write(b"pong")
    assert one.read(100) == b"pong"


def test_much_is_written_whole(ends: Ends) -> None:
    one, other = ends
    data = bytes(range(256)) * (80 << 10)

    def write() -> None:
        one.write(data)
        one.close()

    writer = Thread(target=write)
    writer.start()
    assert read_all(other) == data
    writer.join()


def test_what_was_said_last_arrives_though_answers_lie_unread(ends: Ends) -> None:
    one, other = ends
    other.write(b"x" * 1000)
    one.write(b"goodbye")
    one.close()
    assert other.read(100) == b"goodbye"


def test_closing_wakes_a_reader_in_another_thread(ends: Ends) -> None:
    one, _ = ends
    heard: list[bytes] = []
    reader = Thread(target=lambda: heard.append(one.read(100)))
    reader.start()
    one.close()
    reader.join(20)
    assert heard == [b""]


def test_closing_wakes_a_writer_in_another_thread(ends: Ends) -> None:
    one, other = ends
    told: list[LineLostError] = []

    def write() -> None:
        try:
            one.write(bytes(64 * MIB))
        except LineLostError as error:
            told.append(error)

    writer = Thread(target=write)
    writer.start()
    assert other.read(1) == b"\0"
    one.close()
    writer.join(20)
    assert len(told) == 1


def test_closing_twice_is_harmless(ends: Ends) -> None:
    one, _ = ends
    one.close()
    one.close()


def test_once_closed_nothing_is_read_or_written(ends: Ends) -> None:
    one, _ = ends
    one.close()
    assert one.read(10) == b""
    with pytest.raises(LineLostError, match="is closed"):
        one.write(b"x")


def test_writing_to_a_peer_that_left_is_a_lost_line(ends: Ends) -> None:
    one, other = ends
    other.close()
    with pytest.raises(LineLostError, match=f"the line to {one.peer}".replace("[", r"\[")):
        for _ in range(100):
            one.write(bytes(MIB))


def test_the_peer_has_a_name_and_is_here(ends: Ends) -> None:
    for end in ends:
        assert end.peer == "unix" or end.peer.startswith("127.0.0.1:")
        assert end.is_local
