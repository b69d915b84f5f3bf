"""Who is logged in: a session for each cookie, and in it the clients that it may ask about.

Nothing of it is ever written down.  What a browser shows is a random word of which only a hash
is kept, so that not even a picture of our memory is a list of cookies.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tardis.crypto import KeyRing

COOKIE: Final = "tardis"
"""Name of the cookie that names a session."""

IDLE_SECONDS: Final = 1800.0
"""Seconds without a request after which a session is over."""

LONGEST_SECONDS: Final = 12 * 3600.0
"""Seconds after which a session is over in any case."""

MOST: Final = 1000
"""Sessions at the same time; the one that was idle longest goes when there are more."""

_WORD: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """What somebody who logged in has proved.

    Attributes:
        client: Whose past may be asked about.
        slot: Label of the keyslot, empty for a client without a password.
        verifier: Of the login then: another one now ends this.
        is_sealed: The backup is encrypted.
        ring: Its keys, where the password was entered here; they live as long as the session.
    """

    client: str
    slot: str = ""
    verifier: bytes = b""
    is_sealed: bool = False
    ring: KeyRing | None = None

    @property
    def is_readable(self) -> bool:
        """Whether names and contents can be shown in clear."""
        return self.ring is not None or not self.is_sealed


@dataclass(slots=True, repr=False)
class Session:
    """One cookie's.

    Attributes:
        token: What requests that change something show beside the cookie.
        accesses: By client.
        begun: Seconds of the clock of `Sessions`.
        seen: When it was used last, by the same clock.
    """

    token: str
    begun: float
    seen: float
    accesses: dict[str, Access] = field(default_factory=dict)

    def fits(self, token: str) -> bool:
        """Tell whether *token* is the one of this session."""
        return hmac.compare_digest(self.token.encode(), token.encode())


class Sessions:
    """All sessions; for any thread.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._known: dict[bytes, Session] = {}

    def __len__(self) -> int:
        with self._turn:
            self._forget()
            return len(self._known)

    def find(self, cookie: str) -> Session | None:
        """Return the session that *cookie* names, None when there is none or it is over."""
        with self._turn:
            self._forget()
            found = self._known.get(_hash(cookie))
            if found is not None:
                found.seen = self._clock()
            return found

    def admit(self, cookie: str, access: Access) -> tuple[str, Session]:
        """Add *access* to the session that *cookie* names, or to a new one.

        The cookie changes, so that one that was planted before a login is worth nothing.

        Returns:
            The cookie from now on, and the session.
        """
        fresh = secrets.token_urlsafe(_WORD)
        with self._turn:
            self._forget()
            now = self._clock()
            found = self._known.pop(_hash(cookie), None)
            session = found or Session(secrets.token_urlsafe(_WORD), now, now)
            session.seen = now
            session.accesses[access.client] = access
            if len(self._known) >= MOST:
                del self._known[min(self._known, key=lambda one: self._known[one].seen)]
            self._known[_hash(fresh)] = session
        return fresh, session

    def drop(self, cookie: str, client: str = "") -> None:
        """End the session that *cookie* names, or only what it may ask about *client*."""
        with self._turn:
            found = self._known.get(_hash(cookie))
            if found is None:
                return
            found.accesses.pop(client, None)
            if not client or not found.accesses:
                del self._known[_hash(cookie)]

    def _forget(self) -> None:
        now = self._clock()
        over = [
            name
            for name, one in self._known.items()
            if now - one.seen > IDLE_SECONDS or now - one.begun > LONGEST_SECONDS
        ]
        for name in over:
            del self._known[name]


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).digest()
