"""sonic drill: tries whether files come back, a few each time, in one line for cron."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from tardis.admin import Drilled, Wish, drill
from tardis.config import Settings, table
from tardis.history import ExtractOptions, Request, find_set, find_set_at, restore
from tardis.model import DONE, BackupSet, IntegrityError, Observer, TardisError
from tardis.policy import parse_moment
from tardis.render import counted, escape_name, human_size

from .restore_store import open_client, place_of
from .unlocking import unlock


def run_drill(settings: Settings) -> int:
    """Restore a sample and tell what came of it; return the exit status."""
    backup = _which(settings)

    def bring(path: bytes, folder: str) -> str:
        request = Request(backup.number, path, b"file", is_tree=False)
        options = ExtractOptions(os.fsencode(folder), damaged="delete", jobs=1)
        try:
            done = restore(lambda: open_client(settings), [request], options, Observer())
        except TardisError as error:
            return str(error)
        return "; ".join(problem.reason for problem in done.problems)

    wish = Wish(
        backup.number,
        settings[table.DRILL_FILES],
        settings[table.SCRATCH],
        looks_at_live=settings[table.LOOK_AT_LIVE],
    )
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    ring = unlock(settings, place, client, may_ask=True)
    found = drill(place, client, wish, bring, ring)
    bad = [one for one in found if not one.is_good]
    if settings[table.JSON]:
        print(_as_json(backup, found))
    else:
        for one in bad:
            print(f"{escape_name(one.path)}: {one.fault or 'it differs from the live file'}")
        print(_summary(backup, found, len(bad)))
    return IntegrityError.exit_status if bad else DONE


def _which(settings: Settings) -> BackupSet:
    """Return the set that is meant: the newest complete one unless another is named."""
    with open_client(settings) as reader:
        sets, tags = reader.sets(), reader.tags()
    if settings[table.DATE]:
        now = datetime.now(tz=UTC).astimezone()
        return find_set_at(sets, parse_moment(settings[table.DATE], now))
    current = settings[table.RECENT_SET]
    return find_set(sets, settings[table.BACKUP], tags=tags, current=current)


def _summary(backup: BackupSet, found: Sequence[Drilled], bad: int) -> str:
    size = human_size(sum(one.size for one in found))
    text = f"drill of {escape_name(backup.name)}: {counted(len(found), 'file')} restored, {size}, "
    text += f"{bad} of them not as they should be"
    live = Counter(one.live for one in found if one.live)
    told = ", ".join(f"{count} {state}" for state, count in sorted(live.items()))
    return f"{text}; live files: {told}" if told else text


def _as_json(backup: BackupSet, found: Sequence[Drilled]) -> str:
    files = [
        {
            "path": os.fsdecode(one.path),
            "size": one.size,
            "is_good": one.is_good,
            "fault": one.fault,
            "live": one.live,
        }
        for one in found
    ]
    told = {"set": backup.number, "name": backup.name, "files": files}
    return json.dumps(told, indent=2)
