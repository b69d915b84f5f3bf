"""How a store is opened by the one who writes it.

Apart from what opens it for reading: programs that only look start without all that writes.
"""

from dataclasses import dataclass

from tardis.model import StoreError

from .flush import Flushers
from .lock import WriterLock
from .opening import Place, has_contents, is_whole
from .trouble import store_trouble
from .writer import StoreWriter


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to write a store.

    Attributes:
        purpose: In words, for others who find it locked.
        is_forced: Ask the present holder to stop.
        patience: Seconds to wait for a holder that was asked.
    """

    purpose: str
    is_forced: bool = False
    patience: float = 60.0


def open_writer(place: Place, client: str, claim: Claim, flushers: Flushers) -> StoreWriter:
    """Open *client*'s store for its one writer; the caller closes it.

    Raises:
        StoreBusyError: Somebody else writes it.
        StoreError: There is none, or it cannot be used.
    """
    layout = place.layout(client)
    if not is_whole(layout):
        if has_contents(layout):
            raise StoreError(
                f"the catalog {layout.database} or its keys are gone, its contents are there",
                hint="Put copies of them back, or rebuild the catalog with `sonic recover`.",
            )
        raise StoreError(
            f"the client {client} has no store here",
            hint="Run the first backup with --create, or `sonic create` on the server.",
        )
    lock = WriterLock(layout.lock)
    lock.take(claim.purpose, is_forced=claim.is_forced, patience=claim.patience)
    try:
        with store_trouble(layout.directory):
            return StoreWriter(layout, lock, flushers.below(layout.directory))
    except BaseException:
        lock.close()
        raise
