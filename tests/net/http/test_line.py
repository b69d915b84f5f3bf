"""The way to a server: logged in when needed, patient where that helps, plain when it does not."""

import pytest

from tardis.model import LineLostError, RemoteProtocolError, StoreError, UsageError
from tardis.net import Ticket, open_http, parse_http_url
from tardis.net.http import HttpLine
from tardis.net.http import line as module
from tardis.protocol import lookups
from tests.history.memory_raw import MemoryRaw
from tests.history.memory_reader import MemoryStore
from tests.web.lending import CLIENT, Far, Waiting

SETS = f"{lookups.BASE}/{CLIENT}/sets"


@pytest.fixture
def line(far: Far) -> HttpLine:
    far.lender.raw = MemoryRaw(MemoryStore())
    made = far.line()
    made.get(SETS)
    far.trouble.forget()
    return made


def test_one_login_serves_many_lines(far: Far, line: HttpLine) -> None:
    other = far.line()
    assert other.get(SETS) == line.get(SETS)
    assert far.trouble.count("begin") == 0
    line.close()
    other.close()


def test_a_session_that_is_over_is_begun_anew(far: Far, line: HttpLine) -> None:
    far.app.extensions["tardis"].sessions._known.clear()
    assert line.get(SETS)[0]
    assert [path for _, path, _ in far.trouble.asked] == [SETS, "/api/v1/login/begin", SETS]


def test_a_server_that_is_away_for_a_moment_is_waited_for(far: Far, line: HttpLine) -> None:
    far.trouble.statuses = ["502 Bad Gateway", "504 Gateway Timeout", "429 Slow Down"]
    assert line.get(SETS)[0]
    assert far.trouble.count("sets") == 4
    far.trouble.cuts = [1, 0]
    assert line.get(SETS)[0]
    line.close()


def test_patience_has_an_end(far: Far, line: HttpLine) -> None:
    far.trouble.statuses = ["502 Bad Gateway"] * 99
    with pytest.raises(LineLostError, match="cannot be reached"):
        line.get(SETS)
    assert 20 < 99 - len(far.trouble.statuses) < 40, "later and later, for a minute"
    far.trouble.forget()


def test_nobody_there_is_told_soon(far: Far) -> None:
    waiting = Waiting()
    place = parse_http_url("http://127.0.0.1:1/box", 1)
    line = HttpLine(place, Ticket("box", "main", None), sleep=waiting.sleep, clock=waiting)  # type: ignore[arg-type]
    with pytest.raises(LineLostError, match="refused") as caught:
        line.get(SETS)
    assert waiting.now <= module.FIRST_PATIENCE and "tardisremote" in caught.value.hint
    with pytest.raises(LineLostError):
        open_http(place, Ticket("box", "main", None))  # type: ignore[arg-type]


def test_a_refusal_is_what_the_server_says(far: Far, line: HttpLine) -> None:
    with pytest.raises(UsageError, match="whole number number"):
        line.get(f"{lookups.BASE}/{CLIENT}/roots", {"number": "x"})
    far.trouble.statuses = ["404 Not Found"]
    with pytest.raises(StoreError, match="status 404") as caught:
        line.get(SETS)
    assert "tardisremote" in caught.value.hint
    with pytest.raises(RemoteProtocolError):
        line.ask(f"{lookups.BASE}/{CLIENT}/contents", b"\xc1")


def test_an_answer_without_end_is_not_kept(line: HttpLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MAX_ANSWER", 10)
    with pytest.raises(RemoteProtocolError, match="longer"):
        line.get(SETS)
