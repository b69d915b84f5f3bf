"""The document of the API in the form of OpenAPI 3.1, made of the routes themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .api import BYTES, Route
from .guard import TOKEN_HEADER
from .schemas import Schema, component, described, schema_of, shapes_in
from .sessions import COOKIE

PATH: Final = "/api/v1/openapi.json"

_IN_RULE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_PARTS: Final = {
    "client": "Name of the client.",
    "set": "Name, number or tag of a set, or `Current` for the newest complete one.",
    "digest": "Checksum of a content, hexadecimal.",
}
_ALWAYS: Final = {
    400: "The request makes no sense.",
    429: "Too many requests came from this address.",
    500: "Stored bytes are damaged, or the server met a fault of its own.",
    503: "The store cannot be used.",
}
_OF_SESSIONS: Final = {401: "Nobody is logged in to that client."}
_OF_RIGHTS: Final = {403: "The client has no right to it, the token is missing, or keys are."}
_OF_BODIES: Final = {
    403: "The request came from where it is not served.",
    409: "The server is busy with as much as it takes at once.",
    413: "The request is too long.",
}


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Return the document of *routes*."""
    paths: dict[str, dict[str, Any]] = {}
    shapes: dict[str, type] = {}
    for route in routes:
        place = _IN_RULE.sub(r"{\1}", route.rule)
        paths.setdefault(place, {})[route.method.lower()] = _operation(route)
        for hint in (route.answers, route.body):
            if hint is not None and hint is not BYTES:
                shapes |= {one.__name__: one for one in shapes_in(hint)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tardis", "version": version, "license": {"name": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR}
            | {name: component(shapes[name]) for name in sorted(shapes)},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "token": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER},
            },
        },
    }


_ERROR: Final[Schema] = {
    "type": "object",
    "description": "Why a request failed.",
    "properties": {
        "error": {"type": "string", "description": "Code, the same for the same kind of trouble."},
        "message": {"type": "string", "description": "One sentence."},
        "hint": {"type": "string", "description": "What to try, or nothing."},
    },
    "required": ["error", "message", "hint"],
    "additionalProperties": False,
}


def _operation(route: Route) -> dict[str, Any]:
    about, _, more = described(route.view)[0].partition("\n")
    made: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": about.rstrip("."),
        "parameters": [*_places(route), *_queries(route)],
        "responses": _responses(route),
    }
    if more.strip():
        made["description"] = more.strip()
    if route.needs_session:
        made["security"] = [{"session": []} | ({"token": []} if route.method == "POST" else {})]
    if route.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema_of(route.body)}},
        }
    return made


def _places(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARTS[name],
            "schema": {"type": "string"},
        }
        for name in _IN_RULE.findall(route.rule)
    ]


def _queries(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": param.name,
            "in": "query",
            "required": param.is_required,
            "description": param.help,
            "schema": param.schema,
        }
        for param in route.query
    ]


def _responses(route: Route) -> dict[str, Any]:
    statuses: dict[int, str] = dict(_ALWAYS)
    if route.needs_session:
        statuses |= _OF_SESSIONS | _OF_RIGHTS
    if route.body is not None:
        statuses = _OF_BODIES | statuses
    if route.needs_session and route.method == "GET" and route.right and route.answers is not BYTES:
        statuses |= {304: "The client has this answer already."}
    statuses |= route.statuses
    good = {"description": "What was asked for.", "content": _content(route.answers)}
    errors = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    made: dict[str, Any] = {"200": good}
    for status, words in sorted(statuses.items()):
        made[str(status)] = {"description": words} | _body(status, route.answers, errors)
    return made


def _body(status: int, answers: Any, errors: Mapping[str, Any]) -> dict[str, Any]:
    if status == 304:  # noqa: PLR2004 - not modified: nothing follows
        return {}
    return {"content": _content(answers) if status < 400 else errors}  # noqa: PLR2004 - errors


def _content(answers: Any) -> dict[str, Any]:
    if answers is BYTES:
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": schema_of(answers)}}
