"""Which set of a client a request means."""

from typing import Final

from tardis.history import find_set
from tardis.model import BackupSet, NoSuchSetError
from tardis.store import StoreReader

_LONGEST: Final = 255


def chosen_set(reader: StoreReader, wanted: str) -> BackupSet:
    """Return the set that *wanted* names: by name, number, tag, or ``Current`` for the newest.

    Raises:
        NoSuchSetError: None does.
    """
    if len(wanted) > _LONGEST:  # no name is; and Python reads no number that is much longer
        raise NoSuchSetError("there is no backup set with a name as long as that")
    sets, tags = reader.sets(), reader.tags()
    if wanted in tags and all(one.name != wanted for one in sets):
        wanted = str(tags[wanted])
    return find_set(sets, wanted)
