"""Messages over a transport: threads, silence, troubles and the ends of lines."""

import socket
import threading
from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from tardis.model import (
    LineLostError,
    LocalProtocolError,
    PeerError,
    RemoteProtocolError,
    StoreBusyError,
    StoreError,
    TardisError,
)
from tardis.net import Line, SocketTransport, memory_pair
from tardis.protocol import CLIENT, SERVER, Message, Session, State
from tardis.protocol.messages import (
    Alive,
    CloseSet,
    DigestVerdicts,
    Goodbye,
    OpenSet,
    Owners,
    SetClosed,
    SetOpened,
    Trouble,
    UploadBegin,
    UploadPart,
)
from tardis.streams import MESSAGE_CODECS
from tests.net.lines import PATIENCE, Stuck, client_line, greet, in_thread, server_line, until
from tests.protocol.samples import WELCOME, hello, sample

Lines = tuple[Line, Line]


def say_all(line: Line, messages: Sequence[Message]) -> None:
    """Say *messages* one after another."""
    for message in messages:
        line.say(message)


QUEUE = 1 << 20


@pytest.fixture
def fresh() -> Iterator[Lines]:
    """A client's and a server's line before their first words."""
    near, far = memory_pair()
    lines = client_line(near), server_line(far, QUEUE)
    yield lines
    for line in lines:
        line.close()


@pytest.fixture
def lines(fresh: Lines) -> Lines:
    """The same, greeted."""
    greet(*fresh)
    return fresh


@pytest.fixture
def busy(lines: Lines) -> Lines:
    """The same in the middle of a backup."""
    client, server = lines
    client.say(sample(OpenSet))
    assert isinstance(server.hear(), OpenSet)
    server.say(sample(SetOpened))
    assert isinstance(client.hear(), SetOpened)
    return lines


@pytest.mark.parametrize("compression", MESSAGE_CODECS)
def test_a_whole_conversation(fresh: Lines, compression: str) -> None:
    client, server = fresh
    greet(client, server, compression)
    long = sample(OpenSet, command_line=bytes(range(256)) * 40)
    client.say(long)
    assert server.hear() == long
    server.say(sample(SetOpened))
    client.hear()
    client.say(sample(CloseSet))
    assert server.hear() == sample(CloseSet)
    server.say(sample(SetClosed))
    client.hear()
    client.say(Goodbye())
    client.close()
    assert server.hear() == Goodbye()
    with pytest.raises(LineLostError, match="unix closed the line"):
        server.hear()


def test_what_went_over_the_line_is_counted(lines: Lines) -> None:
    client, server = lines
    assert (client.messages_sent, client.messages_received) == (1, 1)
    assert (server.messages_sent, server.messages_received) == (1, 1)
    assert client.bytes_sent == server.bytes_received == len(Session(CLIENT).send(hello()))
    assert server.bytes_sent == client.bytes_received > 0


def test_a_line_knows_its_peer(lines: Lines) -> None:
    assert (lines[0].peer, lines[0].is_local) == ("unix", True)


def test_hearing_need_not_wait(busy: Lines) -> None:
    client, server = busy
    assert client.hear(0) is None
    assert client.hear(0.01) is None
    server.say(DigestVerdicts(()))
    until(lambda: client.hear(0) == DigestVerdicts(()))


def test_hearing_waits_for_what_comes_in_pieces() -> None:
    near, far = memory_pair()
    server = server_line(far)
    wire = Session(CLIENT).send(hello())
    near.write(wire[:7])
    assert server.hear(0.01) is None
    near.write(wire[7:])
    assert server.hear() == hello()
    server.close()
    near.close()


def test_a_peer_that_says_nothing_is_given_up_after_the_timeout() -> None:
    near, far = memory_pair()
    server = Line(far, Session(SERVER), timeout=0.05)
    near.write(Session(CLIENT).send(hello())[:7])
    with pytest.raises(LineLostError, match="unix has not answered for too long"):
        server.hear()
    server.close()
    near.close()


def test_signs_of_life_are_swallowed(lines: Lines) -> None:
    client, server = lines
    server.say(Alive())
    server.say(Alive())
    client.say(Alive())
    client.say(sample(OpenSet))
    assert server.hear() == sample(OpenSet)
    server.say(sample(SetOpened))
    assert client.hear() == sample(SetOpened)
    assert client.messages_received == 4


