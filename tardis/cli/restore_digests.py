"""regenerate --checksum: the arguments are checksums of contents."""

import os
import sys
import time
from dataclasses import replace
from typing import Any

from tardis.config import Option, Settings, table
from tardis.history import find_contents, pour_content, restore_contents
from tardis.model import DONE, PROBLEMS, UsageError

from .restore_options import restore_options
from .restore_report import tell_result
from .restore_store import local_place, open_client
from .restore_target import check_names, check_outside
from .tool_log import ToolLog, refuse_stdout


def restore_digests(settings: Settings, log: ToolLog) -> int:
    """Restore the contents whose checksums are given; return the exit status.

    Raises:
        UsageError: Options that need a set or a tree are given too, or several contents
            without a place.
    """
    _refuse_mixtures(settings)
    arguments = settings[table.FILES]
    output = settings[table.OUTPUT]
    with open_client(settings) as reader:
        wanted = find_contents(reader, arguments, recovers_names=settings[table.RECOVER_NAME])
        if not output:
            refuse_stdout(settings)
            if len(wanted) > 1:
                raise UsageError("several contents need --output", hint="-o DIRECTORY")
            pour_content(reader, wanted[0][1], f"the content {arguments[0]}", sys.stdout.buffer)
            sys.stdout.flush()
            return DONE
    target = output
    if len(wanted) == 1 and not output.endswith("/") and not os.path.isdir(output):
        target, name = os.path.split(output)
        target = target or "."
        wanted = [(os.fsencode(name), wanted[0][1])]
    check_names([name for name, _ in wanted])
    check_outside(os.path.realpath(target), local_place(settings))
    if target == output:
        os.makedirs(target, exist_ok=True)
    began = time.monotonic()
    options = replace(restore_options(settings), target=os.fsencode(target))
    done = restore_contents(lambda: open_client(settings), wanted, options)
    tell_result(done, target, time.monotonic() - began, log)
    return PROBLEMS if done.problems else DONE


def _refuse_mixtures(settings: Settings) -> None:
    if not settings[table.CHECKSUM]:
        raise UsageError("--recovername needs --checksum")
    others: tuple[Option[Any], ...] = (
        *(table.BACKUP, table.DATE, table.LAST),
        *(table.IN_PLACE, table.TAR, table.ZIP, table.READS_AS),
    )
    for row in others:
        if settings[row]:
            raise UsageError(f"--checksum finds contents in all sets; {row.spoken} cannot be said")
