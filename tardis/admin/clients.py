"""Makes the stores of new clients."""

from tardis.crypto import KeysFile
from tardis.model import MODERN
from tardis.policy import check_client_name
from tardis.store import Place, create_store


def create_client(
    place: Place,
    client: str,
    *,
    private: bool = False,
    scheme: str = MODERN,
    keys: KeysFile | None = None,
) -> None:
    """Make an empty store for *client*.

    Args:
        place: Where.
        client: Its name.
        private: Let nobody but the owner look into it.
        scheme: Format of the store, one of `model.SCHEMES`.
        keys: Its identity and password, in that scheme; None: a fresh one without a password.

    Raises:
        UsageError: That cannot be a name.
        StoreError: There is one already, or it cannot be made; nothing is left then.
    """
    name = check_client_name(client)
    create_store(place, name, private=private, scheme=scheme, keys=keys)
