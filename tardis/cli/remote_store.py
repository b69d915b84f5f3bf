"""A store behind a tardisremote, opened for the tools; only what is read comes over the line."""

from functools import cache

from tardis.config import Settings, table
from tardis.crypto import KdfCost, KeyRing, KeysFile, Stretched, open_master, stretch
from tardis.model import AuthenticationError, RawStore
from tardis.net import HttpPlace, Ticket, open_http, parse_http_url
from tardis.policy import check_client_name
from tardis.render import escape_name
from tardis.store import StoreReader

from .head_faults import say_faults
from .passwords import PasswordSource
from .unlocking import check_crypt, key_file_of


def open_remote(settings: Settings) -> StoreReader:
    """Open the store that *settings* name by a URL; the caller closes it.

    Raises:
        AuthenticationError: The password is wrong, or the server is another one.
        LineLostError: The server cannot be reached.
        TardisError: It refuses.
    """
    reader, ring = _opened(settings)
    try:
        if ring is not None:
            _warn_of_faults(settings, ring)
    except BaseException:
        reader.close()
        raise
    return reader


def _opened(settings: Settings) -> tuple[StoreReader, KeyRing | None]:
    place, ticket = remote_place(settings), ticket_of(settings)
    raw = open_http(place, ticket, settings[table.REMOTE_PIN])
    try:
        ring = _ring(raw, settings, ticket)
    except BaseException:
        raw.close()
        raise
    return StoreReader.over(raw, ring), ring


@cache
def _warn_of_faults(settings: Settings, ring: KeyRing) -> int:
    """Say once in a run, before its processes begin, what does not hold of the signed sets."""
    with _opened(settings)[0] as reader:
        return say_faults(reader, ticket_of(settings).client, ring)


def remote_place(settings: Settings) -> HttpPlace:
    """Return the server that *settings* name.

    Raises:
        ConfigError: It is no server that can be.
    """
    return parse_http_url(settings[table.DATABASE], settings[table.REMOTE_DATABASE_PORT])


@cache
def ticket_of(settings: Settings) -> Ticket:
    """Return what a login needs and leaves behind: one in a run, also for its processes."""
    client = check_client_name(settings[table.TOOL_CLIENT])
    source = PasswordSource(settings, f"Password for {escape_name(client)}")

    def secret(salt: bytes, cost: KdfCost) -> Stretched:
        return Stretched.of(stretch(source.known(), salt, cost))

    return Ticket(client, settings[table.SLOT], secret)


def _ring(raw: RawStore, settings: Settings, ticket: Ticket) -> KeyRing | None:
    """Return the keys of an encrypted backup; None for one in clear."""
    identity = raw.identity()
    keys = KeysFile.parse(identity.keys, identity.label)
    repository, slot = keys.repository, keys.slot(settings[table.SLOT])
    if not repository.is_sealed:
        return None
    check_crypt(settings)
    if slot is None:
        raise AuthenticationError("the password that was given is not of this backup any more")
    key_file = key_file_of(settings)
    wrapped = slot.wrapped if key_file is None else key_file.wrapped(repository.id, slot.salt)
    stretched = ticket.stretch(slot.salt, slot.cost)
    return KeyRing.of(open_master(wrapped, stretched, repository.id), repository.id)
