"""The first words: they fit into what is read of a stranger, and nothing else does."""

import pytest

from tardis.model import RemoteProtocolError
from tardis.protocol import SERVER, Session
from tardis.protocol.codec import MAX_GREETING, Encoder
from tardis.protocol.greetings import Hello, OpenSet, Welcome
from tests.protocol.samples import Pair, feed_whole, sample


@pytest.mark.parametrize("is_json", [False, True])
def test_long_names_fit_into_a_greeting(is_json: bool) -> None:
    pair = Pair(is_json=is_json)
    frames = [
        pair.say(pair.client, Hello(1, "p" * 1000, "c" * 1000, "zlib-stream")),
        pair.say(pair.server, Welcome(1, "p" * 1000)),
    ]
    assert max(map(len, frames)) < MAX_GREETING


def test_a_stranger_may_not_talk_long() -> None:
    wire = Encoder().encode(Hello(1, "p" * MAX_GREETING, "castle", "none"))
    with pytest.raises(RemoteProtocolError, match="over the limit"):
        feed_whole(Session(SERVER), wire)


def test_once_greeted_more_is_heard() -> None:
    pair = Pair().greet()
    pair.say(pair.client, sample(OpenSet, command_line=bytes(10 * MAX_GREETING)))
