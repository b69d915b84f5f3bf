"""sonic: looks after the backups of a client."""

import os
import sys
from collections.abc import Sequence

from tardis.admin import create_client
from tardis.config import Settings, table
from tardis.model import DONE
from tardis.policy import LocalZone
from tardis.render import set_json, set_lines

from .main import run
from .restore_store import open_client, place_of
from .settings import load


def command(argv: Sequence[str]) -> int:
    """Do what the subcommand in *argv* says; return 0."""
    loaded = load("sonic", argv)
    if loaded.subcommand == "create":
        _create(loaded.settings)
    else:
        _list(loaded.settings)
    return DONE


def _create(settings: Settings) -> None:
    """Make a store as the daemon would: for its group at most, for nobody else."""
    os.umask(table.UMASK.default)
    private = os.geteuid() != 0
    create_client(place_of(settings), settings[table.TOOL_CLIENT], private=private)


def _list(settings: Settings) -> None:
    with open_client(settings) as reader:
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


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))
