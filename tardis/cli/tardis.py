"""tardis: back up directories."""

import os
import sys
from collections.abc import Sequence

from tardis.cli.backup_jobs import run_jobs
from tardis.cli.backup_log import BackupLog
from tardis.cli.backup_options import job_options
from tardis.cli.backup_preview import is_preview, show_preview
from tardis.cli.check_config import asks_for_check, check_config
from tardis.cli.main import run
from tardis.cli.memory import spend_memory_for_speed
from tardis.cli.settings import has_several_jobs, load
from tardis.cli.tardis_probe import probe_client
from tardis.cli.version import shows_version
from tardis.model import DONE, UsageError


def command(argv: Sequence[str]) -> int:
    """Make one backup set for each job, or tell what it would be.

    Returns:
        0; 3 when there were problems with single files; 1 when a path that was to be
        explained is left out; of several jobs the status of the worst.
    """
    if shows_version("tardis", argv):
        return DONE
    if asks_for_check(argv):
        return check_config("tardis", argv, os.environ, probe_client)
    settings = load("tardis", argv).settings
    spend_memory_for_speed()
    if not is_preview(settings):
        return run_jobs(settings, argv)
    if has_several_jobs(settings):
        raise UsageError("--dry-run and --explain look at one job at a time")
    with BackupLog(settings) as log:
        return show_preview(settings, job_options(settings, argv, log.remark))


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
