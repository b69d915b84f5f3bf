"""The end of a set: its final name, and what follows from it for its beginning."""

from collections.abc import Mapping
from datetime import datetime

from tardis.model import BackupSet
from tardis.policy import final_name
from tardis.store import Naming

from .options import DaemonOptions


def naming(options: DaemonOptions, wanted: tuple[str, str, int], label: str) -> Naming:
    """Return how a set that is complete gets its name.

    Args:
        options: With the server's formats and priorities.
        wanted: (name, format, priority) as the client wishes; empty or -1 for ours.
        label: Of the lineage.
    """
    name, form, priority = wanted

    def choose(others: Mapping[str, int], this: BackupSet) -> tuple[str, str | None, int]:
        if name:
            return name, None, max(priority, 0)
        now = datetime.now().astimezone()
        formats = (form,) if form else options.formats
        priorities = (max(priority, 0),) if form else options.priorities
        found = final_name(formats, priorities, now, others, this.lineage, label)
        if found is None:
            return this.name, None, max(priority, 0)
        chosen, its_format, its_priority = found
        return chosen, its_format, its_priority if priority < 0 else priority

    return choose


def is_forced_full(options: DaemonOptions, choose: Naming, sets: list[BackupSet]) -> bool:
    """Tell whether the newest of *sets*, which has just begun, is to be a full one.

    That goes by the format that would name it if it were complete now.

    Args:
        options: With the server's formats, and which of them make full sets.
        choose: As `naming` returns it.
        sets: All of them.
    """
    if not any(options.full_formats):
        return False
    this = sets[-1]
    _, form, _ = choose({one.name: one.lineage for one in sets[:-1]}, this)
    return form is not None and (form, True) in zip(
        options.formats, options.full_formats, strict=True
    )
