"""Logging in to a tardisremote: the proof of `crypto.login`, in two requests.

The password and what unlocks an encrypted backup never leave this process.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tardis.crypto import KdfCost, LoginClient, Stretched, check_cost
from tardis.model import RemoteProtocolError

Secret = Callable[[bytes, KdfCost], Stretched]
"""What the password becomes under a salt, at a cost; asks for it at first need."""


class Asker(Protocol):
    """Sends one request with JSON and returns what is answered."""

    def post(self, path: str, fields: Mapping[str, Any]) -> Any:
        """Return the parsed answer.

        Raises:
            TardisError: The server refuses, or is not there.
        """


@dataclass(slots=True, repr=False)
class Ticket:
    """What one login was answered with, and what the next one needs.

    Processes that are forked take it along, so that a restore logs in once.

    Attributes:
        client: Whose past is wanted.
        slot: Label of the keyslot that the password is of.
        secret: See `Secret`.
        cookies: That name the session.
        token: That requests which are no GET show beside them.
    """

    client: str
    slot: str
    secret: Secret
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    _stretched: Stretched | None = None
    _stretched_for: tuple[bytes, KdfCost] | None = None

    def log_in(self, asker: Asker, binding: bytes) -> None:
        """Prove that we know the password, and let the server prove that it knows us.

        Args:
            asker: Whose cookies are taken over by who calls.
            binding: SHA-256 of the server's certificate, empty without TLS.

        Raises:
            AuthenticationError: The password is wrong, or the server is another one.
            RemoteProtocolError: The server is no tardisremote.
        """
        wish = {"client": self.client, "slot": self.slot, "bound": bool(binding)}
        asked = _Fields(asker.post("/api/v1/login/begin", wish))
        if asked.has("session"):
            self.token = asked.sub("session").text("token")
            return
        cost = KdfCost(asked.number("memory"), asked.number("passes"), asked.number("lanes"))
        check_cost(cost)
        secret = self.stretch(asked.bytes("salt"), cost)
        login = LoginClient(secret.login, binding=binding)
        proof = login.prove(asked.bytes("login_salt"), asked.bytes("answer"))
        done = _Fields(
            asker.post(
                "/api/v1/login/prove",
                {
                    "login": asked.text("login"),
                    "public": base64.b64encode(login.public).decode(),
                    "proof": base64.b64encode(proof).decode(),
                },
            )
        )
        login.check(done.bytes("proof"))
        self.token = done.sub("session").text("token")

    def stretch(self, salt: bytes, cost: KdfCost) -> Stretched:
        """Return what the password becomes under *salt*; worked out once."""
        if self._stretched is None or self._stretched_for != (salt, cost):
            self._stretched = self.secret(salt, cost)
            self._stretched_for = (salt, cost)
        return self._stretched


class _Fields:
    """An object of an answer, whose fields are what they should be or make no sense."""

    def __init__(self, found: Any) -> None:
        if not isinstance(found, dict):
            raise _nonsense()
        self._found = found

    def has(self, name: str) -> bool:
        return name in self._found

    def sub(self, name: str) -> "_Fields":
        return _Fields(self._found.get(name))

    def text(self, name: str) -> str:
        found = self._found.get(name)
        if not isinstance(found, str):
            raise _nonsense()
        return found

    def number(self, name: str) -> int:
        found = self._found.get(name)
        if type(found) is not int:
            raise _nonsense()
        return found

    def bytes(self, name: str) -> bytes:
        try:
            return base64.b64decode(self.text(name), validate=True)
        except (binascii.Error, ValueError):
            raise _nonsense() from None


def _nonsense() -> RemoteProtocolError:
    return RemoteProtocolError(
        "the server's answer to a login makes no sense",
        hint="Check that --database names a tardisremote.",
    )
