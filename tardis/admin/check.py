"""Looks through a store and tells all that is not as it should be; changes nothing."""

from typing import Final

from tardis.model import Observer, StoreError
from tardis.policy import check_client_name
from tardis.store import Checked, Level, Place, Reading, has_store, open_scrub, read_data

_AGAIN: Final = 2
"""How often a store that was written meanwhile is looked at once more before damage is believed."""


def check(
    place: Place,
    client: str,
    reading: Reading | None = None,
    observer: Observer | None = None,
    *,
    again: int = _AGAIN,
) -> Checked:
    """Look at catalog, packs, files and how they agree; read stored bytes where that is wanted.

    A backup may go on meanwhile.  Damage is believed only if the store was not written
    between the look at the catalog and the look at what it names.

    Args:
        place: Where.
        client: Whose.
        reading: What of the stored bytes to read.
        observer: Hears of every part that was read.
        again: How often to begin anew because of that.

    Raises:
        StoreError: There is no store, or it may not be read.
        SchemaError: It is of another age.
    """
    if not has_store(place, client):
        raise StoreError(f"the client {client} has no store here")
    with open_scrub(place.layout(check_client_name(client))) as scrub:
        scrub.structure()
        is_stale = bool(scrub.done.at(Level.DAMAGE)) and scrub.has_changed()
        if not (is_stale and again):
            if reading is not None:
                read_data(scrub, reading, observer or Observer())
            scrub.trace()
            return scrub.done
    return check(place, client, reading, observer, again=again - 1)
