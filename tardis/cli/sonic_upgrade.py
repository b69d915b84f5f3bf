"""sonic upgrade: brings a store up to the age of the program."""

import json
from dataclasses import asdict

from tardis.admin import upgrade
from tardis.config import Settings, table

from .restore_store import place_of


def run_upgrade(settings: Settings) -> None:
    """Bring the store up to date, or show what that would be."""
    is_dry = settings[table.PLAN_ONLY]
    done = upgrade(place_of(settings), settings[table.TOOL_CLIENT], is_dry=is_dry)
    if settings[table.JSON]:
        print(json.dumps({**asdict(done), "is_done": not is_dry}, indent=2))
        return
    if not done.changes:
        print(f"the store is up to date (schema {done.before})")
        return
    if done.copy:
        print(f"a copy of the catalog as it was is {done.copy}")
    for number, name in done.changes:
        print(f"{'to do' if is_dry else 'done'}  {number}  {name.replace('_', ' ')}")
