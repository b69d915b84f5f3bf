"""The password of the tools: needed where a backup is encrypted, checked wherever it is given."""

from functools import cache

from tardis.config import Settings, table
from tardis.crypto import KeyRing, Stretched, is_password_of, stretch, unwrap, wrong_password
from tardis.model import AuthenticationError
from tardis.render import escape_name
from tardis.store import Place, keys_of

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
        AuthenticationError: The password is wrong, or there is none.
    """
    shown = escape_name(client)
    source = PasswordSource(settings, f"Password for {shown}")
    keys = keys_of(place, client)
    is_needed = keys is not None and keys.repository.is_sealed and may_ask
    if keys is None or not (source.is_given or is_needed):
        return None
    slot = keys.slot(settings[table.SLOT])
    if slot is None:
        raise AuthenticationError(
            f"the backup of {shown} has no such password",
            hint="Leave it out, or name its keyslot by --slot.",
        )
    stretched = Stretched.of(stretch(source.known(), slot.salt, slot.cost))
    if not is_password_of(slot, stretched):
        raise wrong_password()
    repository = keys.repository
    if not repository.is_sealed:
        return None
    return KeyRing.of(unwrap(slot, stretched, repository.id), repository.id)
