"""Opens a client's store for its one writer, upgraded first where the administrator allows it."""

from tardis.model import SchemaError
from tardis.store import Claim, Flushers, StoreWriter, open_writer

from .options import DaemonOptions


def open_store(
    options: DaemonOptions, client: str, claim: Claim, flushers: Flushers
) -> StoreWriter:
    """Open the store of *client*; the caller closes it.

    Raises:
        StoreBusyError: Somebody else writes it.
        SchemaError: Another version has made it, and it must not or cannot be upgraded.
        StoreError: It cannot be used.
    """
    try:
        return open_writer(options.place, client, claim, flushers)
    except SchemaError:
        if options.upgrade is None:
            raise
    options.upgrade(options.place, client)
    return open_writer(options.place, client, claim, flushers)
