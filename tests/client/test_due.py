"""Asking how old the newest set is; nothing else is said on that line."""

import pytest

from tardis.client import JobOptions, SetWish, ask_newest
from tardis.model import RemoteProtocolError
from tardis.protocol import PROTOCOL
from tardis.protocol.messages import AskNewest, Goodbye, Hello, Newest, SetClosed, Welcome
from tests.client.recorder import Recorder

OPTIONS = JobOptions("c", {}, SetWish(lineage=b"job:x"))


def test_the_lineage_is_asked_for_and_the_line_ends_in_order() -> None:
    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d"), Newest("Daily", 9)]
    assert ask_newest(line, OPTIONS) == Newest("Daily", 9)
    hello, *said = line.said
    assert isinstance(hello, Hello)
    assert said == [AskNewest(b"job:x"), Goodbye()]


def test_another_answer_is_refused() -> None:
    line = Recorder()
    line.answers += [Welcome(PROTOCOL, "d"), SetClosed("s", 0, 0, 0, 0)]
    with pytest.raises(RemoteProtocolError):
        ask_newest(line, OPTIONS)
