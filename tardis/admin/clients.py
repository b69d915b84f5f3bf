"""Makes the stores of new clients, and settles what each client may do."""

from collections.abc import Iterable
from dataclasses import replace

from tardis.crypto import KeysFile
from tardis.model import ACKNOWLEDGED, ALARMED, MODERN, BackupSet, Right
from tardis.policy import changed_rights, check_client_name
from tardis.store import (
    Denial,
    Grant,
    Place,
    SetChange,
    change_set,
    create_store,
    denials,
    forget_denials,
    open_reader,
    read_grant,
    write_grant,
)


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


def change_quota(place: Place, client: str, size: int | None, files: int | None) -> Grant:
    """Settle how much *client* may keep, 0 for any amount; None leaves what there is."""
    grant = read_grant(place, client)
    changed = replace(
        grant,
        quota_bytes=grant.quota_bytes if size is None else size,
        quota_files=grant.quota_files if files is None else files,
    )
    write_grant(place, client, changed)
    return changed


def acknowledge(place: Place, client: str) -> tuple[list[BackupSet], list[Denial]]:
    """Let alarms and denials of *client* count as seen; return them.

    Purging goes on from then on.
    """
    with open_reader(place, client) as reader:
        alarming = [one for one in reader.sets() if one.alarm == ALARMED]
    for one in alarming:
        change_set(place, client, one.number, SetChange(alarm=ACKNOWLEDGED))
    seen = denials(place, client)
    forget_denials(place, client)
    return alarming, seen


def reset_rights(place: Place, client: str) -> None:
    """Let the server's own settings say again what *client* may do."""
    write_grant(place, client, replace(read_grant(place, client), rights=None))