def test_a_heart_beats_only_where_the_table_lets_it(fresh: Lines) -> None:
    client, server = fresh
    client.start_heartbeat(0.001, PATIENCE)
    client.start_heartbeat(0.001, PATIENCE)
    greet(client, server)
    until(lambda: client.messages_sent > 3)
    client.say(Goodbye())
    assert server.hear() == Goodbye()
    sent = client.messages_sent
    assert not threading.Event().wait(0.02)
    assert client.messages_sent == sent


def test_hearts_keep_an_idle_line_open(lines: Lines) -> None:
    for line in lines:
        line.start_heartbeat(0.01, 2.0)
    assert lines[0].hear(0.15) is None
    assert lines[1].hear(0) is None
    until(lambda: lines[0].bytes_received > 1000)


def test_silence_ends_a_line_whose_heart_beats(lines: Lines) -> None:
    client, _ = lines
    client.start_heartbeat(PATIENCE, 0.05)
    with pytest.raises(LineLostError, match="too long"):
        client.hear()
    with pytest.raises(LineLostError, match="too long"):
        client.say(sample(OpenSet))


def test_silence_is_noticed_although_nobody_hears() -> None:
    near, far = memory_pair()
    client, server = client_line(near), server_line(far)
    greet(client, server)
    client.start_heartbeat(0.01, 0.05)
    until(lambda: _is_lost(client))
    with pytest.raises(LineLostError):
        client.hear()
    client.close()
    server.close()


def _is_lost(line: Line) -> bool:
    try:
        line.say(Alive())
    except LineLostError:
        return True
    return False


def test_a_writer_that_is_stuck_is_freed_by_silence() -> None:
    stuck = Stuck()
    line = Line(stuck, Session(CLIENT))
    told: list[TardisError] = []

    def speak() -> None:
        try:
            line.say(hello())
            line.say(hello())
        except TardisError as error:
            told.append(error)

    speakers = [in_thread(speak), in_thread(speak)]
    assert stuck.writing.wait(PATIENCE)
    line.start_heartbeat(0.02, 0.05)
    for speaker in speakers:
        speaker.join(PATIENCE)
    assert len(told) == 2
    line.close()


def test_bytes_that_wait_are_no_silence() -> None:
    near, far = memory_pair()
    client, server = client_line(near), server_line(far, 1)
    greet(client, server)
    client.say(sample(OpenSet))
    server.start_heartbeat(0.01, 0.05)
    until(lambda: server.bytes_received == client.bytes_sent)
    assert not threading.Event().wait(0.15)
    assert server.hear() == sample(OpenSet)
    client.close()
    server.close()


def test_the_peers_trouble_is_raised_as_what_it_is(lines: Lines) -> None:
    client, server = lines
    server.say(Trouble("busy", "castle is being backed up", "wait"))
    with pytest.raises(StoreBusyError, match="castle is being backed up") as told:
        client.hear()
    assert told.value.hint == "wait"
    with pytest.raises(StoreBusyError):
        client.say(sample(OpenSet))
    with pytest.raises(StoreBusyError):
        client.hear(0)


def test_an_unknown_trouble_is_the_peers(lines: Lines) -> None:
    lines[1].say(Trouble("new in version 2", "what now", ""))
    with pytest.raises(PeerError, match="what now"):
        lines[0].hear()


def test_giving_up_tells_why(lines: Lines) -> None:
    client, server = lines
    server.give_up(StoreError("the disk is on fire\udcff", hint="run"))
    with pytest.raises(StoreError, match=r"the disk is on fire\\udcff") as told:
        client.hear()
    assert told.value.hint == "run"


def test_giving_up_over_something_private_names_no_class(lines: Lines) -> None:
    lines[1].give_up(LocalProtocolError("x" * 5000))
    with pytest.raises(PeerError, match=r"^x{900}$"):
        lines[0].hear()


def test_giving_up_before_the_greeting_is_heard(fresh: Lines) -> None:
    fresh[1].give_up(StoreError("\N{SNOWMAN}" * 5000, hint="\N{GRINNING FACE}" * 5000))
    with pytest.raises(StoreError):
        fresh[0].hear()


