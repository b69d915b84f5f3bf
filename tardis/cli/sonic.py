"""sonic: looks after the backups of a client."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tardis.admin import create_client
from tardis.config import Settings, table
from tardis.model import DONE, UsageError
from tardis.policy import LocalZone
from tardis.render import escape_name, set_json, set_lines

from . import sonic_clients, sonic_keys, sonic_looking, sonic_names, sonic_sets, sonic_status
from .main import run
from .restore_store import open_client, place_of
from .settings import is_remote, load
from .sonic_check import check_store
from .sonic_drill import run_drill
from .sonic_encrypt import run_encrypt
from .sonic_forget import run_forget
from .sonic_recover import run_recover
from .sonic_repair import repair_store
from .sonic_replicate import run_replicate
from .sonic_upgrade import run_upgrade
from .tool_log import ToolLog


def command(argv: Sequence[str]) -> int:
    """Do what the subcommand in *argv* says; return its exit status."""
    loaded = load("sonic", argv)
    if is_remote(loaded.settings):
        refuse_from_afar(loaded.subcommand or "")
    with ToolLog("sonic", loaded.settings) as log:
        status = _VERBS[loaded.subcommand or ""](loaded.settings)
        client = escape_name(loaded.settings[table.TOOL_CLIENT])
        log.note(f"{loaded.subcommand} for client {client}: done")
    return DONE if status is None else status


def refuse_from_afar(verb: str) -> None:
    """Raise UsageError when *verb* needs the directory of the backups."""
    if verb not in FROM_AFAR:
        raise UsageError(
            f"sonic {verb} works on the machine only that has the backups",
            hint=f"say it there; by HTTP there are {', '.join(FROM_AFAR)}",
        )


def _create(settings: Settings) -> None:
    """Make a store as the daemon would: for its group at most, for nobody else."""
    os.umask(table.UMASK.default)
    private = os.geteuid() != 0
    scheme = settings[table.SCHEME]
    keys = sonic_keys.keys_for_new(settings)
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    create_client(place, client, private=private, scheme=scheme, keys=keys)
    if settings[table.JSON]:
        sealed = keys is not None and keys.repository.is_sealed
        told = {"client": client, "scheme": scheme, "is_sealed": sealed,
                "has_password": keys is not None}  # fmt: skip
        print(json.dumps(told, indent=2))


def _list(settings: Settings) -> None:
    with open_client(settings, may_ask=False) as reader:
        sets = reader.sets()
    if settings[table.JSON]:
        print(set_json(sets))
        return
    lines = set_lines(
        sets,
        LocalZone(),
        is_long=settings[table.LIST_LONG],
        current=settings[table.RECENT_SET],
    )
    for line in lines:
        print(line)


_VERBS: Final[dict[str, Callable[[Settings], int | None]]] = {
    "check": check_store,
    "repair": repair_store,
    "create": _create,
    "list": _list,
    "files": sonic_looking.files,
    "info": sonic_looking.info,
    "find": sonic_looking.find,
    "tag": sonic_sets.change_tags,
    "getconfig": sonic_clients.get_config,
    "setconfig": sonic_clients.set_config,
    "rights": sonic_clients.show_rights,
    "quota": sonic_status.show_quota,
    "status": sonic_status.show_status,
    "acknowledge": sonic_status.acknowledge_all,
    "setpass": sonic_keys.setpass,
    "chpass": sonic_keys.chpass,
    "keys": sonic_keys.keys,
    "rotate-keys": sonic_keys.rotate,
    "decrypt-names": sonic_names.decrypt_names,
    "fingerprints": sonic_names.fingerprints,
    "purge": sonic_sets.purge,
    "delete": sonic_sets.delete,
    "orphans": sonic_sets.orphans,
    "priority": sonic_sets.change_priority,
    "rename": sonic_sets.change_name,
    "lock": partial(sonic_sets.change_lock, is_locked=True),
    "unlock": partial(sonic_sets.change_lock, is_locked=False),
    "recover": run_recover,
    "upgrade": run_upgrade,
    "replicate": run_replicate,
    "drill": run_drill,
    "encrypt": run_encrypt,
    "forget": run_forget,
}
"""What each subcommand does; it returns an exit status, None for 0."""


FROM_AFAR: Final = (
    *("list", "files", "info", "find", "status"),
    *("tag", "lock", "unlock", "rename", "priority", "delete", "purge", "orphans"),
)
"""What can be said of a store that is read by HTTP; the server asks for the right to it."""


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
