"""sonic replicate: brings a second copy of a store up to date."""

import json
import os
from dataclasses import asdict

from tardis.admin import replicate
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS
from tardis.render import human_size

from .restore_store import place_of


def run_replicate(settings: Settings) -> int:
    """Make or renew the copy; return the exit status."""
    os.umask(table.UMASK.default)
    done = replicate(place_of(settings), settings[table.TOOL_CLIENT], settings[table.COPY_TO])
    if settings[table.JSON]:
        print(json.dumps(asdict(done), indent=2))
    else:
        text = f"the copy has {done.sets} sets, up to set {done.last_set}; "
        text += f"{done.packs} packs and {done.files} files copied, {human_size(done.size_bytes)}, "
        print(text + f"{done.proved} contents read back, {done.removed} files removed")
        if done.damaged:
            print(f"{done.damaged} contents are damaged in the store that was copied")
    return PROBLEMS if done.damaged else DONE
