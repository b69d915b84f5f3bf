"""Answers: JSON, what errors become, and the headers that all of them carry."""

import gzip
import json
import math
import traceback
from typing import Any, Final

import flask
from werkzeug.exceptions import HTTPException

from tardis.model import (
    AuthenticationError,
    IntegrityError,
    NoSpaceError,
    NoSuchPathError,
    NoSuchSetError,
    QuotaError,
    RemoteProtocolError,
    RightsError,
    SchemaError,
    StoreBusyError,
    StoreError,
    TardisError,
    UsageError,
)

from .service import faults, service

STATUSES: Final[dict[type[TardisError], int]] = {
    UsageError: 400,
    RemoteProtocolError: 400,
    AuthenticationError: 401,
    RightsError: 403,
    QuotaError: 403,
    NoSuchSetError: 404,
    NoSuchPathError: 404,
    StoreBusyError: 409,
    IntegrityError: 500,
    SchemaError: 503,
    NoSpaceError: 507,
    StoreError: 503,
}
"""Error to status; a class that is not here has that of the class above it."""

WARNING: Final = "X-Tardis-Warning"
"""Header of what shows entries that are not as they were backed up."""

_INTERNAL: Final = 500
_LOGIN_COST: Final = 25.0
_EACH: Final = 2
"""Level from which on each request is logged."""
_WORTH_COMPRESSING: Final = 512
_COMPRESSIBLE: Final = ("application/json", "text/", "image/svg+xml", "application/javascript")
_LEVEL: Final = 4

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""What an answer says unless its route has said otherwise."""


def json_answer(value: Any, status: int = 200) -> flask.Response:
    """Return *value* as JSON."""
    text = json.dumps(value, separators=(",", ":"))
    return flask.Response(text, status, mimetype="application/json")


def conditional(answer: flask.Response, client: str) -> flask.Response:
    """Return *answer*, of *client*, with a mark; or that it is what the browser has already.

    The browser asks each time, so what it keeps is shown to nobody who is not logged in.
    """
    if not service().options.allow_cache:
        return answer
    answer.set_etag(service().mark(client.encode(), answer.get_data()))
    answer.headers["Cache-Control"] = "private, no-cache"
    etag, _ = answer.get_etag()
    if etag is not None and any(map(flask.request.if_none_match.contains, (etag, f"{etag}-gzip"))):
        answer.set_data(b"")
        answer.status_code = 304
        del answer.headers["Content-Type"]
    return answer


def status_of(error: TardisError) -> int:
    """Return the status that *error* is answered with."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), _INTERNAL)


def error_answer(error: TardisError, status: int = 0) -> flask.Response:
    """Return *error* as JSON: ``error`` is its name on the wire, ``hint`` may be empty.

    *status* takes the place of `status_of`.
    """
    fields = {"error": error.wire_code or "internal", "message": str(error), "hint": error.hint}
    return json_answer(fields, status or status_of(error))


def install(app: flask.Flask) -> None:
    """Let *app* answer errors like this, refuse too many requests, and finish its answers."""
    app.before_request(_limited)
    app.register_error_handler(TardisError, _tardis_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_bug)
    app.after_request(_finished)
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["MAX_CONTENT_LENGTH"]


def _limited() -> flask.Response | None:
    """Refuse a request of an address that has made too many; logins count for more."""
    shared = service()
    cost = _LOGIN_COST if "/login" in flask.request.path else 1.0
    wait = shared.buckets.wait(shared.caller().address, cost)
    if not wait:
        return None
    fields = {
        "error": "too-many-requests",
        "message": "too many requests",
        "hint": "Wait a little.",
    }
    answer = json_answer(fields, 429)
    answer.headers["Retry-After"] = str(math.ceil(wait))
    return answer


def _tardis_error(error: TardisError) -> flask.Response:
    shared = service()
    if status_of(error) >= _INTERNAL or shared.options.log_details:
        told = "".join(traceback.format_exception(error)) if shared.options.log_details else ""
        text = f"{flask.request.path}: {type(error).__name__}: {error}\n{told}"
        shared.log(text.strip(), is_trouble=True)
    return error_answer(error)


def _http_error(error: HTTPException) -> flask.Response:
    """Return what Flask says about a request that has no view, or cannot be read."""
    status = error.code or _INTERNAL
    word = "-".join((error.name or "error").lower().split())
    fields = {"error": word, "message": error.description or error.name, "hint": ""}
    answer = json_answer(fields, status)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "location", "retry-after", "content-range"):
            answer.headers[name] = value
    return answer


def _our_bug(error: Exception) -> flask.Response:
    told = "".join(traceback.format_exception(error))
    service().log(f"{flask.request.path}: a fault of this program: {told}", is_trouble=True)
    fields = {"error": "internal", "message": "the server met a fault of its own", "hint": ""}
    return json_answer(fields, _INTERNAL)


def _finished(answer: flask.Response) -> flask.Response:
    """Add what every answer carries; compress it where that is wanted."""
    shared = service()
    options = shared.options
    if options.verbose >= _EACH:
        asked = f"{flask.request.method} {flask.request.path}"
        shared.log(f"{shared.caller().address}: {asked}: {answer.status_code}")
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.vary.add("Cookie")
    if found := faults():
        answer.headers[WARNING] = f"entries that are not as they were backed up: {len(found)}"
    if options.compress and _is_compressible(answer):
        answer.vary.add("Accept-Encoding")
        if flask.request.accept_encodings["gzip"] > 0 and not _tells_secret(answer):
            answer.set_data(gzip.compress(answer.get_data(), _LEVEL, mtime=0))
            answer.headers["Content-Encoding"] = "gzip"
            etag, is_weak = answer.get_etag()
            if etag is not None and not is_weak:
                answer.set_etag(f"{etag}-gzip")
    return answer


def _is_compressible(answer: flask.Response) -> bool:
    return (
        not answer.is_streamed
        and not answer.direct_passthrough
        and "Content-Encoding" not in answer.headers
        and answer.status_code == 200  # noqa: PLR2004 - parts are never compressed
        and (answer.mimetype or "").startswith(_COMPRESSIBLE)
        and (answer.content_length or 0) > _WORTH_COMPRESSING
    )


def _tells_secret(answer: flask.Response) -> bool:
    """Tell whether the length of a compressed answer could betray what it holds."""
    return "Set-Cookie" in answer.headers
