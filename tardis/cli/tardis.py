"""tardis: back up directories."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from tardis.cli.backup_excludes import with_stores
from tardis.cli.backup_line import connected, server_of
from tardis.cli.backup_log import BackupLog
from tardis.cli.backup_options import job_options
from tardis.cli.backup_preview import is_preview, show_preview
from tardis.cli.backup_purge import purged_lines, refused_purge
from tardis.cli.backup_view import Views
from tardis.cli.check_config import asks_for_check, check_config
from tardis.cli.main import run
from tardis.cli.memory import spend_memory_for_speed
from tardis.cli.settings import load
from tardis.cli.tardis_probe import probe_client
from tardis.cli.version import shows_version
from tardis.client import BackupJob
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS
from tardis.render import escape_controls, escape_name, report_text, stats_text


def command(argv: Sequence[str]) -> int:
    """Make one backup set, or tell what it would be.

    Returns:
        0; 3 when there were problems with single files; 1 when a path that was to be
        explained is left out.
    """
    if shows_version("tardis", argv):
        return DONE
    if asks_for_check(argv):
        return check_config("tardis", argv, os.environ, probe_client)
    settings = load("tardis", argv).settings
    spend_memory_for_speed()
    with BackupLog(settings) as log:
        return back_up(settings, argv, log)


def back_up(settings: Settings, argv: Sequence[str], log: BackupLog) -> int:
    """Run the job that *settings* describe, and tell how it went."""
    started = time.monotonic()
    options = job_options(settings, argv, log.remark)
    if is_preview(settings):
        return show_preview(settings, options)
    if not settings[table.LOCAL]:
        options = replace(options, client=server_of(settings)[2])
    with connected(settings) as line, Views(settings, log) as views:
        options = replace(options, exclusions=with_stores(options.exclusions, settings))
        views.count(options.roots, options.walk_rules())
        job = BackupJob(line, options, views.observer)
        try:
            report = job.run()
        finally:
            tell_problems(job)
        seconds = time.monotonic() - started
    if is_talkative(settings):
        opened, closed = job.opened, job.closed
        name = closed.name if closed else ""
        log.write(f"Name: {name}  Server: {where(settings)}  Session: {options.wish.session}")
        assert opened is not None
    stored = job.closed.stored_bytes if job.closed else 0
    if settings[table.STATS]:
        log.write(stats_text(report, seconds, stored))
    if settings[table.REPORT]:
        log.write(report_text(views.files))
    if is_talkative(settings):
        for text in purged_lines(job):
            log.write(text)
    refused = refused_purge(job)
    if refused is not None:
        raise refused
    return PROBLEMS if report.problems else DONE


def is_talkative(settings: Settings) -> bool:
    """Tell whether the set's name and server are of interest."""
    return bool(settings[table.VERBOSE] or settings[table.STATS] or settings[table.REPORT])


def where(settings: Settings) -> str:
    """Return the server as a person knows it."""
    if settings[table.LOCAL]:
        return "local"
    host, port, _ = server_of(settings)
    return f"{host}:{port}" if port else host


def tell_problems(job: BackupJob) -> None:
    """List on standard error what could not be backed up as it is, and what the server notes."""
    report = job.report
    for note in job.closed.notes if job.closed else ():
        print(f"tardis: {escape_controls(note)}", file=sys.stderr)
    for problem in report.problems:
        print(f"tardis: {escape_name(problem.path)}: {problem.reason}", file=sys.stderr)
    if report.left_out:
        noun = "entry" if report.left_out == 1 else "entries"
        print(f"tardis: {report.left_out} {noun} left out for want of access", file=sys.stderr)
    if report.lacks_deltas:
        print(
            "tardis: no librsync here, so changed files were sent whole; librsync 2.2 or later "
            "lets only their changes be sent",
            file=sys.stderr,
        )


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
