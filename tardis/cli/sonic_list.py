"""The verb of sonic that lists the sets of a client, ten thousand as quickly as ten."""

import time

from tardis.config import Settings, table
from tardis.render import set_json, set_lines

from .restore_store import open_client


def list_sets(settings: Settings) -> None:
    """Show all sets, for people or as JSON."""
    with open_client(settings, may_ask=False) as reader:
        sets = reader.sets()
    if settings[table.JSON]:
        print(set_json(sets))
        return
    is_long, current = settings[table.LIST_LONG], settings[table.RECENT_SET]
    print("\n".join(set_lines(sets, time.localtime, is_long=is_long, current=current)))
