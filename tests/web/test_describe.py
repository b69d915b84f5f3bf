"""The document, as it is served."""

from tardis.web.describe import described_by
from tests.web.site import ALICE, Site
from tests.web.visitor import Visitor

URL = "/api/v1/openapi.json"


def test_it_is_the_same_for_everybody(site: Site, visitor: Visitor) -> None:
    with site.at(ALICE) as one:
        assert one.get(URL).json == visitor.get(URL).json


def test_it_is_compressed_for_those_who_take_that(visitor: Visitor) -> None:
    plain, packed = visitor.get(URL), visitor.get(URL, Accept_Encoding="gzip")
    assert packed.json == plain.json
    assert len(packed.body) * 3 < len(plain.body)


def test_it_tells_of_no_client(visitor: Visitor) -> None:
    text = visitor.get(URL).body.decode()
    assert ALICE not in text and "/tmp/" not in text


def test_it_names_its_form_and_whose_it_is(visitor: Visitor) -> None:
    told = visitor.get(URL).json
    assert told["openapi"].startswith("3.1.")
    assert told["info"]["license"] == {"name": "MIT"}
    assert set(told["components"]["securitySchemes"]) == {"session", "token"}


def test_of_no_routes_it_tells_none() -> None:
    assert described_by([]).name == "openapi"


def test_it_may_not_be_kept_by_others_and_changes_nothing(visitor: Visitor) -> None:
    answer = visitor.get(URL)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get_all("Set-Cookie") is None
    for method in ("POST", "PUT", "DELETE"):
        assert visitor.ask(method, URL).status == 405
