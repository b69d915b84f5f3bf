"""What a client says of itself reaches no log, lock or name before it was looked at."""

from dataclasses import replace

import pytest

from tardis.model import RemoteProtocolError, Repository, StoreError, UsageError
from tardis.protocol import PROTOCOL
from tardis.protocol.messages import AddRoot, CloseSet, Hello, Listing
from tardis.server import checks
from tests.server.talker import WISH, Kit, Talker, ancestors

HELLO = Hello(PROTOCOL, "tardis 1.0", "box", "none")
ODD = ("line\nbreak", "escape\x1b[2J", "nul\0", "x" * 201)


def test_usual_words_are_taken() -> None:
    checks.check_hello(HELLO)
    checks.check_wish(WISH)
    checks.check_wish(replace(WISH, name="before upgrade", format="Odd-%Y", session="0123abcd"))
    checks.check_end(CloseSet(1, 1, 0, 0))
    checks.check_owners(((False, 0, b"root"), (True, (1 << 32) - 2, b"nogroup")), 5)


@pytest.mark.parametrize("odd", ODD)
def test_a_program_or_session_that_would_forge_a_log_line_is_refused(odd: str) -> None:
    with pytest.raises(RemoteProtocolError):
        checks.check_hello(replace(HELLO, program=odd))
    with pytest.raises(RemoteProtocolError):
        checks.check_wish(replace(WISH, session=odd))
    with pytest.raises(UsageError):
        checks.check_wish(replace(WISH, format=odd))


def test_a_label_is_short() -> None:
    with pytest.raises(RemoteProtocolError):
        checks.check_wish(replace(WISH, label="x" * 201))


@pytest.mark.parametrize("size, problems", [(-1, 0), (0, -1)])
def test_a_set_does_not_end_below_zero(size: int, problems: int) -> None:
    with pytest.raises(RemoteProtocolError):
        checks.check_end(CloseSet(0, 0, size, problems))


def test_owners_are_counted_and_their_names_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RemoteProtocolError):
        checks.check_owners(((False, 1, b"x" * 1025),), 0)
    monkeypatch.setattr(checks, "MOST_OWNERS", 2)
    checks.check_owners(((False, 1, b"x"),), 1)
    with pytest.raises(RemoteProtocolError):
        checks.check_owners(((False, 1, b"x"),), 2)


@pytest.mark.parametrize("path", [b"/", b"/a", b"a", b"/a/b/c"])
def test_a_root_comes_with_one_ancestor_for_each_component(path: bytes) -> None:
    checks.check_root(AddRoot(path, (1, 2, 0), b"", ancestors(path)))
    with pytest.raises(RemoteProtocolError):
        checks.check_root(AddRoot(path, (1, 2, 0), b"", ()))
    with pytest.raises(RemoteProtocolError):
        checks.check_root(AddRoot(path, (1, 2, 0), b"a/b", ancestors(path)))


@pytest.mark.parametrize("path", [b"", b"//", b"/a/", b"a//b", b"/.", b"a/../b", b"\0"])
def test_a_path_that_leads_elsewhere_is_no_root(path: bytes) -> None:
    names = tuple((name, 0, 0, 0, 0, 0, b"") for name in path.removeprefix(b"/").split(b"/"))
    with pytest.raises(RemoteProtocolError):
        checks.check_root(AddRoot(path, (1, 2, 0), b"", names))


def test_borders_may_be_one_byte_longer_than_a_name() -> None:
    listing = Listing(0, (1, 2, 0), b"x" * 362, b"x" * 362 + b"\0", b"", b"", (), ())
    checks.check_range(listing)
    with pytest.raises(RemoteProtocolError):
        checks.check_range(replace(listing, end=b"x" * 364))


@pytest.mark.parametrize("name", ["../up", "a/b", "Current", "12", "..", "nul\0", "x" * 5000])
def test_a_set_is_not_opened_under_a_name_that_cannot_be(
    kit: Kit, talker: Talker, name: str
) -> None:
    talker.greet()
    talker.hear()
    talker.say(replace(WISH, name=name))
    assert isinstance(talker.trouble(), UsageError)
    assert not (kit.base / "box").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".server", "x" * 256, "a\nb"])
def test_a_store_is_never_looked_for_under_a_name_that_cannot_be(
    kit: Kit, talker: Talker, name: str
) -> None:
    talker.greet(name)
    assert isinstance(talker.trouble(), UsageError)
    assert not kit.base.exists()


def test_only_schemes_that_exist_are_wished_for() -> None:
    for scheme in ("", "modern", "classic"):
        checks.check_wish(replace(WISH, scheme=scheme))
    with pytest.raises(UsageError):
        checks.check_wish(replace(WISH, scheme="odd"))


def test_a_store_keeps_its_scheme() -> None:
    repository = Repository(bytes(16), "classic", bytes(32))
    for scheme in ("", "classic"):
        checks.check_scheme(replace(WISH, scheme=scheme), repository)
    with pytest.raises(StoreError, match="is classic, not modern"):
        checks.check_scheme(replace(WISH, scheme="modern"), repository)
