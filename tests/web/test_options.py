"""What the administrator decides."""

from dataclasses import replace

from tardis.crypto import stretch
from tardis.model import USUAL_RIGHTS
from tardis.store import Place, open_reader
from tardis.web import WebOptions
from tardis.web.options import BODY_BYTES, HEADER_BYTES

USUAL = WebOptions(Place("/srv/tardis"), "test")


def test_what_nobody_has_decided_is_the_safe_choice() -> None:
    assert USUAL.rights == USUAL_RIGHTS
    assert not USUAL.allow_open and not USUAL.is_local
    assert USUAL.metrics_token == "" and USUAL.binding == b""
    assert USUAL.rate > 0 and USUAL.verbose == 0 and not USUAL.log_details
    assert USUAL.open_store is open_reader and USUAL.stretch is stretch


def test_rights_bind_all_who_come_by_http() -> None:
    assert not replace(USUAL, allow_open=True).is_local


def test_nothing_shows_the_token_of_monitoring() -> None:
    assert "a-secret" not in repr(replace(USUAL, metrics_token="a-secret"))


def test_what_a_request_may_bring_is_small() -> None:
    assert 0 < HEADER_BYTES < BODY_BYTES <= 1 << 20
