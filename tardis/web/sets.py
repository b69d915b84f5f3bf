"""Which set of a client a request means."""

from typing import Final

from tardis.model import BackupSet, NoSuchSetError
from tardis.render import escape_name
from tardis.store import StoreReader

_SHOWN: Final = 80


def chosen_set(reader: StoreReader, wanted: str) -> BackupSet:
    """Return the set that *wanted* names: by name, tag, number, or ``Current`` for the newest.

    However many sets there are, few are looked at.

    Raises:
        NoSuchSetError: None does.
        UsageError: It is the name of one set and a tag of another.
    """
    found = reader.paged().chosen(wanted)
    if found is None:
        shown = escape_name(wanted[:_SHOWN])
        raise NoSuchSetError(f"there is no backup set {shown}", hint="It may have been removed.")
    return found
