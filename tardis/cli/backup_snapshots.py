"""From the settings of `tardis` to the snapshots that are walked in place of file systems."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tardis.cli.backup_log import BackupLog
from tardis.cli.main import tell_error
from tardis.client import JobOptions
from tardis.config import Layer, Settings, table
from tardis.model import HookError, UsageError
from tardis.scan import FOLDER, plan_snapshots, shown

NONE = "none"


@contextmanager
def from_snapshots(
    settings: Settings,
    options: JobOptions,
    remake: Callable[[Settings], JobOptions],
    log: BackupLog,
    hang_up: Callable[[], None],
) -> Iterator[JobOptions]:
    """Give the options of a job that sees snapshots, taken now, where those are wanted.

    Inside, paths mean what the snapshots hold, for this thread and those it starts.

    Args:
        settings: Of one job.
        options: Of the job.
        remake: Makes them anew of other settings.
        log: Hears of what lies on no file system that makes snapshots.
        hang_up: Ends the line, whose threads see the snapshots, too: nobody may hold one that
            is to be removed.

    Raises:
        UsageError: Other file systems are to be entered: they would not be in a snapshot.
        HookError: A snapshot cannot be taken.
    """
    if settings[table.SNAPSHOT] == NONE:
        yield options
        return
    if settings[table.CROSS_DEVICE]:
        raise UsageError(
            "--snapshot and --crossdevice cannot be used together",
            hint="Name each file system as a directory of its own.",
        )
    if os.geteuid() != 0:
        raise HookError("only root can take snapshots and show them", hint="Leave out --snapshot.")
    size = settings[table.SNAPSHOT_SIZE]
    plan, without = plan_snapshots(options.roots, settings[table.SNAPSHOT], size)
    for root in without:
        log.remark(root, "it lies on nothing that makes snapshots, and is backed up as it is")
    hidden = [os.path.join(one.snapshot.point, FOLDER) for one in plan if one.is_topmost]
    if hidden:
        more = settings[table.EXCLUDE_DIR] + tuple(map(os.fsdecode, hidden))
        settings = settings.changed({table.EXCLUDE_DIR: more}, Layer.COMMAND)
        options = replace(remake(settings), wish=options.wish)
    with shown([one.snapshot for one in plan], tell_error):
        origins = {os.stat(one.snapshot.point).st_dev: one.origin for one in plan}
        for one in plan:
            log.remark(one.snapshot.point, "backed up from a snapshot")
        try:
            yield replace(options, origins=origins)
        finally:
            hang_up()
