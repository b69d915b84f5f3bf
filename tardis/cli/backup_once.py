"""One attempt at one job: a line to the server, a backup, and what is said of it."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from tardis.cli.backup_excludes import with_stores
from tardis.cli.backup_line import connected, server_of
from tardis.cli.backup_log import BackupLog
from tardis.cli.backup_options import job_options
from tardis.cli.backup_purge import purged_lines, refused_purge
from tardis.cli.backup_snapshots import from_snapshots
from tardis.cli.backup_view import Views
from tardis.client import Access, BackupJob, JobOptions
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS, Outcome
from tardis.render import escape_controls, escape_name, report_text, stats_text


def back_up(
    settings: Settings, argv: Sequence[str], log: BackupLog, access: Access, outcome: Outcome
) -> int:
    """Make one backup set, and tell how it went.

    Args:
        settings: Of one job.
        argv: The words of the command line.
        log: Takes what is said on request.
        access: How to log in.
        outcome: Is filled in.

    Returns:
        0; 3 when there were problems with single files.
    """
    started = time.monotonic()

    def remake(settings: Settings) -> JobOptions:
        options = job_options(settings, argv, log.remark, access)
        if settings[table.LOCAL]:
            return options
        return replace(options, client=server_of(settings)[2])

    wanted = remake(settings)
    with (
        connected(settings) as line,
        from_snapshots(settings, wanted, remake, log, line.close) as seen,
        Views(settings, log) as views,
    ):
        options = replace(seen, exclusions=with_stores(seen.exclusions, settings))
        views.count(options.roots, options.walk_rules())
        job = BackupJob(line, options, views.observer)
        try:
            job.run()
        finally:
            fill_in(outcome, job)
            tell_problems(job)
        seconds = time.monotonic() - started
    tell_figures(settings, log, (job, views, wanted.wish.session), seconds)
    refused = refused_purge(job)
    if refused is not None:
        raise refused
    outcome.status = PROBLEMS if job.report.problems else DONE
    return outcome.status


def fill_in(outcome: Outcome, job: BackupJob) -> None:
    """Write down what came of *job*, as far as it came."""
    outcome.report = job.report
    outcome.problems = len(job.report.problems)
    outcome.set_number = job.opened.number if job.opened else 0
    closed = job.closed
    if closed is not None:
        outcome.set_name = closed.name
        outcome.new_files, outcome.delta_files = closed.new_files, closed.delta_files
        outcome.new_bytes, outcome.stored_bytes = closed.new_bytes, closed.stored_bytes
        outcome.notes = closed.notes
    if job.purged is not None:
        outcome.removed_sets = job.purged.sets


def tell_figures(
    settings: Settings, log: BackupLog, done: tuple[BackupJob, Views, str], seconds: float
) -> None:
    """Write what --stats, --report and -v want to the log.

    Args:
        settings: Of the job.
        log: Takes it.
        done: The job, its views, its session.
        seconds: How long it took.
    """
    job, views, session = done
    stored = job.closed.stored_bytes if job.closed else 0
    if is_talkative(settings):
        name = job.closed.name if job.closed else ""
        log.write(f"Name: {name}  Server: {where(settings)}  Session: {session}")
    if settings[table.STATS]:
        log.write(stats_text(job.report, seconds, stored))
    if settings[table.REPORT]:
        log.write(report_text(views.files))
    if is_talkative(settings):
        for text in purged_lines(job):
            log.write(text)


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
    for note in (*report.remarks, *(job.closed.notes if job.closed else ())):
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
