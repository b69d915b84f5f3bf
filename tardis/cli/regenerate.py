"""regenerate: brings files and directories back from a backup."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from tardis.config import Settings, table
from tardis.history import Access, older_version, pour, restore
from tardis.model import DONE, PROBLEMS, Entry, IntegrityError, Reader, UsageError
from tardis.policy import LocalZone
from tardis.render import escape_name

from .entry_faults import faults_of
from .main import run
from .memory import spend_memory_for_speed
from .restore_archive import archive, is_archive
from .restore_choice import Chooser, Chosen
from .restore_digests import restore_digests
from .restore_in_place import confirm, execute, mend, mend_options, refuse_mixtures
from .restore_options import restore_options
from .restore_report import offer_older, tell_result, tell_sets, watching
from .restore_store import local_place, open_client
from .restore_target import settle_target
from .restore_user import reads_as
from .set_sums import tell_sums, whole_sets
from .settings import load
from .tool_log import ToolLog, refuse_stdout


def command(argv: Sequence[str]) -> int:
    """Restore what *argv* names; return 0, or 3 when something could not be restored."""
    settings = load("regenerate", argv).settings
    spend_memory_for_speed()
    faults = faults_of(settings[table.TOOL_CLIENT])
    before = faults.count
    with ToolLog("regenerate", settings) as log:
        status = _regenerate(settings, log)
    return PROBLEMS if status == DONE and faults.count > before else status


def _regenerate(settings: Settings, log: ToolLog) -> int:
    refuse_mixtures(settings)
    wants_archive = is_archive(settings)
    if settings[table.CHECKSUM] or settings[table.RECOVER_NAME]:
        return restore_digests(settings, log)
    now = datetime.now(LocalZone())
    with open_client(settings) as reader:
        arguments = settings[table.FILES]
        user = reads_as(settings)
        access = Access(reader, user) if user else None
        chosen = Chooser(reader, settings, now, access).choose(arguments)
        tell_sets(settings, chosen, now, log)
        faults = faults_of(settings[table.TOOL_CLIENT])
        tell_sums(reader, whole_sets(reader, chosen), faults.hear, is_thorough=False)
        if wants_archive:
            return archive(settings, chosen, reader, log)
        if settings[table.IN_PLACE]:
            options = mend_options(settings, restore_options(settings), chosen)
            plan = mend(settings, options, chosen, reader, log)
        elif not settings[table.OUTPUT]:
            refuse_stdout(settings)
            _print(reader, chosen)
            return DONE
    if not settings[table.IN_PLACE]:
        return _restore(settings, chosen, log)
    with closing(plan):
        if settings[table.RESTORE_DRY_RUN] or not plan.has_work or not confirm(settings, plan):
            return PROBLEMS if plan.problems else DONE
        return execute(settings, plan, options, chosen, log)


def _print(reader: Reader, chosen: Sequence[Chosen]) -> None:
    """Write the one file that was chosen to standard output."""
    entry = _only_file(chosen)
    try:
        pour(reader, entry, sys.stdout.buffer)
    except IntegrityError as error:
        number, path = chosen[0].backup.number, chosen[0].node.path
        older = older_version(reader, reader.sets(), number, path)
        error.hint = f"set {escape_name(older.name)} has an older version" if older else ""
        raise
    sys.stdout.flush()


def _restore(settings: Settings, chosen: Sequence[Chosen], log: ToolLog) -> int:
    """Restore everything that was chosen to where the settings say."""
    options = restore_options(settings)
    target, requests = settle_target(
        settings[table.OUTPUT],
        chosen,
        local_place(settings),
        is_forced=settings[table.RESTORE_FORCE],
    )
    options = replace(options, target=os.fsencode(target))
    began = time.monotonic()
    with watching(settings) as observer:
        done = restore(lambda: open_client(settings), requests, options, observer)
    tell_result(done, target, time.monotonic() - began, log)
    offer_older(done, requests, lambda: open_client(settings), log)
    return PROBLEMS if done.problems else DONE


def _only_file(chosen: Sequence[Chosen]) -> Entry:
    """Return the one file that can go to standard output."""
    entry = chosen[0].node.entry
    if len(chosen) > 1:
        raise UsageError("several files need --output", hint="-o DIRECTORY")
    if chosen[0].node.is_directory or entry is None:
        raise UsageError(f"{chosen[0].given} is a directory and needs --output")
    if not entry.is_regular:
        raise UsageError(f"{chosen[0].given} is no regular file and needs --output")
    return entry


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
