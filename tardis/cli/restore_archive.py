"""regenerate --tar and --zip: one archive on standard output."""

import sys
import time
from collections.abc import Sequence
from contextlib import closing

from tardis.config import Settings, table
from tardis.history import ExtractOptions, Request, fill_archive, open_archive
from tardis.model import DONE, PROBLEMS, Reader, UsageError

from .restore_choice import Chosen
from .restore_report import tell_result, watching
from .restore_target import check_names
from .restore_user import reads_as
from .tool_log import ToolLog, refuse_stdout


def is_archive(settings: Settings) -> bool:
    """Return whether an archive is wanted.

    Raises:
        UsageError: And something else too that goes elsewhere.
    """
    if not (settings[table.TAR] or settings[table.ZIP]):
        return False
    if settings[table.OUTPUT] or settings[table.IN_PLACE]:
        raise UsageError("an archive goes to standard output", hint="> FILE")
    if sys.stdout.isatty():
        raise UsageError("an archive is nothing for a terminal", hint="> FILE, or | PROGRAM")
    refuse_stdout(settings)
    return True


def archive(settings: Settings, chosen: Sequence[Chosen], reader: Reader, log: ToolLog) -> int:
    """Write what was *chosen*; return the exit status."""
    names = [each.node.name for each in chosen]
    check_names(names)
    requests = [
        Request(each.backup.number, each.node.path, each.node.name, each.node.is_directory)
        for each in chosen
    ]
    began = time.monotonic()
    kind = "tar" if settings[table.TAR] else "zip"
    options = ExtractOptions(
        b".",
        hard_links=settings[table.HARD_LINKS],
        recurse=settings[table.RECURSE],
        reads_as=reads_as(settings),
    )
    with watching(settings) as observer:
        out = sys.stdout.buffer
        with closing(open_archive(kind, out)) as made:
            done = fill_archive(made, reader, requests, options, observer)
        out.flush()
    tell_result(done, "", time.monotonic() - began, log)
    return PROBLEMS if done.problems else DONE
