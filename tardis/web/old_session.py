"""The login of the 0.33 interface, and which client its requests are about.

There the cookie names the client and the session; here a second one, which proves nothing, names
the client, and the session of `sessions` says whether it may be asked about.
"""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec

import flask
from flask.typing import ResponseReturnValue

from tardis.model import AuthenticationError, Right, UsageError

from .answers import json_answer
from .guard import require_token
from .login import Question
from .service import service
from .sessions import COOKIE, Access, Session

HOST_COOKIE: Final = "tardis-host"
LOGIN_COOKIE: Final = "tardis-login"

P = ParamSpec("P")

blueprint: Final = flask.Blueprint("old-session", __name__)


def for_host(
    right: Right, doing: str
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Return a decorator for a view of the client that the request's cookie names.

    It raises what `guard.for_client` raises; the view finds the client by `host`.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            access = host()
            require_token()
            service().require(access, right, doing)
            return view(*args, **kwargs)

        return guarded

    return decorate


def host() -> Access:
    """Return what the present request may ask about its client.

    Raises:
        AuthenticationError: Nothing.
    """
    return service().access(_text(flask.request.cookies.get(HOST_COOKIE, "")))


@blueprint.post("/login")
def login() -> flask.Response:
    """Say which client is meant: ``OK`` for one without a password, else ``AUTH``."""
    client = flask.request.form.get("host", "")
    shared = service()
    found = shared.logins.begin(client, "", shared.caller())
    if isinstance(found, Question):
        return _with_host(json_answer({"status": "AUTH"}), client)
    answer = json_answer({})
    return _with_host(_admitted(answer, found, {"status": "OK"}), client)


@blueprint.get("/needsAuthentication")
def needs_authentication() -> flask.Response:
    """Tell whether the client that was named has to log in yet."""
    try:
        host()
    except AuthenticationError:
        return json_answer(True)
    return json_answer(False)


@blueprint.post("/authenticate1")
def authenticate1() -> flask.Response:
    """Begin a login: salt and B for a client's A; besides, how to stretch the password."""
    client = _text(flask.request.cookies.get(HOST_COOKIE, ""))
    shared = service()
    public = _bytes(flask.request.form.get("srpValueA", ""))
    found = shared.logins.begin(client, "", shared.caller(), public=public)
    if not isinstance(found, Question):
        raise UsageError(f"{client} has no password", hint="Log in by /login alone.")
    cost = found.slot.cost
    answer = json_answer(
        {
            "srpValueS": _encoded(found.slot.login_salt),
            "srpValueB": _encoded(found.answer),
            "kdf": [cost.memory, cost.passes, cost.lanes],
            "kdfSalt": _encoded(found.slot.salt),
        }
    )
    return _with_cookie(answer, LOGIN_COOKIE, found.login)


@blueprint.post("/authenticate2")
def authenticate2() -> flask.Response:
    """End a login by the client's proof; answers with ours, and the session's token."""
    shared = service()
    proof = _bytes(flask.request.form.get("srpValueM", ""))
    login_id = flask.request.cookies.get(LOGIN_COOKIE, "")
    found = shared.logins.prove(login_id, b"", proof, shared.caller())
    answer = _admitted(json_answer({}), found.access, {"srpValueH": _encoded(found.proof)})
    return _with_host(answer, found.access.client)


@blueprint.post("/close")
def close() -> flask.Response:
    """End the session."""
    if service().session() is not None:
        require_token()
    service().sessions.drop(flask.request.cookies.get(COOKIE, ""))
    answer = json_answer({"status": "OK"})
    for name in (COOKIE, HOST_COOKIE, LOGIN_COOKIE):
        answer.delete_cookie(name)
    return answer


def _admitted(answer: flask.Response, access: Access, fields: dict[str, Any]) -> flask.Response:
    session: Session = service().admit(answer, access)
    answer.set_data(json_answer(fields | {"token": session.token}).get_data())
    return answer


def _with_host(answer: flask.Response, client: str) -> flask.Response:
    packed = base64.urlsafe_b64encode(client.encode()).decode("ascii")
    return _with_cookie(answer, HOST_COOKIE, packed)


def _with_cookie(answer: flask.Response, name: str, value: str) -> flask.Response:
    is_secure = service().options.is_secure
    answer.set_cookie(name, value, httponly=True, samesite="Strict", secure=is_secure)
    return answer


def _text(packed: str) -> str:
    try:
        return base64.b64decode(packed, b"-_", validate=True).decode()
    except ValueError:
        return ""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("what should be base64 is not") from error


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