def test_giving_up_in_json_is_heard_too() -> None:
    near, far = memory_pair()
    server = server_line(far)
    client = Line(near, Session(CLIENT, is_json=True), timeout=PATIENCE)
    client.give_up(StoreError("\N{GRINNING FACE}" * 5000, hint="\N{GRINNING FACE}" * 5000))
    with pytest.raises(StoreError):
        server.hear()
    server.close()


def test_a_peers_words_cannot_reach_into_the_terminal(lines: Lines) -> None:
    lines[1].say(Trouble("store", "\x1b[2Jhello\n", "a\rb"))
    with pytest.raises(StoreError) as told:
        lines[0].hear()
    assert (str(told.value), told.value.hint) == (r"\x1b[2Jhello\n", r"a\rb")


def test_giving_up_on_a_peer_that_left_is_quiet(lines: Lines) -> None:
    lines[0].close()
    lines[1].give_up(StoreError("nobody hears this"))
    lines[1].give_up(StoreError("nor this"))


def test_giving_up_on_a_peer_that_does_not_read_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tardis.net.line.FAREWELL", 0.02)
    stuck = Stuck()
    line = Line(stuck, Session(SERVER))
    line.give_up(StoreError("too late"))
    assert stuck.closed.is_set()


def test_nonsense_is_refused(fresh: Lines) -> None:
    near, far = memory_pair()
    server = server_line(far)
    near.write(b"\0\0\0\x05hello")
    with pytest.raises(RemoteProtocolError, match="cannot be parsed"):
        server.hear()
    server.give_up(RemoteProtocolError("nonsense"))
    assert b"nonsense" in near.read(1000)
    near.close()


def test_speaking_out_of_turn_leaves_the_line_as_it_was(lines: Lines) -> None:
    client, server = lines
    with pytest.raises(LocalProtocolError):
        client.say(sample(CloseSet))
    client.say(sample(OpenSet))
    assert server.hear() == sample(OpenSet)


