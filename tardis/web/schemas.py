"""JSON Schema of what is answered and asked: made of the type hints that mypy goes by.

A shape is a `TypedDict`; its docstring, in the house's form, describes it and its fields.
"""

import inspect
import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Required, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

_PLAIN: Mapping[Any, Schema] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


def schema_of(hint: Any) -> Schema:
    """Return the schema of *hint*; shapes within are references to ``components``."""
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    origin, parts = get_origin(hint), get_args(hint)
    if origin is list:
        return {"type": "array", "items": schema_of(parts[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(parts[1])}
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin is UnionType:
        return {"anyOf": [schema_of(one) for one in parts]}
    return {"$ref": f"#/components/schemas/{hint.__name__}"}


def component(shape: type) -> Schema:
    """Return the schema of a shape itself."""
    about, told = described(shape)
    fields = {}
    for name, hint in _fields(shape).items():
        fields[name] = schema_of(hint) | ({"description": told[name]} if name in told else {})
    needed = sorted(shape.__required_keys__)  # type: ignore[attr-defined]
    made: Schema = {"type": "object", "description": about, "properties": fields}
    if needed:
        made["required"] = needed
    return made | {"additionalProperties": False}


def shapes_in(hint: Any) -> list[type]:
    """Return all shapes that *hint* is made of, itself included."""
    if hint in _PLAIN or get_origin(hint) is Literal:
        return []
    parts = get_args(hint)
    if not parts:
        parts = tuple(_fields(hint).values())
        return [hint, *(found for part in parts for found in shapes_in(part))]
    return [found for part in parts for found in shapes_in(part)]


def fits(value: Any, hint: Any) -> bool:
    """Tell whether *value*, as JSON was read, is what *hint* says, with no field too many."""
    if hint in _PLAIN:
        return hint is Any or (type(value) is hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is list:
        return isinstance(value, list) and all(fits(one, parts[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(one, parts[1]) for one in value.values())
    if origin is Literal:
        return value in parts
    if origin is UnionType:
        return any(fits(value, part) for part in parts)
    return isinstance(value, dict) and _fits_shape(value, hint)


def _fits_shape(value: Mapping[str, Any], shape: type) -> bool:
    fields = _fields(shape)
    needed: frozenset[str] = shape.__required_keys__  # type: ignore[attr-defined]
    return needed <= set(value) <= set(fields) and all(
        fits(one, fields[name]) for name, one in value.items()
    )


def _fields(shape: type) -> dict[str, Any]:
    hints = get_type_hints(shape)
    return {
        name: get_args(hint)[0] if get_origin(hint) in (NotRequired, Required) else hint
        for name, hint in hints.items()
    }


def described(thing: Any) -> tuple[str, dict[str, str]]:
    """Return what a docstring says of a shape, and of each of its attributes."""
    text = inspect.cleandoc(thing.__doc__ or "")
    about, _, rest = text.partition("\nAttributes:\n")
    told: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if found := re.match(r" {4}(\w+): (.*)", line):
            name = found[1]
            told[name] = found[2]
        elif name and line.startswith(" " * 8):
            told[name] += f" {line.strip()}"
    return about.strip().replace("``", "`"), {
        one: words.replace("``", "`") for one, words in told.items()
    }
