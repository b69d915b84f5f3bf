"""Logging in over HTTP: the proof of `crypto.login` in two requests, or the password itself.

The first way shows the server nothing, so it can read nothing that is encrypted.  The second
is for people with a browser: the server stretches the password, and has the keys of an
encrypted backup for as long as that session lasts.  Whoever fails is told the same for every
reason, waits, and is logged, as at the daemon.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn

from tardis.crypto import (
    MAIN,
    KeyRing,
    KeysFile,
    Keyslot,
    LoginServer,
    Stretched,
    is_password_of,
    password_bytes,
    unwrap,
    wrong_password,
)
from tardis.model import AuthenticationError, Repository, RightsError, StoreBusyError
from tardis.policy import check_client_name
from tardis.server import LOGIN_SECONDS, Attempts, Log, fake_slot, note_refusal
from tardis.store import DaemonState, KeptKeys

from .callers import Caller
from .options import WebOptions
from .sessions import Access

_MOST_QUESTIONS: Final = 500
_MOST_OF_ONE: Final = 20
_MOST_STRETCHING: Final = 4
_WORD: Final = 16


class Question(NamedTuple):
    """What a client has to answer with a proof.

    Attributes:
        login: Names this login in the second request.
        slot: Whose password is meant; one that there is not looks the same.
        answer: B of the protocol.
    """

    login: str
    slot: Keyslot
    answer: bytes


class Proved(NamedTuple):
    """A login that has succeeded.

    Attributes:
        access: What may be asked about now.
        proof: Of this server, for a client that wants to know whom it told.
        slot: Whose password it was.
        repository: Of the client's store.
    """

    access: Access
    proof: bytes
    slot: Keyslot
    repository: Repository


@dataclass(frozen=True, slots=True)
class _Asked:
    """A login that was begun; *repository* is None where no proof will do."""

    client: str
    address: str
    since: float
    slot: Keyslot
    repository: Repository | None
    server: LoginServer
    public: bytes


class Logins:
    """All logins of this server; for any thread.

    Args:
        options: The administrator's.
        state: The server's secret is there.
        attempts: Of wrong passwords.
        log: Hears of them, one line each.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        options: WebOptions,
        state: DaemonState,
        attempts: Attempts,
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._state = state
        self._attempts = attempts
        self._log = log
        self._clock = clock
        self._keys = KeptKeys(options.place)
        self._turn = threading.Lock()
        self._asked: dict[str, _Asked] = {}
        self._stretching = threading.BoundedSemaphore(_MOST_STRETCHING)
        self._one_stretch = threading.Lock()

    def renew(self, options: WebOptions) -> None:
        """Go by *options* from now on; logins that were begun go on."""
        self._options = options

    def begin(
        self,
        client: str,
        label: str,
        caller: Caller,
        *,
        is_bound: bool = False,
        public: bytes = b"",
    ) -> Question | Access:
        """Return what to answer, or what may be asked about where there is no password.

        Args:
            client: Whose past is wanted.
            label: Of the keyslot; empty for the usual one.
            caller: Who asks.
            is_bound: The proof will cover the certificate of this server.
            public: A of the protocol, from those who tell it now and not with the proof.

        Raises:
            UsageError: That cannot be a client's name.
            AuthenticationError: Too many wrong passwords have come from there.
            RightsError: A client without a password is not served like this.
        """
        check_client_name(client)
        keys = self._keys.of(client)
        if keys is not None and not keys.slots:
            self.require_open(client, caller)
            return Access(client)
        self._attempts.refuse_hasty(_who(client, caller))
        slot, repository = self._slot(client, label, keys)
        binding = self._options.binding if is_bound else b""
        server = LoginServer(slot.login_salt, slot.verifier, binding=binding)
        now = self._clock()
        asked = _Asked(client, caller.address, now, slot, repository, server, public)
        login = secrets.token_urlsafe(_WORD)
        with self._turn:
            self._make_room(caller.address)
            self._asked[login] = asked
        return Question(login, slot, server.answer)

    def prove(self, login: str, public: bytes, proof: bytes, caller: Caller) -> Proved:
        """Return what the *proof* for a question of `begin` opens; each is answered once.

        Raises:
            AuthenticationError: It is wrong, late, or comes from elsewhere.
        """
        with self._turn:
            asked = self._asked.pop(login, None)
        if asked is None or asked.address != caller.address or self._is_late(asked):
            raise AuthenticationError("this login is over, or was never begun", hint="Begin anew.")

        def check() -> bytes:
            answer = asked.server.check(public or asked.public, proof)
            if asked.repository is None:
                raise AuthenticationError("nobody knows this password")
            return answer

        ours = self._judge(asked.client, caller, check)
        assert asked.repository is not None  # else `check` has raised
        access = _access(asked.client, asked.slot, asked.repository, None)
        return Proved(access, ours, asked.slot, asked.repository)

    def by_password(self, client: str, label: str, password: str, caller: Caller) -> Access:
        """Return what *password* opens, with the keys of an encrypted backup.

        Raises:
            UsageError: That cannot be a client's name.
            AuthenticationError: It is wrong, or too many wrong ones have come from there.
            RightsError: Others could have listened, or see `begin`.
            StoreBusyError: Too many passwords are being looked at.
        """
        if not caller.is_private:
            raise RightsError(
                "passwords are taken over an encrypted connection only",
                hint="Use https, or come through an SSH tunnel.",
            )
        check_client_name(client)
        keys = self._keys.of(client)
        if keys is not None and not keys.slots:
            self.require_open(client, caller)
            return Access(client)
        self._attempts.refuse_hasty(_who(client, caller))
        slot, repository = self._slot(client, label, keys)
        stretched = self._stretched(password, slot)

        def check() -> bytes:
            if repository is None or not is_password_of(slot, stretched):
                raise AuthenticationError("the password is wrong")
            return b""

        self._judge(client, caller, check)
        assert repository is not None  # else `check` has raised
        ring = None
        if repository.is_sealed:
            ring = KeyRing.of(unwrap(slot, stretched, repository.id), repository.id)
        return _access(client, slot, repository, ring)

    def still_holds(self, access: Access, caller: Caller) -> bool:
        """Tell whether what was proved once would still be let in now."""
        keys = self._keys.of(access.client)
        if keys is None:
            return False
        if not access.slot:
            return not keys.slots and self._serves_open(caller)
        slot = keys.slot(access.slot)
        return slot is not None and slot.verifier == access.verifier

    def require_open(self, client: str, caller: Caller) -> None:
        """Return if a client without a password may be asked about.

        Raises:
            RightsError: It may not; says why.
        """
        if self._options.require_password:
            raise RightsError(
                f"{client} has no password, and this server wants one of every client",
                hint="Use `sonic setpass` on the server.",
            )
        if not self._serves_open(caller):
            raise RightsError(
                "this server serves clients without a password on its own machine only",
                hint="Set AllowOpen in the server's configuration if that is not what you want.",
            )

    def _serves_open(self, caller: Caller) -> bool:
        options = self._options
        is_known = caller.is_near or (options.allow_open and caller.is_direct)
        return is_known and not options.require_password

    def _slot(
        self, client: str, label: str, keys: KeysFile | None
    ) -> tuple[Keyslot, Repository | None]:
        found = keys.slot(label or MAIN) if keys is not None else None
        if keys is None or found is None:
            return fake_slot(self._state.secret(), client, label or MAIN), None
        return found, keys.repository

    def _stretched(self, password: str, slot: Keyslot) -> Stretched:
        """Stretch one password at a time: each takes the memory of its keyslot."""
        if not self._stretching.acquire(blocking=False):
            raise StoreBusyError("too many passwords are looked at just now", hint="Try again.")
        try:
            with self._one_stretch:
                made = self._options.stretch(password_bytes(password), slot.salt, slot.cost)
        finally:
            self._stretching.release()
        return Stretched.of(made)

    def _judge(self, client: str, caller: Caller, check: Callable[[], bytes]) -> bytes:
        try:
            return self._attempts.judge(_who(client, caller), check)
        except AuthenticationError as error:
            self._refuse(client, caller, error)

    def _refuse(self, client: str, caller: Caller, error: AuthenticationError) -> NoReturn:
        note_refusal(self._log, client, caller.address)
        if error.hint:  # it says how long to wait
            raise error
        raise wrong_password() from None

    def _is_late(self, asked: _Asked) -> bool:
        return self._clock() - asked.since > LOGIN_SECONDS

    def _make_room(self, address: str) -> None:
        """Forget questions that nobody answers, the oldest of *address* first."""
        for login in [one for one, asked in self._asked.items() if self._is_late(asked)]:
            del self._asked[login]
        own = [login for login, asked in self._asked.items() if asked.address == address]
        if len(own) >= _MOST_OF_ONE:
            del self._asked[own[0]]
        elif len(self._asked) >= _MOST_QUESTIONS:
            del self._asked[next(iter(self._asked))]


def _access(client: str, slot: Keyslot, repository: Repository, ring: KeyRing | None) -> Access:
    return Access(client, slot.label, slot.verifier, repository.is_sealed, ring)


def _who(client: str, caller: Caller) -> str:
    return f"{client} {caller.address}"
