"""Messages made from the types of their fields, and pairs of sessions with a perfect wire."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from tardis.protocol import CLIENT, SERVER, Message, Session
from tardis.protocol.messages import MESSAGES, Hello, Welcome

Feed = Callable[[Session, bytes], list[Message]]

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    bytes: st.binary(max_size=40),
    int: NUMBERS,
    bool: st.booleans(),
    NoneType: st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for what a field of type *hint* may hold."""
    if isinstance(hint, UnionType):
        return st.one_of([values_of(part) for part in get_args(hint) if part is not memoryview])
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        if rest == [Ellipsis]:
            return st.lists(values_of(first), max_size=4).map(tuple)
        return st.tuples(*map(values_of, (first, *rest)))
    return PLAIN[hint]


def messages_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Return a strategy for messages of *kind*; a greeting asks for a known compression."""
    hints = get_type_hints(kind)
    made = {field.name: values_of(hints[field.name]) for field in fields(kind)}
    if kind is Hello:
        made["compression"] = st.sampled_from(["none", "zlib", "zlib-stream", "snappy", "zstd"])
    return st.builds(kind, **made)


ANY_MESSAGE = st.one_of([messages_of(kind) for kind in MESSAGES])


def sample(kind: type[Message], **known: Any) -> Message:
    """Return the plainest message of *kind*: zeros and empties, but for what is *known*."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _plainest(hints[field.name]) for field in fields(kind)} | known)


def _plainest(hint: Any) -> Any:
    if get_origin(hint) is tuple:
        first, *rest = get_args(hint)
        return () if rest == [Ellipsis] else tuple(map(_plainest, (first, *rest)))
    return None if isinstance(hint, UnionType) else hint()


def hello(compression: str = "none") -> Hello:
    """Return a client's first words."""
    return Hello(version=1, program="test 1", client="castle", compression=compression)


WELCOME = Welcome(version=1, program="test 1")


def heard(session: Session) -> Iterator[Message]:
    """Yield what *session* can make of the bytes it was given."""
    while (message := session.next_message()) is not None:
        yield message


def feed_whole(session: Session, wire: bytes) -> list[Message]:
    """Feed *wire* at once."""
    session.receive_data(wire)
    return list(heard(session))


def feed_bytes(session: Session, wire: bytes) -> list[Message]:
    """Feed *wire* byte by byte; nothing may be heard before the last."""
    for byte in wire[:-1]:
        session.receive_data(bytes([byte]))
        assert session.next_message() is None
    return feed_whole(session, wire[-1:])


def feed_trailing(session: Session, wire: bytes) -> list[Message]:
    """Feed *wire* in two halves, cut after the length."""
    session.receive_data(wire[:4])
    assert session.next_message() is None
    return feed_whole(session, wire[4:])


FEEDS: tuple[Feed, ...] = (feed_whole, feed_bytes, feed_trailing)


class Pair:
    """A client's and a server's session with a perfect wire between them."""

    def __init__(self, feed: Feed = feed_whole, *, is_json: bool = False) -> None:
        self.client, self.server = Session(CLIENT, is_json=is_json), Session(SERVER)
        self.feed = feed

    def say(self, speaker: Session, message: Message) -> bytes:
        """Send *message*, insist that it is heard unchanged, and return its frame."""
        listener = self.server if speaker is self.client else self.client
        wire = speaker.send(message)
        assert self.feed(listener, wire) == [message]
        assert self.client.state is self.server.state
        return wire

    def greet(self, compression: str = "none") -> "Pair":
        """Say hello and welcome; return the pair."""
        self.say(self.client, hello(compression))
        self.say(self.server, WELCOME)
        return self
