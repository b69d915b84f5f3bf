"""Shapes: their JSON Schema, and whether values fit them."""

from typing import Any, Literal, NotRequired, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.web.schemas import component, described, fits, schema_of, shapes_in


class Inner(TypedDict):
    """Something small.

    Attributes:
        count: How many
            there are.
    """

    count: int


class Outer(TypedDict):
    """Something that holds others.

    Attributes:
        inner: Some.
        word: One of two ``words``.
    """

    inner: list[Inner]
    word: Literal["yes", "no"]
    more: NotRequired[dict[str, str | None]]


def test_a_shape_becomes_a_schema() -> None:
    assert component(Inner) == {
        "type": "object",
        "description": "Something small.",
        "properties": {"count": {"type": "integer", "description": "How many there are."}},
        "required": ["count"],
        "additionalProperties": False,
    }
    fields = component(Outer)["properties"]
    assert fields["inner"]["items"] == {"$ref": "#/components/schemas/Inner"}
    assert fields["word"]["enum"] == ["yes", "no"]
    assert fields["more"]["additionalProperties"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    assert component(Outer)["required"] == ["inner", "word"]


def test_all_shapes_within_are_found() -> None:
    assert shapes_in(list[Outer]) == [Outer, Inner]
    assert shapes_in(int | None) == shapes_in(Any) == []
    assert schema_of(Any) == {}


@pytest.mark.parametrize(
    "value",
    [{}, {"count": "1"}, {"count": True}, {"count": 1.0}, {"count": 1, "x": 2}, [], None, "count"],
)
def test_what_does_not_fit(value: Any) -> None:
    assert fits({"count": 1}, Inner)
    assert not fits(value, Inner)


def test_what_fits_within() -> None:
    good = {"inner": [{"count": 1}], "word": "yes", "more": {"a": None, "b": "c"}}
    assert fits(good, Outer) and fits(good | {"inner": []}, Outer)
    for bad in ({"inner": [1]}, {"word": "maybe"}, {"more": {"a": 1}}, {"inner": {"count": 1}}):
        assert not fits(good | bad, Outer)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4))
def test_any_json_fits_or_does_not(value: Any) -> None:
    assert fits(value, Any)
    assert fits(value, Inner) is False


def test_a_docstring_tells_of_attributes() -> None:
    assert described(Outer)[1] == {"inner": "Some.", "word": "One of two `words`."}
    assert described(object()) == (described(object())[0], {})
