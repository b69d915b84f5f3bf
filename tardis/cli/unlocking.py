"""The password of the tools: needed where a backup is encrypted, checked wherever it is given."""

from functools import cache

from tardis.config import Settings, table
from tardis.crypto import (
    KeyRing,
    Stretched,
    is_password_of,
    open_master,
    stretch,
    wrong_password,
)
from tardis.model import AuthenticationError, UsageError
from tardis.render import escape_name
from tardis.store import KeyFile, Place, keys_of

from .passwords import PasswordSource


@cache
def unlock(settings: Settings, place: Place, client: str, *, may_ask: bool) -> KeyRing | None:
    """Return the keys of an encrypted backup; asked for and worked out once in a run.

    Args:
        settings: Tell the password.
        place: Where stores lie.
        client: Whose backup; it is there.
        may_ask: Ask the person where the settings tell no password.

    Returns:
        None for a backup in clear, and for one whose password nobody tells.

    Raises:
        AuthenticationError: The password is wrong, or there is none; or the key file does
            not have the keys.
        UsageError: It is encrypted, and the settings say that it is not.
    """
    shown = escape_name(client)
    source = PasswordSource(settings, f"Password for {shown}")
    keys = keys_of(place, client)
    is_needed = keys is not None and keys.repository.is_sealed and may_ask
    if keys is None or not (source.is_given or is_needed):
        return None
    if keys.repository.is_sealed:
        check_crypt(settings)
    slot = keys.slot(settings[table.SLOT])
    if slot is None:
        raise AuthenticationError(
            f"the backup of {shown} has no such password",
            hint="Leave it out, or name its keyslot by --slot.",
        )
    repository, key_file = keys.repository, key_file_of(settings)
    wrapped = slot.wrapped
    if repository.is_sealed and key_file is not None:  # before anybody types a password
        wrapped = key_file.wrapped(repository.id, slot.salt)
    stretched = Stretched.of(stretch(source.known(), slot.salt, slot.cost))
    if not is_password_of(slot, stretched):
        raise wrong_password()
    if not repository.is_sealed:
        return None
    return KeyRing.of(open_master(wrapped, stretched, repository.id), repository.id)


def check_crypt(settings: Settings) -> None:
    """Return unless *settings* say that this backup, which is encrypted, is kept in clear.

    Raises:
        UsageError: They do.
    """
    if table.CRYPT in settings and not settings[table.CRYPT]:
        raise UsageError(
            "this backup is encrypted: its password is not for logging in only",
            hint="Leave out --nocrypt, or Crypt = False.",
        )


def key_file_of(settings: Settings) -> KeyFile | None:
    """Return the key file that *settings* name, None when they name none."""
    path = settings[table.KEYS if table.KEYS in settings else table.SONIC_KEYS]
    return KeyFile(path) if path else None
