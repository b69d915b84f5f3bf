"""What a client may ask before it makes a set."""

from tardis.protocol.messages import AskNewest, Newest
from tardis.store import Place, has_store, open_reader


def newest(place: Place, client: str, wanted: AskNewest, now_ns: int) -> Newest:
    """Return which set of a lineage is the newest complete one, and how old it is.

    Neither the writer's lock is taken nor a run disturbed that is going on.  A client without
    a store has no set.

    Args:
        place: Of the stores.
        client: Who asks; it has shown that it may.
        wanted: The lineage.
        now_ns: Clock of this machine.

    Raises:
        StoreError: The store cannot be read.
    """
    if not has_store(place, client):
        return Newest("", 0)
    with open_reader(place, client) as reader:
        found = reader.newest_complete(wanted.lineage)
    if found is None:
        return Newest("", 0)
    name, ended_ns = found
    return Newest(name, max(now_ns - ended_ns, 0))
