"""What the server itself finds wrong: clients whose backups grow old, mass encryption, the disk."""

import os
from dataclasses import dataclass
from typing import Final

from tardis.model import ALARMED, BackupSet, StoreError
from tardis.policy import age_seconds, last_good
from tardis.render import ALARM, SPACE, STALE, human_age, human_size
from tardis.store import Place, client_names, open_reader

_SECOND_NS: Final = 10**9


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is wrong.

    Attributes:
        stale_after: Seconds that the newest complete set may be old, 0: any number.
        free_bytes: That must be free where the stores lie, 0: none.
    """

    stale_after: int = 0
    free_bytes: int = 0


def alarms_of(place: Place, limits: Limits, now_ns: int) -> dict[str, str | None]:
    """Return topic to what is wrong, None where all is well.

    Topics are ``space``, and for each client ``stale:`` and ``alarm:`` with its name.  A store
    that cannot be read is not looked at: whoever reads it will say so.
    """
    found = {SPACE: _space(place.base, limits.free_bytes)}
    for client in client_names(place):
        try:
            with open_reader(place, client) as reader:
                sets = reader.sets()
        except StoreError:
            continue
        since_ns = _made_ns(place, client)
        found[f"{STALE}:{client}"] = _age(sets, since_ns, limits.stale_after, now_ns)
        found[f"{ALARM}:{client}"] = _encryption(sets)
    return found


def _space(base: str, least: int) -> str | None:
    try:
        told = os.statvfs(base)
    except OSError:
        return None
    free = told.f_bavail * told.f_frsize
    if not least or free >= least:
        return None
    return f"{human_size(free)} are free where {base} lies, and {human_size(least)} should be"


def _age(sets: list[BackupSet], since_ns: int, most: int, now_ns: int) -> str | None:
    good = last_good(sets)
    age = (now_ns - since_ns) // _SECOND_NS if good is None else age_seconds(good, now_ns)
    if not most or age <= most:
        return None
    if good is None:
        return f"no set was completed since the client was made, {human_age(age)} ago"
    return f"the newest complete set is {good.name}, {human_age(age)} old"


def _encryption(sets: list[BackupSet]) -> str | None:
    names = [one.name for one in sets if one.alarm == ALARMED]
    if not names:
        return None
    return f"{', '.join(names)}: looks like mass encryption; purging is paused"


def _made_ns(place: Place, client: str) -> int:
    """Return when the store of *client* was made, as far as its skip file tells."""
    directory = os.path.join(place.base, client)
    for path in (os.path.join(directory, place.skip_name), directory):
        try:
            return os.stat(path).st_mtime_ns
        except OSError:
            continue
    return 0
