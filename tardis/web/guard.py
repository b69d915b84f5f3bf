"""The guard before every route that tells of a client: a session of one's own, a right, a token.

@blueprint.get("/<client>/things")
@for_client(Right.LIST, "list things")
def things(access: Access, ...) -> flask.Response:
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

import flask
from flask.typing import ResponseReturnValue

from tardis.model import Right, RightsError

from .service import service
from .sessions import Access

TOKEN_HEADER: Final = "X-Tardis-Token"
TOKEN_FIELD: Final = "token"
"""Where a request that changes something shows its token: in a header, or in a form."""

_SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))

P = ParamSpec("P")
Guarded = Callable[Concatenate[Access, P], ResponseReturnValue]


def for_client(
    right: Right, doing: str
) -> Callable[[Guarded[P]], Callable[..., ResponseReturnValue]]:
    """Return a decorator for a view of one client, whose name is ``<client>`` in the route.

    The view gets an `Access` in place of the name.  It raises what `Service.access` raises,
    `RightsError` without *right* or the session's token where the request is no GET.

    Args:
        right: That is needed.
        doing: What it is needed for, behind "may not".
    """

    def decorate(view: Guarded[P]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def guarded(client: str, *args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            access = service().access(client)
            require_token()
            service().require(access, right, doing)
            return view(access, *args, **kwargs)

        return guarded

    return decorate


def require_token() -> None:
    """Return if the present request changes nothing, or shows its session's token.

    Raises:
        AuthenticationError: There is no session.
        RightsError: The token is missing or another one: the request may have been made by
            a page of somebody else.
    """
    if flask.request.method in _SAFE:
        return
    session = service().require_session()
    given = flask.request.headers.get(TOKEN_HEADER, "")
    if not session.fits(given or flask.request.form.get(TOKEN_FIELD, "")):
        raise RightsError(
            "the request does not show the token of its session",
            hint=f"Send the token that the login was answered with, as {TOKEN_HEADER}.",
        )