def test_speaking_after_goodbye_is_our_bug(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tardis.net.line.FAREWELL", 0.02)
    client, _ = lines
    client.say(Goodbye())
    with pytest.raises(LocalProtocolError, match="CLOSED"):
        client.say(sample(OpenSet))


def test_closing_wakes_whoever_hears(lines: Lines) -> None:
    told: list[TardisError] = []

    def hear() -> None:
        try:
            lines[0].hear()
        except TardisError as error:
            told.append(error)

    hearer = in_thread(hear)
    lines[0].close()
    hearer.join(PATIENCE)
    assert [str(error) for error in told] == ["the line to unix is closed"]
    with pytest.raises(LineLostError, match="is closed"):
        lines[0].say(sample(OpenSet))


def test_a_closed_line_leaves_no_threads() -> None:
    before = threading.active_count()
    near, far = memory_pair()
    client, server = client_line(near), server_line(far, 1)
    greet(client, server)
    for line in (client, server):
        line.start_heartbeat()
    client.say(sample(OpenSet))
    for line in (client, server):
        line.close()
        line.close()
    until(lambda: threading.active_count() == before)


def test_all_that_was_said_before_the_end_is_heard(busy: Lines) -> None:
    client, server = busy
    for number in range(300):
        client.say(Owners(((False, number, b"x" * 100),)))
    client.close()
    assert [server.hear() for _ in range(300)] == [
        Owners(((False, number, b"x" * 100),)) for number in range(300)
    ]
    with pytest.raises(LineLostError, match="closed the line"):
        server.hear()


def test_a_queue_that_is_full_stops_the_reading_and_not_the_saying(busy: Lines) -> None:
    client, server = busy
    client.say(UploadBegin(0, 0, False))
    part = UploadPart(QUEUE, 0, bytes(QUEUE))
    speaker = in_thread(lambda: say_all(client, [part] * 30))
    until(lambda: server.bytes_received > QUEUE)
    server.say(DigestVerdicts(()))
    assert client.hear() == DigestVerdicts(())
    assert server.bytes_received < 4 * QUEUE
    assert server.hear() == UploadBegin(0, 0, False)
    assert all(server.hear() == part for _ in range(30))
    speaker.join(PATIENCE)


def test_both_may_say_a_lot_at_once(busy: Lines) -> None:
    client, server = busy
    answer = DigestVerdicts(tuple((number, number, True) for number in range(10_000)))
    question = Owners(((False, 0, bytes(1 << 20)),))
    speakers = [
        in_thread(lambda: say_all(server, [answer] * 100)),
        in_thread(lambda: say_all(client, [question] * 30)),
    ]
    speakers[0].join(PATIENCE)
    assert not speakers[0].is_alive()
    assert [server.hear() for _ in range(30)] == [question] * 30
    assert [client.hear() for _ in range(100)] == [answer] * 100


def test_many_may_speak_at_once(busy: Lines) -> None:
    client, server = busy
    said = [Owners(((False, number, b"x" * (number % 3000)),)) for number in range(400)]
    speakers = [in_thread(partial(say_all, client, said[start::4])) for start in range(4)]
    heard = [server.hear() for _ in said]
    for speaker in speakers:
        speaker.join(PATIENCE)
    assert sorted(map(repr, heard)) == sorted(map(repr, said))


def say_until_told(line: Line, message: Message) -> TardisError:
    """Say *message* until the line complains, and return how."""
    for _ in range(10_000):
        try:
            line.say(message)
        except TardisError as error:
            return error
    raise AssertionError("nobody complained")


def tcp_pair() -> tuple[SocketTransport, SocketTransport]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        near = socket.create_connection(listening.getsockname())
        far, _ = listening.accept()
    return SocketTransport(near), SocketTransport(far)


@pytest.mark.parametrize("is_tcp", [False, True], ids=["unix", "tcp"])
def test_a_writer_is_told_the_trouble_and_not_the_broken_pipe(is_tcp: bool) -> None:
    near, far = tcp_pair() if is_tcp else memory_pair()
    client, server = client_line(near), server_line(far, 1)
    greet(client, server)
    client.say(sample(OpenSet))
    server.hear()
    server.say(sample(SetOpened))
    client.hear()
    server.say(DigestVerdicts(((1, 2, True),)))
    server.give_up(StoreError("the disk is full"))
    error = say_until_told(client, Owners(((False, 0, bytes(1 << 18)),)))
    assert (type(error), str(error)) == (StoreError, "the disk is full")
    assert client.hear() == DigestVerdicts(((1, 2, True),))
    with pytest.raises(StoreError, match="the disk is full"):
        client.hear()
    client.close()


def test_a_writer_is_told_the_trouble_that_another_thread_hears(busy: Lines) -> None:
    client, server = busy
    told: list[TardisError] = []

    def hear() -> None:
        try:
            client.hear()
        except TardisError as error:
            told.append(error)

    hearer = in_thread(hear)
    server.give_up(StoreError("the disk is full"))
    error = say_until_told(client, Owners(((False, 0, bytes(1 << 18)),)))
    hearer.join(PATIENCE)
    assert str(error) == "the disk is full"
    assert [str(one) for one in told] == ["the disk is full"]


def test_a_writer_without_a_trouble_is_told_that_the_line_is_lost(busy: Lines) -> None:
    client, server = busy
    server.say(DigestVerdicts(()))
    server.close()
    error = say_until_told(client, Owners(((False, 0, bytes(1 << 18)),)))
    assert type(error) is LineLostError
    assert client.hear() == DigestVerdicts(())
    with pytest.raises(LineLostError):
        client.hear()


class Interrupted(Exception):
    """Stands for Ctrl-C in the middle of a write."""


class Torn(Stuck):
    """A transport that is interrupted once in the middle of a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, *parts: bytes | memoryview) -> None:
        self.written.append(b"".join(parts))
        raise Interrupted


def test_nothing_follows_a_frame_that_was_cut() -> None:
    torn = Torn()
    line = Line(torn, Session(SERVER))
    line._session.receive_data(Session(CLIENT).send(hello()))
    line.hear(0)
    with pytest.raises(Interrupted):
        line.say(WELCOME)
    line.give_up(StoreError("interrupted"))
    assert len(torn.written) == 1
    assert line._session.state is State.READY
