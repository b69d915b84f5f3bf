"""The first words of a run: who we are, and which set we wish to make."""

import time

from tardis import __version__
from tardis.crypto import (
    MAIN,
    KdfCost,
    KeysFile,
    LoginClient,
    Stretched,
    check_cost,
    make_slot,
    new_digest_key,
    new_master,
    new_repository_id,
)
from tardis.model import (
    MODERN,
    SCHEMES,
    AuthenticationError,
    RemoteProtocolError,
    Repository,
    UsageError,
)
from tardis.protocol import PROTOCOL
from tardis.protocol.messages import (
    Hello,
    LoginProof,
    LoginWanted,
    OpenSet,
    SetOpened,
    Welcome,
)

from .access import Access
from .options import JobOptions
from .run import Talk, expect

PROGRAM = f"tardis {__version__}"


def open_set(line: Talk, options: JobOptions) -> SetOpened:
    """Greet the server and return the set it has opened.

    Raises:
        TardisError: The server refuses, or the line is lost.
    """
    keys = enter(line, options)
    line.start_heartbeat()
    wish = options.wish
    line.say(
        OpenSet(
            name=wish.name,
            format=wish.format,
            priority=wish.priority,
            is_creating=wish.is_creating,
            is_forced=wish.is_forced,
            is_full=wish.is_full,
            lineage=wish.lineage,
            label=wish.label,
            client_time_ns=time.time_ns(),
            command_line=wish.command_line,
            config=wish.config,
            scheme=wish.scheme,
            session=wish.session,
            keys=keys,
        )
    )
    opened = expect(line, SetOpened)
    if opened.scheme not in SCHEMES:
        raise RemoteProtocolError(f"the server keeps a store of a format {opened.scheme!r}")
    return opened


def enter(line: Talk, options: JobOptions) -> bytes:
    """Greet the server, log in if it asks for that, and return the keys of a new client.

    Returns:
        Text of the keys file to be sent with the wish for a set; empty unless the client is
        made with a password.

    Raises:
        AuthenticationError: The password is wrong, or missing, or not the backup's.
        TardisError: The server refuses, or the line is lost.
    """
    access = options.access
    is_given = access is not None and access.password.is_given
    is_named = access is not None and (is_given or access.slot != MAIN)
    slot = access.slot if access is not None and is_named else ""
    hello = Hello(
        PROTOCOL, PROGRAM, options.client, options.compression, options.wish.is_creating, slot
    )
    line.say(hello)
    message = line.hear()
    if isinstance(message, LoginWanted):
        if access is None:
            raise AuthenticationError(f"the backup of {options.client} has a password")
        _log_in(line, access, message)
        return b""
    if not isinstance(message, Welcome):
        raise RemoteProtocolError("the server did not answer with a welcome")
    if access is None or not is_given:
        return b""
    if not message.is_new and not options.wish.is_creating:
        raise AuthenticationError(
            f"the backup of {options.client} has no password, and one was given",
            hint="Leave it out, or let the administrator set one with `sonic setpass`.",
        )
    if access.is_sealing:
        raise UsageError(
            "encrypting backups is not part of this version yet",
            hint="Say --nocrypt, or Crypt = False: the password is for logging in only.",
        )
    return _new_keys(access, options.wish.scheme or MODERN).text()


def _log_in(line: Talk, access: Access, wanted: LoginWanted) -> None:
    """Prove that we know the password, and let the server prove that it has the verifier."""
    cost = KdfCost(wanted.memory, wanted.passes, wanted.lanes)
    check_cost(cost)  # before anybody types a password
    password = access.password.known()
    stretched = Stretched.of(access.stretch(password, wanted.salt, cost))
    login = LoginClient(stretched.login)
    line.say(LoginProof(login.public, login.prove(wanted.login_salt, wanted.answer)))
    welcome = expect(line, Welcome)
    login.check(welcome.proof)
    if access.is_sealing:
        raise UsageError(
            "this backup is kept in clear: its password is for logging in only",
            hint="Say --nocrypt, or Crypt = False, to go on like that.",
        )


def _new_keys(access: Access, scheme: str) -> KeysFile:
    """Return the keys of a client that is made now."""
    password = access.password.fresh()

    def stretched(salt: bytes) -> Stretched:
        return Stretched.of(access.stretch(password, salt, access.cost))

    repository = Repository(new_repository_id(), scheme, new_digest_key())
    secrets = (new_master(), repository.id)
    slot = make_slot(access.slot, access.cost, stretched, secrets, time.time_ns())
    return KeysFile(repository, (slot,))
