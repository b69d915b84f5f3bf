"""sonic replicate: brings a second copy of a store up to date."""

import json
import os
from dataclasses import asdict

from tardis.admin import replicate
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS
from tardis.render import counted, human_size

from .restore_store import place_of


def run_replicate(settings: Settings) -> int:
    """Make or renew the copy; return the exit status."""
    os.umask(table.UMASK.default)
    done = replicate(place_of(settings), settings[table.TOOL_CLIENT], settings[table.COPY_TO])
    if settings[table.JSON]:
        print(json.dumps(asdict(done), indent=2))
    else:
        text = f"the copy has {counted(done.sets, 'set')}, up to set {done.last_set}; "
        text += f"{counted(done.packs, 'pack')} and {counted(done.files, 'file')} copied, "
        text += f"{human_size(done.size_bytes)}, {counted(done.proved, 'content')} read back, "
        print(text + f"{counted(done.removed, 'file')} removed")
        if done.damaged:
            print(f"damaged in the store that was copied: {counted(done.damaged, 'content')}")
    return PROBLEMS if done.damaged else DONE
