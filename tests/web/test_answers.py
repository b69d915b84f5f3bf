"""What all answers have in common."""

from dataclasses import replace

from tardis.model import TardisError, error_classes
from tardis.store import Place
from tardis.web import make_app, renew
from tardis.web.answers import status_of
from tests.web.site import ALICE, Site
from tests.web.visitor import Visitor

URL = f"/api/v1/clients/{ALICE}/sets"


def test_every_answer_carries_the_headers_that_keep_browsers_safe(site: Site) -> None:
    with site.at(ALICE) as one:
        for url in (URL, "/nowhere", "/api/v1/session", f"{URL}?limit=x"):
            headers = one.get(url).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert (
                headers["Cache-Control"] in ("no-store", "private, no-cache")
                and "Cookie" in headers["Vary"]
            )
            assert "Python" not in headers["Server"] and "/" not in headers["Server"]


def test_what_there_is_not_is_told_in_json(visitor: Visitor) -> None:
    answer = visitor.get("/nowhere")
    assert (answer.status, answer.error) == (404, "not-found")
    answer = visitor.ask("DELETE", "/api/v1/session")
    assert (answer.status, answer.error) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]
    assert visitor.get("/api//v1/session").status == 404


def test_every_error_has_a_status_of_its_own_kind() -> None:
    for kind in error_classes():
        if kind is not TardisError:
            assert 400 <= status_of(kind("words")) < 600
    assert {status_of(one("x")) for one in error_classes() if one.wire_code == "rights"} == {403}


def test_a_store_that_cannot_be_used_is_no_fault_of_the_program(site: Site) -> None:
    catalog = site.base / ALICE / "tardis.db"
    with site.at(ALICE) as one:
        catalog.rename(catalog.with_name("away"))
        try:
            answer = one.get(URL)
        finally:
            catalog.with_name("away").rename(catalog)
        assert (answer.status, answer.error) == (503, "store")
        assert any("StoreError" in line for line in site.log)
        assert one.get(URL).status == 200


def test_long_answers_are_compressed_if_the_browser_takes_that(site: Site) -> None:
    with site.at(ALICE) as one:
        plain, packed = one.get(URL), one.get(URL, Accept_Encoding="br, gzip")
        assert plain.headers["Content-Encoding"] is None
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.body) < len(plain.body) and packed.json == plain.json
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert one.get(URL, Accept_Encoding="gzip;q=0").headers["Content-Encoding"] is None
        small = one.get("/api/v1/session", Accept_Encoding="gzip")
        assert small.headers["Content-Encoding"] is None


def test_requests_and_call_chains_are_logged_where_that_is_wanted(site: Site) -> None:
    options = replace(site.options, verbose=2, log_details=True)
    loud = Site(site.base, options)
    with loud.serving(), loud.visitor() as one:
        one.get(f"{URL}?limit=7")
        assert f"127.0.0.1: GET {URL}: 401" in loud.log
        assert not [line for line in loud.log if "limit" in line]  # a query may hold names
        [chain] = [line for line in loud.log if "AuthenticationError" in line]
        assert "Traceback" in chain
    assert not [line for line in site.log if "Traceback" in line and "not logged in" in line]


def test_other_options_count_from_the_next_request_on(site: Site) -> None:
    app = make_app(site.options, site.note)
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    renew(app, replace(site.options, rate=0.1, place=Place("/nowhere")))
    statuses = [client.get("/healthz").status_code for _ in range(2)]
    assert statuses == [200, 429]  # the place of the stores has stayed, the rate has not
