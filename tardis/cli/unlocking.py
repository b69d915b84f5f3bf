"""The password of the tools: needed where a backup is encrypted, checked wherever it is given."""

from functools import cache

from tardis.config import Settings, table
from tardis.crypto import Stretched, is_password_of, stretch, wrong_password
from tardis.model import AuthenticationError
from tardis.render import escape_name
from tardis.store import Place, keys_of

from .passwords import PasswordSource


@cache
def check_password(settings: Settings, place: Place, client: str) -> None:
    """Make sure that a password that is given is that of the backup, once in a run.

    Raises:
        AuthenticationError: It is not, or there is none.
    """
    shown = escape_name(client)
    source = PasswordSource(settings, f"Password for {shown}")
    if not source.is_given:
        return
    keys = keys_of(place, client)
    slot = keys.slot(settings[table.SLOT]) if keys is not None else None
    if slot is None:
        raise AuthenticationError(
            f"the backup of {shown} has no such password",
            hint="Leave it out, or name its keyslot by --slot.",
        )
    stretched = Stretched.of(stretch(source.known(), slot.salt, slot.cost))
    if not is_password_of(slot, stretched):
        raise wrong_password()
