"""Whose the backups are: what root writes beside the files of another, that one could not read."""

import os
import pwd
from contextlib import suppress

from tardis.config import Settings, table
from tardis.model import UsageError

from .restore_store import place_of


def refuse_root(settings: Settings, verb: str) -> None:
    """Return if root may write into the store without harming its owner.

    Raises:
        UsageError: A daemon works as somebody else than root, to whom the backups belong.
    """
    base = place_of(settings).base
    for path in (os.path.join(base, settings[table.TOOL_CLIENT]), base):
        with suppress(OSError):
            _refuse_for(os.stat(path).st_uid, path, verb)
            return


def _refuse_for(owner: int, path: str, verb: str) -> None:
    if owner == 0:
        return
    name = str(owner)
    with suppress(KeyError):
        name = pwd.getpwuid(owner).pw_name
    raise UsageError(
        f"{path} belongs to user {name}, who could not read what root writes there",
        hint=f"say it as that user: sudo -u {name} sonic {verb} ...",
    )
