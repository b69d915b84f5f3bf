"""Names made printable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.render import escape_controls, escape_name, escape_names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain name", "plain name"),
        ("grüße".encode(), "grüße"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"a\nb\t\x1b[31m\x7f\x00", "a\\x0ab\\x09\\x1b[31m\\x7f\\x00"),
        (b"back\\slash", "back\\\\slash"),
        ("\u202eexe.txt\u202c", "\\u202eexe.txt\\u202c"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\u200b\u2028\x85\ufeff", "\\u200b\\u2028\\u0085\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\xff"),
    ],
)
def test_escapes(name: bytes | str, shown: str) -> None:
    assert escape_name(name) == shown


def test_messages_keep_their_backslashes() -> None:
    assert escape_controls("a\\x0a b\r\n") == "a\\x0a b\\x0d\\x0a"


@given(st.binary())
def test_any_name_becomes_printable_and_encodable(name: bytes) -> None:
    shown = escape_name(name)
    assert shown.isprintable()
    shown.encode("utf-8")


def _unescape(shown: str) -> bytes:
    def plain(match: re.Match[str]) -> str:
        body = match.group(1)
        if body == "\\":
            return "\\"
        number = int(body[1:], 16)
        return chr(number + 0xDC00 if body[0] == "x" and number >= 0x80 else number)

    text = re.sub(r"\\(\\|x..|u....|U.{8})", plain, shown)
    return text.encode("utf-8", "surrogateescape")


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_escaping_is_reversible(name: bytes) -> None:
    assert _unescape(escape_name(name)) == name


@given(st.lists(st.binary(min_size=1, max_size=6).filter(lambda name: b"\0" not in name)))
def test_many_names_are_escaped_as_each_alone(names: list[bytes]) -> None:
    assert escape_names(names) == [escape_name(name) for name in names]
    assert escape_names([b"plain", "gr\u00fcn".encode()]) == ["plain", "gr\u00fcn"]
