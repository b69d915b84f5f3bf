"""``[tardis://]host[:port][/client]`` and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import ConfigError
from tardis.net import parse_server_url
from tardis.net.address import show_address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("castle", ("castle", None, None)),
        (" castle ", ("castle", None, None)),
        ("castle:99", ("castle", 99, None)),
        ("castle/tower", ("castle", None, "tower")),
        ("castle:99/tower", ("castle", 99, "tower")),
        ("castle/", ("castle", None, None)),
        ("castle:99/tower/", ("castle", 99, "tower")),
        ("tardis://castle", ("castle", None, None)),
        ("TARDIS://castle:1/tower", ("castle", 1, "tower")),
        ("tardis://castle.example:65535", ("castle.example", 65535, None)),
        ("192.0.2.1:7420", ("192.0.2.1", 7420, None)),
        ("[::1]", ("::1", None, None)),
        ("[::1]:99/tower", ("::1", 99, "tower")),
        ("tardis://[fe80::1%eth0]/tower", ("fe80::1%eth0", None, "tower")),
    ],
)
def test_a_server_is_named(text: str, meant: tuple[str, int | None, str | None]) -> None:
    assert parse_server_url(text) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no host"),
        ("tardis://", "no host"),
        ("tardis:///tower", "no host"),
        (":99", "no host"),
        ("[]:99", "no host"),
        ("two words", "no host"),
        ("http://castle", "only tardis://"),
        ("castle:", "port"),
        ("castle:0", "port"),
        ("castle:65536", "port"),
        ("castle:-1", "port"),
        ("castle:99x", "port"),
        ("castle:\N{ARABIC-INDIC DIGIT ONE}", "port"),
        ("castle:" + "9" * 5000, "port"),
        ("[::1]:", "port"),
        ("::1", "several colons"),
        ("[::1", "brackets"),
        ("[::1]99", "brackets"),
        ("castle/tower/cellar", "no slash"),
        ("castle//tower", "no slash"),
    ],
)
def test_what_names_no_server_is_refused_with_the_form(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as told:
        parse_server_url(text)
    assert "[tardis://]host[:port][/client]" in told.value.hint


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        host, port, client = parse_server_url(text)
    except ConfigError:
        return
    assert host
    assert port is None or 0 < port <= 65535
    assert client is None or "/" not in client


def test_an_address_is_shown_as_it_is_written() -> None:
    assert show_address("castle", 1) == "castle:1"
    assert parse_server_url(show_address("::1", 99)) == ("::1", 99, None)
