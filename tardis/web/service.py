"""What all requests share: settings, who is logged in, and the way to the stores."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import flask

from tardis.model import AuthenticationError, Right, RightsError
from tardis.server import Attempts, Log, Permit
from tardis.store import WEB_LOGINS, DaemonState, StoreReader, read_grant

from .callers import Caller, caller_of
from .limits import Buckets
from .login import Logins
from .options import WebOptions
from .sessions import COOKIE, Access, Session, Sessions
from .states import States

SERVICE: Final = "tardis"
"""Where an application keeps its service."""

MOST_FAULTS: Final = 20
"""Entries that one request tells of as not being what was backed up."""

_FAULTS: Final = "tardis_faults"

_BURST: Final = 10.0
"""Seconds for which an address that has rested may ask as fast as it likes."""


class Service:
    """One for each application.

    Args:
        options: The administrator's.
        log: Hears of what matters; for any thread.
        clock: Seconds that never go back.
    """

    def __init__(
        self, options: WebOptions, log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.options = options
        self.log = log
        self.clock = clock
        self.state = DaemonState(options.place.base, WEB_LOGINS)
        self.sessions = Sessions(clock)
        self.states = States(options.place)
        self.buckets = Buckets(options.rate, _BURST * options.rate, clock)
        self.logins = Logins(options, self.state, Attempts(self.state), log, clock)

    def renew(self, options: WebOptions) -> None:
        """Go by *options* from now on; the place of the stores stays as it was."""
        self.options = replace(options, place=self.options.place)
        self.logins.renew(self.options)
        self.buckets = Buckets(options.rate, _BURST * options.rate, self.clock)

    def install(self, app: flask.Flask) -> None:
        """Let requests of *app* find this by `service`."""
        app.extensions[SERVICE] = self

    def caller(self) -> Caller:
        """Return who makes the present request."""
        return caller_of(flask.request.environ, is_secure=self.options.is_secure)

    def session(self) -> Session | None:
        """Return the session of the present request, None when nobody is logged in."""
        cookie = flask.request.cookies.get(COOKIE, "")
        return self.sessions.find(cookie) if cookie else None

    def access(self, client: str) -> Access:
        """Return what the present request may ask about *client*.

        Raises:
            AuthenticationError: Nothing; the same words whether there is such a client or not.
        """
        session = self.session()
        access = session.accesses.get(client) if session else None
        if access is not None and not self.logins.still_holds(access, self.caller()):
            self.sessions.drop(flask.request.cookies.get(COOKIE, ""), client)
            access = None
        if access is None:
            raise AuthenticationError("you are not logged in to this client", hint="Log in first.")
        return access

    def require_session(self) -> Session:
        """Return the session of the present request.

        Raises:
            AuthenticationError: There is none.
        """
        session = self.session()
        if session is None:
            raise AuthenticationError("you are not logged in", hint="Log in first.")
        return session

    def accesses(self) -> list[Access]:
        """Return all that the present request may ask about, by the client's name."""
        session = self.session()
        found = sorted(session.accesses.values(), key=lambda one: one.client) if session else []
        return [one for one in found if self.logins.still_holds(one, self.caller())]

    def admit(self, response: flask.Response, access: Access) -> Session:
        """Let the browser that gets *response* ask about what *access* says from now on."""
        old = flask.request.cookies.get(COOKIE, "")
        cookie, session = self.sessions.admit(old, access)
        response.set_cookie(
            COOKIE, cookie, httponly=True, samesite="Strict", secure=self.options.is_secure
        )
        self.log(f"{access.client}: logged in from {self.caller().address}")
        return session

    def rights_of(self, client: str) -> tuple[Right, ...]:
        """Return what *client* may do over the network."""
        granted = read_grant(self.options.place, client).rights
        return self.options.rights if granted is None else granted

    def require(self, access: Access, right: Right, doing: str) -> None:
        """Return if the client of *access* has *right*; *doing* is said behind "may not".

        Raises:
            RightsError: It has not; that is logged and noted.
        """
        address = self.caller().address
        Permit(self.options, access.client, address, self.log, is_backup=False).require(
            right, doing
        )

    @contextmanager
    def reader(self, access: Access) -> Iterator[StoreReader]:
        """Open the store of *access* for one request, in clear.

        Raises:
            RightsError: It is encrypted, and this session has not been given its keys.
            StoreError: It cannot be used.
        """
        if not access.is_readable:
            raise RightsError(
                "this backup is encrypted, and this login gave the server no keys",
                hint="Log in with the password itself, or use programs that decrypt themselves.",
            )
        with self.raw_reader(access) as reader:
            yield reader

    @contextmanager
    def raw_reader(self, access: Access) -> Iterator[StoreReader]:
        """Open the store of *access* for one request, with the keys that there are, if any.

        What does not hold of the entries that are read goes to the log, and to `faults`.
        """
        with self.options.open_store(self.options.place, access.client, access.ring) as reader:
            if flask.has_request_context():
                reader.tell_faults(partial(self._hear, access.client))
            yield reader

    def _hear(self, client: str, fault: str) -> None:
        known = flask.g.setdefault(_FAULTS, {})
        if fault not in known and len(known) < MOST_FAULTS:
            known[fault] = None
            self.log(f"{client}: {fault}", is_trouble=True)

    def mark(self, *about: bytes) -> str:
        """Return a word that stands for *about*, and tells nobody else what that is."""
        packed = b"".join(len(one).to_bytes(8, "big") + one for one in about)
        return hmac.digest(self.state.secret(), b"mark\0" + packed, hashlib.sha256).hex()[:32]


def faults() -> list[str]:
    """Return a sentence for each entry of the present request that is not as it was backed up."""
    return list(flask.g.get(_FAULTS, ()))


def service() -> Service:
    """Return the service of the present request's application."""
    found: Service = flask.current_app.extensions[SERVICE]
    return found
