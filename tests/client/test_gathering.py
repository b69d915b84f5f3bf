"""Small files are told many to a message, each with its code where there is one."""

import pytest

from tardis.client import gathering
from tardis.client.gathering import Gathering
from tardis.protocol.messages import Contents, Digests, Unread
from tests.client.recorder import Recorder

FILE = (1, 2, 0, b"", bytes(32), 3, 0, b"abc")
TOLD = (1, 2, 0, b"", bytes(32), 3)


def test_what_was_gathered_is_said_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Recorder()
    one = Gathering(line)
    assert not one.digest(TOLD, b"d" * 24) and not one.content(FILE, b"c" * 24)
    one.unread((1, 3, 2, "why"), b"u" * 16)
    assert not line.said
    one.flush()
    contents, digests, unread = line.said
    assert isinstance(contents, Contents) and isinstance(digests, Digests)
    assert isinstance(unread, Unread)
    assert (contents.items, contents.macs) == ((FILE,), b"c" * 24)
    assert (digests.items, digests.macs) == ((TOLD,), b"d" * 24)
    assert (unread.items, unread.macs) == (((1, 3, 2, "why"),), b"u" * 16)
    one.flush()
    assert len(line.said) == 3


def test_a_message_is_said_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Recorder()
    one = Gathering(line)
    monkeypatch.setattr(gathering, "FRAME_BYTES", 6)
    assert [one.content(FILE, b"") for _ in range(4)] == [False, True, False, True]
    assert [len(said.items) for said in line.said if isinstance(said, Contents)] == [2, 2]
    assert all(not said.macs for said in line.said if isinstance(said, Contents))
    monkeypatch.setattr(gathering, "FRAME_ITEMS", 2)
    one.content(FILE, b"")
    assert [one.digest(TOLD, b"") for _ in range(2)] == [False, True]
    assert [type(said) for said in line.said[2:]] == [Contents, Digests]  # some may be theirs


def test_batches_are_said_when_they_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Recorder()
    one = Gathering(line)
    monkeypatch.setattr(gathering, "FRAME_BYTES", 9)
    one.contents([FILE, FILE], [b"c" * 24, b"d" * 24])
    assert not line.said
    one.contents([FILE, FILE], [b"e" * 24, b"f" * 24])
    one.contents([FILE], [])
    (said,) = line.said
    assert isinstance(said, Contents) and said.items == (FILE,) * 4
    assert said.macs == b"c" * 24 + b"d" * 24 + b"e" * 24 + b"f" * 24
    monkeypatch.setattr(gathering, "FRAME_ITEMS", 2)
    one.contents([FILE], [])
    assert [len(said.items) for said in line.said if isinstance(said, Contents)] == [4, 2]
