"""The document of the API says what there is, and what is answered fits it."""

import json
from typing import Any

import pytest

from tardis.web import APIS
from tardis.web.openapi import document
from tests.web.site import ALICE, Site
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document([route for one in APIS for route in one.routes], "1.0")


def test_every_route_and_every_shape_is_told(told: dict[str, Any]) -> None:
    routes = [route for one in APIS for route in one.routes]
    operations = [each for place in told["paths"].values() for each in place.values()]
    assert len(operations) == len(routes) == len({each["operationId"] for each in operations})
    text = json.dumps(told)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named == set(told["components"]["schemas"])
    for each in operations:
        assert each["summary"] and "200" in each["responses"]
        assert all(param["description"] for param in each["parameters"])


def test_every_field_is_described(told: dict[str, Any]) -> None:
    for name, schema in told["components"]["schemas"].items():
        assert schema["description"], name
        for field, what in schema["properties"].items():
            assert "description" in what, f"{name}.{field}"


def test_routes_that_change_something_need_a_session_and_its_token(told: dict[str, Any]) -> None:
    for place, operations in told["paths"].items():
        for method, each in operations.items():
            needs = set(each.get("security", [{}])[0])
            if "{client}" in place:
                assert needs == ({"session", "token"} if method == "post" else {"session"}), place
                assert {"401", "403"} <= set(each["responses"])


def test_the_document_is_served_to_anybody(visitor: Visitor, told: dict[str, Any]) -> None:
    found = visitor.get("/api/v1/openapi.json").json
    assert found["paths"] == json.loads(json.dumps(told["paths"]))
    assert found["info"]["title"] == "Tardis"


def test_whoever_is_logged_in_sees_every_place_that_is_told(
    site: Site, told: dict[str, Any]
) -> None:
    with site.at(ALICE) as one:
        for place, operations in told["paths"].items():
            url = place.format(client=ALICE, set="first", digest="00")
            if "get" in operations:
                needed = [each["name"] for each in operations["get"]["parameters"]
                          if each["in"] == "query" and each["required"]]  # fmt: skip
                answer = one.get(url + ("?path=top/a" if needed else ""))
                assert str(answer.status) in operations["get"]["responses"], answer
