"""sonic: looks after the backups of a client."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from tardis.config import Settings, table
from tardis.model import DONE, UsageError
from tardis.render import escape_name

from .main import run
from .settings import is_remote, load
from .tool_log import ToolLog


def command(argv: Sequence[str]) -> int:
    """Do what the subcommand in *argv* says; return its exit status."""
    loaded = load("sonic", argv)
    if is_remote(loaded.settings):
        refuse_from_afar(loaded.subcommand or "")
    elif os.geteuid() == 0 and loaded.subcommand not in READING:
        importlib.import_module("tardis.cli.sonic_owner").refuse_root(
            loaded.settings, loaded.subcommand
        )
    with ToolLog("sonic", loaded.settings) as log:
        status = verb_of(loaded.subcommand or "")(loaded.settings)
        client = escape_name(loaded.settings[table.TOOL_CLIENT])
        log.note(f"{loaded.subcommand} for client {client}: done")
    return DONE if status is None else status


def verb_of(verb: str) -> Callable[[Settings], int | None]:
    """Return what does *verb*; it returns an exit status, None for 0."""
    module, name = _VERBS[verb].split(".")
    found: Callable[[Settings], int | None] = getattr(
        importlib.import_module(f"tardis.cli.{module}"), name
    )
    return found


def refuse_from_afar(verb: str) -> None:
    """Raise UsageError when *verb* needs the directory of the backups."""
    if verb not in FROM_AFAR:
        raise UsageError(
            f"sonic {verb} works on the machine only that has the backups",
            hint=f"say it there; by HTTP there are {', '.join(FROM_AFAR)}",
        )


_VERBS: Final = {
    "check": "sonic_check.check_store",
    "repair": "sonic_repair.repair_store",
    "create": "sonic_clients.create",
    "list": "sonic_list.list_sets",
    "files": "sonic_looking.files",
    "info": "sonic_looking.info",
    "find": "sonic_looking.find",
    "tag": "sonic_sets.change_tags",
    "getconfig": "sonic_clients.get_config",
    "setconfig": "sonic_clients.set_config",
    "rights": "sonic_clients.show_rights",
    "quota": "sonic_status.show_quota",
    "status": "sonic_status.show_status",
    "acknowledge": "sonic_status.acknowledge_all",
    "setpass": "sonic_keys.setpass",
    "chpass": "sonic_keys.chpass",
    "keys": "sonic_keys.keys",
    "rotate-keys": "sonic_keys.rotate",
    "decrypt-names": "sonic_names.decrypt_names",
    "fingerprints": "sonic_names.fingerprints",
    "purge": "sonic_sets.purge",
    "delete": "sonic_sets.delete",
    "orphans": "sonic_sets.orphans",
    "priority": "sonic_sets.change_priority",
    "rename": "sonic_sets.change_name",
    "lock": "sonic_sets.lock_sets",
    "unlock": "sonic_sets.unlock_sets",
    "recover": "sonic_recover.run_recover",
    "upgrade": "sonic_upgrade.run_upgrade",
    "replicate": "sonic_replicate.run_replicate",
    "drill": "sonic_drill.run_drill",
    "encrypt": "sonic_encrypt.run_encrypt",
    "forget": "sonic_forget.run_forget",
}
"""Module and function of each subcommand: a run loads those of its own alone."""


READING: Final = frozenset(
    (
        "list",
        "files",
        "info",
        "find",
        "status",
        "check",
        "drill",
        "getconfig",
        "decrypt-names",
        "replicate",
    )
)
"""What writes nothing into a store, and so may be said by root whosesoever it is."""


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
