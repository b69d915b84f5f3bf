"""The login of a reader: what it tells a server, and what it believes of one."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from tardis.crypto import KdfCost, LoginServer, Stretched
from tardis.model import AuthenticationError, RemoteProtocolError
from tardis.net import Ticket
from tests.crypto.slots import quick, slot_of

SLOT = slot_of("right")


def told(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Server:
    """An honest one, unless *more* replaces what it says."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.heard: list[Mapping[str, Any]] = []
        self._side = LoginServer(SLOT.login_salt, SLOT.verifier)

    def post(self, path: str, fields: Mapping[str, Any]) -> Any:
        self.heard.append(fields)
        if path.endswith("begin"):
            cost = {name: getattr(SLOT.cost, name) for name in ("memory", "passes", "lanes")}
            named = {"salt": SLOT.salt, "login_salt": SLOT.login_salt, "answer": self._side.answer}
            found = {name: told(value) for name, value in named.items()}
            return {"login": "one", **cost, **found, **self.more}
        public, proof = (base64.b64decode(fields[name]) for name in ("public", "proof"))
        ours = self._side.check(public, proof)
        return {"proof": told(ours), "session": {"token": "of mine"}, **self.more}


def ticket(password: str = "right", asked: list[bytes] | None = None) -> Ticket:
    def secret(salt: bytes, _cost: KdfCost) -> Stretched:
        if asked is not None:
            asked.append(salt)
        return quick(password, salt)

    return Ticket("box", "main", secret)


def test_a_right_password_brings_a_token_and_is_stretched_once() -> None:
    asked: list[bytes] = []
    one, server = ticket(asked=asked), Server()
    one.log_in(server, b"")
    assert one.token == "of mine"
    assert server.heard[0] == {"client": "box", "slot": "main", "bound": False}
    one.log_in(Server(), b"")
    assert asked == [SLOT.salt] and one.stretch(SLOT.salt, SLOT.cost) == quick("right", SLOT.salt)
    assert b"right" not in repr((one, server.heard)).encode()


def test_a_client_without_a_password_is_asked_for_none() -> None:
    one = ticket()
    one.log_in(Server(session={"token": "open"}), b"")
    assert one.token == "open"


def test_a_wrong_password_and_a_false_server_are_told_from_right_ones() -> None:
    with pytest.raises(AuthenticationError):
        ticket("wrong").log_in(Server(), b"")
    with pytest.raises(AuthenticationError):
        ticket().log_in(Server(), b"another certificate")
    with pytest.raises(AuthenticationError):
        ticket().log_in(Server(proof=told(bytes(32))), b"")


@pytest.mark.parametrize(
    "more",
    [
        {"salt": "not base64!"},
        {"memory": "much"},
        {"login": None},
        {"session": ["no token"]},
        {"session": {"token": 5}},
    ],
)
def test_nonsense_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError, match="no sense"):
        ticket().log_in(Server(**more), b"")


def test_a_cost_that_no_machine_can_bear_is_refused_before_a_password_is_typed() -> None:
    asked: list[bytes] = []
    with pytest.raises(Exception, match=r"memory|cost|GiB"):
        ticket(asked=asked).log_in(Server(memory=1 << 40), b"")
    assert not asked
