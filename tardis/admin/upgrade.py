"""Brings stores up to the age of this program."""

from tardis.policy import check_client_name
from tardis.store import Place, Upgrade, upgrade_store


def upgrade(place: Place, client: str, *, is_dry: bool = False) -> Upgrade:
    """Bring the store of *client* up to date, or, when *is_dry*, tell what that would be.

    Raises:
        StoreError: It cannot be read or written.
        StoreBusyError: Somebody writes it.
        SchemaError: A newer program has made it.
    """
    return upgrade_store(place, check_client_name(client), is_dry=is_dry)
