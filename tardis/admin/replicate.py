"""Keeps a second copy of a store in another base directory."""

from dataclasses import replace

from tardis.model import UsageError
from tardis.policy import check_client_name
from tardis.store import Place, Replicated, has_store, replicate_store


def replicate(place: Place, client: str, base: str) -> Replicated:
    """Bring the copy of *client*'s store below *base* up to date, or make it.

    Args:
        place: Where the store is.
        client: Whose.
        base: Base directory of the copy; made if need be.

    Raises:
        UsageError: No directory is named.
        StoreError: There is no store, or the copy is not one of it any more.
        IntegrityError: What was written could not be read back.
    """
    if not base:
        raise UsageError("name the base directory of the copy: --to DIR")
    if not has_store(place, check_client_name(client)):
        raise UsageError(f"the client {client} has no store in {place.base}")
    return replicate_store(place, replace(place, base=base, db_dir=""), client)
