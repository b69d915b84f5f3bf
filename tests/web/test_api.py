"""Reading the parts of a query, and bodies."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import UsageError
from tardis.web.api import LIMIT, Param, read_query
from tests.web.site import Site
from tests.web.test_server import raw
from tests.web.visitor import Visitor

PATH = Param("path", bytes, b"", "where", is_required=True)


@given(st.binary())
def test_any_bytes_survive(path: bytes) -> None:
    query = f"limit=7&path={quote_from_bytes(path, safe='')}".encode()
    assert read_query(query, (PATH, LIMIT)) == {PATH: path, LIMIT: 7}


@given(st.binary())
def test_noise_is_read_or_refused(noise: bytes) -> None:
    try:
        found = read_query(noise, (PATH, LIMIT))
    except UsageError:
        return
    assert isinstance(found[PATH], bytes)


def test_what_must_be_there() -> None:
    with pytest.raises(UsageError, match="path is missing"):
        read_query(b"", (PATH,))
    assert read_query(b"path=", (PATH, LIMIT)) == {PATH: b"", LIMIT: 1000}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"client": 1}',
        b'{"client": "a", "x": 1}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_bodies_that_do_not_fit_are_refused(visitor: Visitor, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = visitor.ask("POST", "/api/v1/login/begin", body, headers)
    assert (answer.status, answer.error) == (400, "usage")


def test_a_body_has_to_say_that_it_is_json(visitor: Visitor) -> None:
    """A form of another site cannot, without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = visitor.ask(
            "POST", "/api/v1/login/begin", b'{"client": "a"}', {"Content-Type": kind}
        )
        assert answer.status == 400, kind


def test_a_body_that_is_too_long_is_refused_before_it_is_read(site: Site) -> None:
    head = b"POST /api/v1/login/begin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % ((1 << 20) + 1)
    said = raw(site.port, head)
    assert said.startswith(b"HTTP/1.1 413 ") and b'"error":"request-entity-too-large"' in said
