from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import UsageError
from tardis.web.pages.arguments import Arguments, packed, with_arguments

NAMES = st.binary(min_size=1, max_size=60).filter(lambda name: b"\0" not in name)


@given(NAMES)
def test_any_name_comes_back_from_a_link_as_it_was(name: bytes) -> None:
    address = with_arguments("/pages", {"path": name, "set": 3})
    query = address.partition("?")[2]
    assert query.isascii() and not set(query) & set("\"'<> \r\n")
    assert Arguments(query.encode()).data("path") == name


@given(NAMES)
def test_any_name_comes_back_from_a_form_as_it_was(name: bytes) -> None:
    assert Arguments(f"path64={packed(name)}".encode()).data("path") == name


def test_what_is_not_given_is_left_out_of_an_address() -> None:
    assert with_arguments("/x", {"a": None, "b": "", "c": b""}) == "/x"
    assert with_arguments("/x", {"a": 0, "path": b"/srv/a b"}) == "/x?a=0&path=/srv/a%20b"


def test_numbers_and_texts_are_read() -> None:
    given = Arguments(b"set=12&q=caf%C3%A9+x&empty=")
    assert (given.number("set"), given.number("none", 7), given.number("empty")) == (12, 7, 0)
    assert given.text("q") == "café x"
    assert (given.has("set"), given.has("empty"), given.has("none")) == (True, False, False)
    assert Arguments(b"q=%ff").text("q") == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "query",
    [b"set=-1", b"set=1e3", b"set=" + b"9" * 19, b"set=%D9%A3", b"set=1%00"],
)
def test_what_is_no_number_is_refused(query: bytes) -> None:
    with pytest.raises(UsageError):
        Arguments(query).number("set")


@pytest.mark.parametrize(
    "query",
    [b"path=%00", b"path=a/../b", b"path=..%2f..", b"path=%2e%2e", b"path64=Li4=", b"path64=a",
     b"path64=*"],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(query: bytes) -> None:
    with pytest.raises(UsageError):
        Arguments(query).path()


def test_days_are_read_in_a_zone() -> None:
    given = Arguments(b"from=2026-11-22&to=")
    assert given.day("from", UTC) == datetime(2026, 11, 22, tzinfo=UTC)
    assert given.day("to", UTC) is None and given.day("none", UTC) is None


@pytest.mark.parametrize("query", [b"from=2026-13-01", b"from=yesterday", b"from=2026-1-1%00"])
def test_what_is_no_day_is_refused(query: bytes) -> None:
    with pytest.raises(UsageError):
        Arguments(query).day("from", UTC)


def test_names_with_dots_are_names() -> None:
    assert Arguments(b"path=/a/...b/c..").path() == b"/a/...b/c.."


def test_addresses_that_are_too_long_are_refused() -> None:
    with pytest.raises(UsageError):
        Arguments(b"a=" + b"x" * 20_000)
    with pytest.raises(UsageError):
        Arguments(b"&".join(b"a%d=1" % at for at in range(50)))
