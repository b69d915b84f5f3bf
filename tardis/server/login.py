"""Who may speak: nothing but this is answered before it is known.

A client that has a password proves that it knows it.  One that is not known here, or names a
keyslot that there is not, gets an answer that looks the same and that no password satisfies,
with a salt that stays the same from one visit to the next.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn

from tardis.crypto import COSTS, MAIN, KeysFile, Keyslot, LoginServer
from tardis.model import AuthenticationError, LineLostError, RightsError
from tardis.net import Line
from tardis.policy import Failures, one_more, remembered, wait_after
from tardis.protocol.messages import Hello, LoginProof, LoginWanted, Welcome
from tardis.store import DaemonState

from .options import DaemonOptions, Log

LOGIN_SECONDS: Final = 300.0
"""How long a person may think about a password that is asked for, and a machine stretch it."""


class Attempts:
    """Wrong passwords by client and address, over restarts.

    Args:
        state: Where they are kept.
        clock: Seconds since 1970.
    """

    def __init__(self, state: DaemonState, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock
        self._turn = threading.Lock()
        self._known: dict[str, Failures] | None = None

    def judge(self, who: str, is_right: Callable[[], bytes]) -> bytes:
        """Return what *is_right* returns, unless *who* has to wait; count it when it raises.

        One at a time, so that many visits at once get no more tries than one.

        Raises:
            AuthenticationError: It is not right, or was not looked at.
        """
        with self._turn:
            self._require_patience(who)
            try:
                answer = is_right()
            except AuthenticationError:
                self._note(who, one_more(self._load().get(who), self._clock()))
                raise
            if who in self._load():
                self._note(who, None)
            return answer

    def refuse_hasty(self, who: str) -> None:
        """Make sure that *who* need not wait.

        Raises:
            AuthenticationError: It has to; the hint says how long.
        """
        with self._turn:
            self._require_patience(who)

    def _require_patience(self, who: str) -> None:
        wait = wait_after(self._load().get(who), self._clock())
        if wait > 0:
            raise AuthenticationError(
                "too many wrong passwords came from your address",
                hint=f"Try again in {int(wait) + 1} seconds.",
            )

    def _note(self, who: str, failures: Failures | None) -> None:
        known = self._load()
        if failures is None:
            del known[who]
        else:
            known[who] = failures
        self._known = remembered(known, self._clock())
        self._state.keep_logins(self._known)

    def _load(self) -> dict[str, Failures]:
        if self._known is None:
            kept = self._state.logins()
            self._known = {who: Failures(*one) for who, one in kept.items()}
        return self._known


class Login:
    """Greets one client.

    Args:
        line: Fresh.
        options: The administrator's.
        attempts: Shared by all visits.
        state: The daemon's secret is there.
        log: Hears of wrong passwords, one line each.
    """

    def __init__(
        self,
        line: Line,
        options: DaemonOptions,
        attempts: Attempts,
        state: DaemonState,
        log: Log,
    ) -> None:
        self._line = line
        self._options = options
        self._attempts = attempts
        self._state = state
        self._log = log

    def admit(self, hello: Hello, keys: KeysFile | None) -> Welcome:
        """Return the welcome for a client whose store has *keys*, None where there is none.

        Raises:
            AuthenticationError: It could not prove that it knows the password.
            RightsError: It has no password and needs one, or may not be made.
        """
        if hello.is_creating and not self._options.allow_new_hosts:
            raise RightsError(
                "this server takes no new clients",
                hint="Use `sonic create` on the server, or set AllowNewHosts there; "
                "leave out --create for a client that is known.",
            )
        if keys is not None and not keys.slots:
            self._admit_open(hello)
            return Welcome(hello.version, self._options.program)
        if keys is None and (hello.is_creating or self._options.is_local):
            self._admit_new(hello)
            return Welcome(hello.version, self._options.program, is_new=True)
        slot = keys.slot(hello.slot or MAIN) if keys is not None else None
        if keys is None or slot is None:
            self._log_in(hello, self._fake(hello), is_real=False)
            raise AssertionError("unreachable: nobody satisfies a slot that there is not")
        proof = self._log_in(hello, slot, is_real=True)
        repository = keys.repository
        return Welcome(
            hello.version,
            self._options.program,
            proof,
            slot.wrapped,
            repository.id,
            repository.is_sealed,
        )

    def _admit_open(self, hello: Hello) -> None:
        """Let a client in that has no password, if that is allowed."""
        if self._options.require_password:
            raise RightsError(
                f"{hello.client} has no password, and this server wants one of every client",
                hint="Use `sonic setpass` on the server.",
            )
        self._require_near()

    def _admit_new(self, hello: Hello) -> None:
        """Let a client in that is to be made; its keys are looked at once it has sent them."""
        if not hello.slot:
            if self._options.require_password:
                raise RightsError(
                    "this server wants every client to have a password",
                    hint="Give one: --password, --password-file or --password-prog.",
                )
            self._require_near()

    def _require_near(self) -> None:
        if not (self._line.is_local or self._options.allow_open):
            raise RightsError(
                "this server serves clients without a password on its own machine only",
                hint="Set AllowOpen in the server's configuration if that is not what you want.",
            )

    def _log_in(self, hello: Hello, slot: Keyslot, *, is_real: bool) -> bytes:
        """Return our proof once the client has proved that it knows the password."""
        address = self._line.peer.rpartition(":")[0] or self._line.peer
        who = f"{hello.client} {address}"
        try:
            self._attempts.refuse_hasty(who)
            server = LoginServer(slot.login_salt, slot.verifier, binding=self._line.binding)
            cost = (slot.cost.memory, slot.cost.passes, slot.cost.lanes)
            self._line.say(LoginWanted(*cost, slot.salt, slot.login_salt, server.answer))
            proof = self._line.hear(LOGIN_SECONDS)
            if not isinstance(proof, LoginProof):
                raise LineLostError("the client did not log in in time")

            def check() -> bytes:
                answer = server.check(proof.public, proof.proof)
                if not is_real:
                    raise AuthenticationError("nobody knows this password")
                return answer

            return self._attempts.judge(who, check)
        except AuthenticationError as error:
            self._refuse(hello, address, error)

    def _refuse(self, hello: Hello, address: str, error: AuthenticationError) -> NoReturn:
        """Log a refusal so that fail2ban can read it, and say the same of every reason."""
        note_refusal(self._log, hello.client, address)
        if error.hint:
            raise error
        raise AuthenticationError(
            "the password is wrong, or the client is not known",
            hint="Check both; a new client needs --create.",
        ) from None

    def _fake(self, hello: Hello) -> Keyslot:
        return fake_slot(self._state.secret(), hello.client, hello.slot or MAIN)


def note_refusal(log: Log, client: str, address: str) -> None:
    """Log a login that failed, in the words that fail2ban's filter knows."""
    log(f"login failed for client {client} from {address}", is_trouble=True)


def fake_slot(secret: bytes, client: str, label: str) -> Keyslot:
    """Return a slot that there is not, to ask with: the same every time for one *client*.

    Args:
        secret: Of this server.
        client: That is not known, or has no such slot.
        label: Of the slot.
    """

    def derive(purpose: bytes) -> bytes:
        about = b"\0".join((purpose, client.encode(), label.encode()))
        return hmac.digest(secret, about, hashlib.sha512)

    verifier = b"".join(derive(b"verifier" + bytes((one,))) for one in range(8))
    salt, login_salt = derive(b"salt")[:32], derive(b"login")[:16]
    return Keyslot(MAIN, COSTS["usual"], salt, b"", login_salt, b"\1" + verifier[1:], 0)
