"""Logging in and out: ``/api/v1/login/...``, ``/api/v1/session``, ``/api/v1/logout``."""

import base64
import binascii
from typing import Final, NotRequired, TypedDict

import flask

from tardis.model import UsageError

from .answers import json_answer
from .api import Api, Call
from .login import Question
from .sessions import COOKIE, Access, Session

api: Final = Api("session", "/api/v1")

_LOGIN: Final = {401: "The password is wrong, the client is not known, or it is too early."}


class LoginWish(TypedDict):
    """Whose past is wanted.

    Attributes:
        client: Name of the client.
        slot: Label of the keyslot, `main` unless given.
        bound: The proof covers SHA-256 of the certificate of this server.
    """

    client: str
    slot: NotRequired[str]
    bound: NotRequired[bool]


class LoginQuestion(TypedDict):
    """What the client answers with a proof, or, where `login` is absent, that it is logged in.

    Bytes are in base64. The password is stretched by Argon2id with the given costs under
    `salt`; see the protocol for what follows.

    Attributes:
        login: Names this login in the second request.
        memory: KiB.
        passes: Over that memory.
        lanes: That are filled side by side.
        salt: Of stretching.
        login_salt: s of the protocol.
        answer: B of the protocol.
        session: The session of a client without a password.
    """

    login: NotRequired[str]
    memory: NotRequired[int]
    passes: NotRequired[int]
    lanes: NotRequired[int]
    salt: NotRequired[str]
    login_salt: NotRequired[str]
    answer: NotRequired[str]
    session: NotRequired["SessionState"]


class LoginProof(TypedDict):
    """That the client knows the password; bytes are in base64.

    Attributes:
        login: Of the question.
        public: A of the protocol.
        proof: M of the protocol.
    """

    login: str
    public: str
    proof: str


class LoginDone(TypedDict):
    """That the login has succeeded; bytes are in base64.

    Attributes:
        proof: That the server knew the verifier.
        wrapped: The master key, sealed by the password; empty where a key file holds it.
        repository: Id of the store.
        is_sealed: The backup is encrypted.
        session: From now on.
    """

    proof: str
    wrapped: str
    repository: str
    is_sealed: bool
    session: "SessionState"


class PasswordLogin(TypedDict):
    """A password, for this server to look at; over TLS or from its own machine only.

    Attributes:
        client: Name of the client.
        password: Of its backup.
        slot: Label of the keyslot, `main` unless given.
    """

    client: str
    password: str
    slot: NotRequired[str]


class SessionState(TypedDict):
    """What a browser may ask about.

    Attributes:
        clients: Names of the clients that it is logged in to.
        token: What requests that change something show in the header `X-Tardis-Token`.
    """

    clients: list[str]
    token: str


class Nothing(TypedDict):
    """An object without fields."""


@api.post(
    "/login/begin", answers=LoginQuestion, body=LoginWish, needs_session=False, statuses=_LOGIN
)
def begin(call: Call) -> LoginQuestion | flask.Response:
    """Begin a login by proof: the password itself never leaves the client."""
    wish = call.body
    shared = call.service
    found = shared.logins.begin(
        wish["client"], wish.get("slot", ""), shared.caller(), is_bound=wish.get("bound", False)
    )
    if isinstance(found, Access):
        return _admitted(call, found, {})
    return _question(found)


@api.post("/login/prove", answers=LoginDone, body=LoginProof, needs_session=False, statuses=_LOGIN)
def prove(call: Call) -> flask.Response:
    """End a login by proof; the session's cookie comes with the answer."""
    body, shared = call.body, call.service
    found = shared.logins.prove(
        body["login"], _bytes(body["public"]), _bytes(body["proof"]), shared.caller()
    )
    fields = {
        "proof": _text(found.proof),
        "wrapped": _text(found.slot.wrapped),
        "repository": _text(found.repository.id),
        "is_sealed": found.repository.is_sealed,
    }
    return _admitted(call, found.access, fields)


@api.post(
    "/login/password",
    answers=LoginQuestion,
    body=PasswordLogin,
    needs_session=False,
    statuses=_LOGIN,
)
def by_password(call: Call) -> flask.Response:
    """Log in with the password itself; this server can read an encrypted backup then.

    Its keys are in memory only, and for as long as the session lasts.
    """
    body, shared = call.body, call.service
    access = shared.logins.by_password(
        body["client"], body.get("slot", ""), body["password"], shared.caller()
    )
    return _admitted(call, access, {})


@api.get("/session", answers=SessionState, needs_session=False)
def session(call: Call) -> SessionState:
    """Tell what this browser may ask about; nothing when nobody is logged in."""
    found = call.service.session()
    return _state(found) if found is not None else {"clients": [], "token": ""}


@api.post("/logout", answers=Nothing, body=Nothing)
def logout(call: Call) -> flask.Response:
    """End the session; its keys are forgotten."""
    call.service.sessions.drop(flask.request.cookies.get(COOKIE, ""))
    answer = json_answer({})
    answer.delete_cookie(COOKIE)
    return answer


def _admitted(call: Call, access: Access, fields: dict[str, object]) -> flask.Response:
    answer = json_answer({})
    state = _state(call.service.admit(answer, access))
    answer.set_data(json_answer(fields | {"session": state}).get_data())
    return answer


def _state(found: Session) -> SessionState:
    return {"clients": sorted(found.accesses), "token": found.token}


def _question(found: Question) -> LoginQuestion:
    slot = found.slot
    return {
        "login": found.login,
        "memory": slot.cost.memory,
        "passes": slot.cost.passes,
        "lanes": slot.cost.lanes,
        "salt": _text(slot.salt),
        "login_salt": _text(slot.login_salt),
        "answer": _text(found.answer),
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("what should be base64 is not") from error
