"""The conversation, heard three ways: whole, byte by byte, and in two halves."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.model import LocalProtocolError, RemoteProtocolError
from tardis.protocol import CLIENT, SERVER, Message, Session, State
from tardis.protocol.codec import Encoder
from tardis.protocol.conversation import Way
from tardis.protocol.messages import (
    Alive,
    CloseSet,
    Goodbye,
    Hello,
    OpenSet,
    SetOpened,
    Trouble,
    UploadPart,
    Welcome,
)
from tardis.streams import MESSAGE_CODECS
from tests.protocol.samples import (
    FEEDS,
    WELCOME,
    Feed,
    Pair,
    feed_whole,
    heard,
    hello,
    messages_of,
    sample,
)


@pytest.fixture(params=FEEDS, ids=lambda feed: str(feed.__name__))
def feed(request: pytest.FixtureRequest) -> Feed:
    chosen: Feed = request.param
    return chosen


@pytest.mark.parametrize("is_json", [False, True], ids=["msgpack", "json"])
@pytest.mark.parametrize("compression", MESSAGE_CODECS)
def test_a_backup_is_heard_as_it_was_said(feed: Feed, compression: str, is_json: bool) -> None:
    pair = Pair(feed, is_json=is_json).greet(compression)
    pair.say(pair.client, sample(OpenSet, session="s", command_line=b"\xff" * 300))
    pair.say(pair.server, sample(SetOpened, filesystems=((1, "ext4", b"\0\xff"),)))
    pair.say(pair.client, sample(CloseSet))
    pair.say(pair.server, Trouble("store", "the disk is full", "buy another"))
    assert pair.client.state is State.CLOSED


def test_bytes_behind_a_message_are_the_next_one() -> None:
    client, server = Session(CLIENT), Session(SERVER)
    wire = client.send(hello()) + client.send(Trouble("store", "no", ""))
    assert feed_whole(server, wire) == [hello(), Trouble("store", "no", "")]


def test_the_server_answers_in_the_language_it_hears() -> None:
    pair = Pair(is_json=True)
    assert b'"hello"' in pair.say(pair.client, hello())
    assert b'"welcome"' in pair.say(pair.server, WELCOME)


@pytest.mark.parametrize("compression", MESSAGE_CODECS[1:])
def test_what_is_agreed_holds_right_after_the_welcome(compression: str) -> None:
    pair = Pair().greet(compression)
    long = sample(OpenSet, command_line=b"many words " * 100)
    assert len(pair.say(pair.client, long)) < 500


def test_an_unknown_compression_is_refused() -> None:
    server = Session(SERVER)
    with pytest.raises(RemoteProtocolError, match="unknown compression"):
        feed_whole(server, frame_of(Hello(1, "x", "castle", "zlib ")))


def frame_of(message: Message) -> bytes:
    """Return a frame as a hostile client would make it."""
    return Encoder().encode(message)


def test_speaking_out_of_turn_is_our_bug() -> None:
    with pytest.raises(LocalProtocolError, match="cannot send goodbye while GREETING"):
        Session(CLIENT).send(Goodbye())


def test_hearing_out_of_turn_is_theirs() -> None:
    server = Session(SERVER)
    server.receive_data(Session(CLIENT).send(hello()) * 2)
    assert server.next_message() == hello()
    with pytest.raises(RemoteProtocolError, match="the peer sent hello while GREETED"):
        server.next_message()


def test_only_some_things_may_be_said_now() -> None:
    pair = Pair()
    assert pair.client.may_send(Hello)
    assert not pair.client.may_send(Alive)
    assert not pair.server.may_send(Hello)
    assert pair.greet().server.may_send(Alive)


@given(st.data())
def test_every_legal_walk_stays_in_step(data: st.DataObject) -> None:
    pair = Pair(data.draw(st.sampled_from(FEEDS)), is_json=data.draw(st.booleans()))
    while pair.client.state is not State.CLOSED:
        steps = [(way, kind) for state, way, kind in CLIENT if state is pair.client.state]
        way, kind = data.draw(st.sampled_from(sorted(steps, key=str)))
        speaker = pair.client if way is Way.SENT else pair.server
        pair.say(speaker, data.draw(messages_of(kind)))


@given(st.data())
def test_an_illegal_step_is_refused_by_both(data: st.DataObject) -> None:
    pair = Pair().greet()
    kind = data.draw(st.sampled_from([Hello, Welcome, SetOpened, CloseSet, UploadPart]))
    message = data.draw(messages_of(kind))
    with pytest.raises(LocalProtocolError):
        pair.client.send(message)
    with pytest.raises(RemoteProtocolError):
        feed_whole(pair.server, frame_of(message))
    assert pair.client.state is pair.server.state is State.READY


@given(st.binary(max_size=200), st.booleans())
@example(b"\0\0\0\0", False)
@example(b"\0\0\0\x02[]", False)
@example(b"\0\0\0\x01\x90", False)
@example(b"\0\0\0\x03[1]", True)
def test_noise_is_refused_and_nothing_else_happens(noise: bytes, is_greeted: bool) -> None:
    server = Pair().greet().server if is_greeted else Session(SERVER)
    server.receive_data(noise)
    try:
        assert all(message.KIND for message in heard(server))
    except RemoteProtocolError:
        assert server.state in (State.GREETING, State.GREETED, State.READY, State.OPENING)
