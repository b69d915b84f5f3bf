"""Makes the stores of new clients, and settles what each client may do."""

from collections.abc import Iterable
from dataclasses import replace

from tardis.model import Right
from tardis.policy import changed_rights, check_client_name
from tardis.store import Grant, Place, create_store, read_grant, write_grant


def create_client(place: Place, client: str, *, private: bool = False) -> None:
    """Make an empty store for *client*.

    Args:
        place: Where.
        client: Its name.
        private: Let nobody but the owner look into it.

    Raises:
        UsageError: That cannot be a name.
        StoreError: There is one already, or it cannot be made; nothing is left then.
    """
    create_store(place, check_client_name(client), private=private)


def change_rights(
    place: Place,
    client: str,
    usual: Iterable[Right],
    changes: tuple[Iterable[Right], Iterable[Right]],
) -> Grant:
    """Give *client* rights and take others away; return what it is granted now.

    Args:
        place: Where.
        client: Whose.
        usual: Rights of clients for which nothing was settled: where the change begins.
        changes: What is granted, and what is revoked.

    Raises:
        UsageError: One is granted and revoked at once.
        StoreError: It cannot be written.
    """
    grant = read_grant(place, client)
    now = usual if grant.rights is None else grant.rights
    changed = replace(grant, rights=changed_rights(now, *changes))
    write_grant(place, client, changed)
    return changed


def reset_rights(place: Place, client: str) -> None:
    """Let the server's own settings say again what *client* may do."""
    write_grant(place, client, replace(read_grant(place, client), rights=None))
