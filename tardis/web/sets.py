"""Which set of a client a request means."""

from tardis.history import find_set
from tardis.model import BackupSet
from tardis.store import StoreReader


def chosen_set(reader: StoreReader, wanted: str) -> BackupSet:
    """Return the set that *wanted* names: by name, number, tag, or ``Current`` for the newest.

    Raises:
        NoSuchSetError: None does.
    """
    sets, tags = reader.sets(), reader.tags()
    if wanted in tags and all(one.name != wanted for one in sets):
        wanted = str(tags[wanted])
    return find_set(sets, wanted)
