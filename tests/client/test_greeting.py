import pytest

from tardis.client import JobOptions, SetWish
from tardis.client.greeting import open_set
from tardis.model import RemoteProtocolError
from tardis.protocol import PROTOCOL
from tardis.protocol.messages import Hello, OpenSet, SetClosed, SetOpened, Welcome
from tests.client.fakes import KEY
from tests.client.recorder import Recorder

OPENED = SetOpened(1, "s", True, bytes(16), "modern", KEY, ())


def test_we_say_who_we_are_and_what_we_wish() -> None:
    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d"), OPENED]
    wish = SetWish(name="n", priority=3, is_creating=True, lineage=b"l", session="s")
    assert open_set(line, JobOptions("c", {}, wish, "zlib")) == (OPENED, None)
    hello, asked = line.said
    assert isinstance(hello, Hello)
    assert (hello.client, hello.compression) == ("c", "zlib")
    assert isinstance(asked, OpenSet)
    assert (asked.name, asked.priority, asked.is_creating, asked.session) == ("n", 3, True, "s")
    assert asked.client_time_ns > 10**18
    assert line.beats


def test_another_answer_is_refused() -> None:
    line = Recorder()
    line.answers.append(SetClosed("s", 0, 0, 0, 0))
    with pytest.raises(RemoteProtocolError):
        open_set(line, JobOptions("c", {}))


def test_a_scheme_is_wished_for_and_one_that_we_do_not_know_is_refused() -> None:
    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d"), SetOpened(1, "s", True, bytes(16), "odd", KEY, ())]
    with pytest.raises(RemoteProtocolError, match="a format 'odd'"):
        open_set(line, JobOptions("c", {}, SetWish(scheme="classic")))
    asked = line.said[1]
    assert isinstance(asked, OpenSet) and asked.scheme == "classic"
