"""Which set of a client a request means."""

from typing import Final

from tardis.history import find_set
from tardis.model import BackupSet, NoSuchSetError
from tardis.store import StoreReader

_LONGEST: Final = 255


def chosen_set(reader: StoreReader, wanted: str) -> BackupSet:
    """Return the set that *wanted* names: by name, tag, number, or ``Current`` for the newest.

    Raises:
        NoSuchSetError: None does.
        UsageError: It is the name of one set and a tag of another.
    """
    if len(wanted) > _LONGEST:  # no name is; and Python reads no number that is much longer
        raise NoSuchSetError("there is no backup set with a name as long as that")
    return find_set(reader.sets(), wanted, tags=reader.tags())
