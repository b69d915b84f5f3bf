"""The verbs of sonic about how clients are: status, quota, acknowledge."""

import json
import time
from collections.abc import Sequence

from tardis.admin import ClientState, acknowledge, change_quota, state_of
from tardis.config import Settings, table
from tardis.model import PROBLEMS, StaleError, StoreError
from tardis.policy import check_client_name
from tardis.render import escape_controls, human_size, status_json, status_lines
from tardis.store import client_names, has_store, read_grant

from .restore_store import open_client, place_of
from .settings import is_remote
from .sonic_sets import sonic_remote


def show_status(settings: Settings) -> int:
    """Show all clients, or the one that was named; return 0, or 3 when something is found.

    Raises:
        StaleError: The newest good set of one is older than asked for.
    """
    max_age = settings[table.MAX_AGE]
    if is_remote(settings):
        states = [sonic_remote().state_of(settings, time.time_ns())]
        return _shown(settings, states, max_age)
    place = place_of(settings)
    if settings.is_given(table.TOOL_CLIENT):
        names = [check_client_name(settings[table.TOOL_CLIENT])]
        if not has_store(place, names[0]):
            raise StoreError(f"the client {escape_controls(names[0])} has no store here")
    else:
        names = client_names(place)
        if not names:
            raise StoreError(f"there are no backups in {escape_controls(place.base)}")
    now_ns = time.time_ns()
    states = [state_of(place, name, now_ns) for name in names]
    return _shown(settings, states, max_age)


def _shown(settings: Settings, states: Sequence[ClientState], max_age: int | None) -> int:
    if settings[table.JSON]:
        print(status_json(states, max_age))
    else:
        for line in status_lines(states, max_age):
            print(line)
    stale = [escape_controls(one.client) for one in states if one.is_stale(max_age)]
    if stale:
        raise StaleError(f"there is no good set as new as asked for of {', '.join(stale)}")
    return PROBLEMS if any(one.findings for one in states) else 0


def show_quota(settings: Settings) -> int:
    """Show how much a client may keep and does, after changing it if that is wanted."""
    size, files = settings[table.QUOTA_BYTES], settings[table.QUOTA_FILES]
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    with open_client(settings, may_ask=False) as reader:
        used, kept, _ = reader.usage()
    if size is None and files is None:
        grant = read_grant(place, client)
    else:
        grant = change_quota(place, client, size, files)
    if settings[table.JSON]:
        shown = {
            "client": client,
            "bytes": {"used": used, "quota": grant.quota_bytes},
            "files": {"used": kept, "quota": grant.quota_files},
        }
        print(json.dumps(shown, indent=2))
        return 0
    most = human_size(grant.quota_bytes) if grant.quota_bytes else "any number"
    print(f"bytes: {human_size(used)} of {most}")
    print(f"files: {kept} of {grant.quota_files or 'any number'}")
    return 0


def acknowledge_all(settings: Settings) -> int:
    """Let what `status` finds count as seen, as far as that is a matter of seeing it."""
    with open_client(settings, may_ask=False):
        pass
    alarming, denied = acknowledge(place_of(settings), settings[table.TOOL_CLIENT])
    if settings[table.JSON]:
        rights = [one.right for one in denied]
        print(json.dumps({"sets": [one.name for one in alarming], "denied": rights}, indent=2))
        return 0
    for backup in alarming:
        print(f"{escape_controls(backup.name)}: seen; sets are purged again")
    for denial in denied:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(denial.when_ns // 10**9))
        print(f"{when}: {escape_controls(denial.right)}, denied to {escape_controls(denial.peer)}")
    if not alarming and not denied:
        print("there is nothing to acknowledge")
    return 0
