"""Routes that say what they take and give, so that their document writes itself.

    api = Api("things", "/api/v1")

    @api.get("/clients/<client>/things", answers=ThingPage, right=(Right.LIST, "list things"),
             query=(LIMIT, AFTER))
    def things(call: Call) -> ThingPage:
        '''List the things of a client, page by page.'''

A view returns what it answers with as plain values, or a whole `flask.Response` where it says
``answers=BYTES``.  `app.BLUEPRINTS` holds ``api.blueprint``; `openapi` reads ``api.routes``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import parse_qsl

import flask
from flask.typing import ResponseReturnValue

from tardis.model import Right, UsageError

from .answers import conditional, json_answer
from .guard import require_token
from .schemas import Schema, fits
from .service import Service, service
from .sessions import Access

T = TypeVar("T")

BYTES: Final = bytes
"""What a route answers that makes its own response of any bytes."""

_MOST_PARAMS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Param(Generic[T]):
    """One part of the query.

    Attributes:
        name: In the URL.
        read: Bytes to value; raises ValueError with words for a person.
        default: Value without it.
        help: One sentence without a full stop.
        schema: Of its text in the URL.
        is_required: It has to be there.
    """

    name: str
    read: Callable[[bytes], T]
    default: T
    help: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in.

    Attributes:
        service: Shared by all.
        client: What may be asked about; raises where the route needs no session.
        place: The parts of the route in angle brackets, but for the client.
        body: What was sent, which fits what the route takes.
    """

    service: Service
    access: Access | None
    place: Mapping[str, str]
    body: Mapping[str, Any]
    _query: Mapping[Param[Any], Any]

    @property
    def client(self) -> Access:
        """The access of the client that the route names."""
        assert self.access is not None, "the route names no client"
        return self.access

    def __getitem__(self, param: Param[T]) -> T:
        return cast(T, self._query[param])


@dataclass(frozen=True, slots=True)
class Route:
    """What is known of one route.

    Attributes:
        method: ``GET`` or ``POST``.
        rule: As Flask writes it, with the prefix.
        view: Its docstring is its description.
        answers: A type of `schemas`, or `BYTES`.
        right: (needed right, what for); None where no client is named.
        query: What may stand behind the question mark.
        body: A shape, None for a route that takes none.
        needs_session: Somebody has to be logged in.
        statuses: Further ones that it answers with, each with a few words.
    """

    method: str
    rule: str
    view: Callable[[Call], Any]
    answers: Any
    right: tuple[Right, str] | None = None
    query: tuple[Param[Any], ...] = ()
    body: Any = None
    needs_session: bool = True
    statuses: Mapping[int, str] = field(default_factory=dict)


class Api:
    """Some routes under one prefix.

    Args:
        name: Of the blueprint.
        prefix: Of all routes.
    """

    def __init__(self, name: str, prefix: str) -> None:
        self.blueprint = flask.Blueprint(name, __name__, url_prefix=prefix)
        self.routes: list[Route] = []
        self._prefix = prefix

    def get(self, rule: str, **what: Any) -> Callable[[Callable[[Call], T]], Callable[[Call], T]]:
        """Return a decorator for a view that changes nothing; *what* as in `Route`."""
        return self._route("GET", rule, what)

    def post(self, rule: str, **what: Any) -> Callable[[Callable[[Call], T]], Callable[[Call], T]]:
        """Return a decorator for a view that changes something; *what* as in `Route`."""
        return self._route("POST", rule, what)

    def _route(
        self, method: str, rule: str, what: Mapping[str, Any]
    ) -> Callable[[Callable[[Call], T]], Callable[[Call], T]]:
        def decorate(view: Callable[[Call], T]) -> Callable[[Call], T]:
            route = Route(method, self._prefix + rule, view, **what)
            self.routes.append(route)
            self.blueprint.add_url_rule(
                rule, view.__name__, lambda **place: _answer(route, place), methods=[method]
            )
            return view

        return decorate


def _answer(route: Route, place: dict[str, str]) -> ResponseReturnValue:
    """Let a request in, or not; then let the view answer it."""
    shared = service()
    access = None
    if route.right is not None:
        access = shared.access(place.pop("client"))
    if route.needs_session and access is None:
        shared.require_session()
    if route.needs_session:
        require_token()
    if access is not None and route.right is not None:
        shared.require(access, *route.right)
    query = read_query(flask.request.query_string, route.query)
    body = _read_body(route.body) if route.body is not None else {}
    found = route.view(Call(shared, access, place, body, query))
    answer = found if isinstance(found, flask.Response) else json_answer(found)
    if access is None or route.method != "GET" or route.answers is BYTES:
        return answer
    return conditional(answer, access.client)


def read_query(query: bytes, params: tuple[Param[Any], ...]) -> dict[Param[Any], Any]:
    """Return the value of each of *params* in the *query* of a URL.

    Names and values are bytes: a path of a backup need not be text.

    Raises:
        UsageError: One is unknown, doubled, missing, or has no such value.
    """
    known = {param.name: param for param in params}
    try:
        pairs = parse_qsl(
            query.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MOST_PARAMS,
        )
    except ValueError as error:
        raise UsageError("the query has too many parts") from error
    found: dict[Param[Any], Any] = {}
    for name, value in pairs:
        param = known.get(name)
        if param is None or param in found:
            what = "is not known here" if param is None else "is given twice"
            raise UsageError(f"the parameter {name[:40]!r} {what}")
        try:
            found[param] = param.read(value.encode("latin-1"))
        except ValueError as error:
            raise UsageError(f"the parameter {name} {error}") from error
    for param in params:
        if param.is_required and param not in found:
            raise UsageError(f"the parameter {param.name} is missing")
    return {param: param.default for param in params} | found


def _read_body(shape: Any) -> Mapping[str, Any]:
    """Return the JSON that came with the request.

    Raises:
        UsageError: It is no JSON, or has another shape than it should have.
    """
    request = flask.request
    if request.mimetype != "application/json":
        raise UsageError("the body has to be JSON, and to say so: Content-Type: application/json")
    try:
        found = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON") from error
    if not fits(found, shape):
        names = ", ".join(shape.__annotations__)
        raise UsageError(f"the body is not what is wanted here: an object with {names}")
    return cast(Mapping[str, Any], found)


# Parameters that many routes know


def _number(most: int) -> Callable[[bytes], int]:
    def read(text: bytes) -> int:
        if not text.isdigit() or len(text) > len(str(most)) or not 0 < int(text) <= most:
            raise ValueError(f"is no number from 1 to {most}")
        return int(text)

    return read


MOST_OF_PAGE: Final = 5000

LIMIT: Final = Param(
    "limit",
    _number(MOST_OF_PAGE),
    1000,
    "how many to return at the most",
    {"type": "integer", "minimum": 1, "maximum": MOST_OF_PAGE},
)
