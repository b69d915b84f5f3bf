"""The first words of a run: who we are, and which set we wish to make."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from tardis import __version__
from tardis.crypto import (
    MAIN,
    KdfCost,
    KeyRing,
    KeysFile,
    LoginClient,
    Seals,
    Stretched,
    check_cost,
    cost_and_salt,
    make_slot,
    new_master,
    new_repository,
    open_master,
)
from tardis.model import (
    CLASSIC,
    MODERN,
    SCHEMES,
    AuthenticationError,
    RemoteProtocolError,
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
from tardis.streams import Errand

from .access import Access
from .heads import Chain
from .options import JobOptions
from .run import Talk, expect
from .sealing import open_opened

PROGRAM = f"tardis {__version__}"

Meanwhile = Callable[[], bool]
"""Does a little that needs no key, and tells whether there is more of that; it is called again
and again while the password is stretched, which takes most of a second."""


def nothing() -> bool:
    """Do nothing meanwhile."""
    return False


def open_set(
    line: Talk, options: JobOptions, meanwhile: Meanwhile = nothing
) -> tuple[SetOpened, Seals | None]:
    """Greet the server; return the set it has opened, and the seals of an encrypted backup.

    Args:
        line: To the server.
        options: Of the run.
        meanwhile: See `Meanwhile`.

    Raises:
        TardisError: The server refuses, or the line is lost.
    """
    keys, seals = enter(line, options, meanwhile)
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
            lineage=wish.lineage if seals is None else seals.lineage(wish.lineage),
            label=wish.label,
            client_time_ns=time.time_ns(),
            command_line=_sealed(seals, wish.command_line, b"command line"),
            config=_sealed(seals, wish.config, b"config"),
            scheme=wish.scheme,
            session=wish.session,
            keys=keys,
            head=0 if seals is None else Chain(seals, options.book).asked,
        )
    )
    opened = expect(line, SetOpened)
    if opened.scheme not in SCHEMES:
        raise RemoteProtocolError(f"the server keeps a store of a format {opened.scheme!r}")
    if seals is None:
        return opened, None
    if opened.repository != seals.ring.repository:
        raise RemoteProtocolError("the server opened another store than the one with our keys")
    if (opened.scheme == CLASSIC) != seals.ring.is_classic:
        raise RemoteProtocolError("the server opened a store of another format than our keys are")
    return open_opened(seals, opened), seals


def _sealed(seals: Seals | None, value: bytes, what: bytes) -> bytes:
    return value if seals is None else seals.names.seal_value(value, what)


def enter(
    line: Talk, options: JobOptions, meanwhile: Meanwhile = nothing
) -> tuple[bytes, Seals | None]:
    """Greet the server, and log in if it asks for that; see `open_set`.

    Returns:
        Text of the keys file to be sent with the wish for a set, empty unless the client is
        made with a password; and the seals of an encrypted backup.

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
        return b"", _log_in(line, access, message, meanwhile)
    if not isinstance(message, Welcome):
        raise RemoteProtocolError("the server did not answer with a welcome")
    if access is None or not is_given:
        return b"", None
    if not message.is_new and not options.wish.is_creating:
        raise AuthenticationError(
            f"the backup of {options.client} has no password, and one was given",
            hint="Leave it out, or let the administrator set one with `sonic setpass`.",
        )
    return _new_keys(access, options.wish.scheme or MODERN, options.client, meanwhile)


def _log_in(line: Talk, access: Access, wanted: LoginWanted, meanwhile: Meanwhile) -> Seals | None:
    """Prove that we know the password, let the server prove its side, and open the keys."""
    cost = KdfCost(wanted.memory, wanted.passes, wanted.lanes)
    check_cost(cost)  # before anybody types a password
    try:
        password = access.password.known()
    except AuthenticationError as error:  # a client that is not known is asked the same way
        hint = f"{error.hint} If this client is new to the server, say --create."
        raise AuthenticationError(str(error), hint=hint.strip()) from error
    stretched = _stretched(lambda: access.stretch(password, wanted.salt, cost), meanwhile)
    login = LoginClient(stretched.login, binding=line.binding)
    line.say(LoginProof(login.public, login.prove(wanted.login_salt, wanted.answer)))
    welcome = expect(line, Welcome)
    login.check(welcome.proof)
    if access.is_sealing and not welcome.is_sealed:
        raise UsageError(
            "this backup is kept in clear: its password is for logging in only",
            hint="Say --nocrypt, or Crypt = False, to go on like that.",
        )
    if not welcome.is_sealed:
        return None
    if not access.is_sealing:
        raise UsageError("this backup is encrypted, and stays so", hint="Leave out --nocrypt.")
    wrapped = welcome.wrapped
    if access.keeper is not None:
        wrapped = access.keeper.wrapped(welcome.repository, wanted.salt)
    master = open_master(wrapped, stretched, welcome.repository)
    return Seals(KeyRing.of(master, welcome.repository))


def _stretched(stretch: Callable[[], bytes], meanwhile: Meanwhile) -> Stretched:
    """Return what *stretch* makes in another thread; *meanwhile* is called until it is done."""
    with closing(Errand(stretch)) as errand:
        while not errand.is_done and meanwhile():
            pass
        return Stretched.of(errand.result())


def _new_keys(
    access: Access, scheme: str, client: str, meanwhile: Meanwhile
) -> tuple[bytes, Seals | None]:
    """Return the keys file of a client that is made now, and what it seals with."""
    password = access.password.fresh()
    is_sealed = access.is_sealing
    master = new_master(is_pair=is_sealed and scheme == CLASSIC)
    cost, salt = cost_and_salt(master, access.cost, client)

    def stretched(salt: bytes) -> Stretched:
        return _stretched(lambda: access.stretch(password, salt, cost), meanwhile)

    repository = new_repository(scheme, is_sealed=is_sealed)
    secrets = (master, repository.id)
    slot = make_slot(access.slot, cost, stretched, secrets, time.time_ns(), salt)
    seals = Seals(KeyRing.of(master, repository.id)) if is_sealed else None
    if access.keeper is not None:  # before the server can have a store that nobody opens
        access.keeper.keep(repository.id, [slot])
        slot = replace(slot, wrapped=b"")
    return KeysFile(repository, (slot,)).text(), seals
