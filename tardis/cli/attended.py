"""One job with all that belongs to a run nobody watches: conditions, hooks, retries, report."""

import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from tardis.cli.backup_line import connected, server_of
from tardis.cli.backup_log import REMARKS, BackupLog
from tardis.cli.backup_once import back_up, where
from tardis.cli.backup_options import access_of, job_of, job_options
from tardis.cli.hooks import hooked, note_error
from tardis.cli.main import tell_error
from tardis.cli.notices import notify_of
from tardis.client import Access, ask_newest
from tardis.config import Settings, table
from tardis.model import DONE, Outcome, TardisError
from tardis.policy import runs_on_battery, waits
from tardis.render import escape_controls, human_age, run_line
from tardis.scan import read_supplies

T = TypeVar("T")
_SECOND_NS: Final = 10**9


def new_outcome(settings: Settings) -> Outcome:
    """Return what is known of a run of one job before it begins."""
    client = settings[table.CLIENT] if settings[table.LOCAL] else server_of(settings)[2]
    return Outcome(job_of(settings), client, where(settings), time.time_ns())


def attend(settings: Settings, argv: Sequence[str], outcome: Outcome) -> int:
    """Carry one job out, as often as it takes; return its exit status, which *outcome* has too.

    Args:
        settings: Of this job.
        argv: The words of the command line.
        outcome: Is filled in.

    Raises:
        TardisError: What ended the last attempt.
    """
    with Told(settings, outcome), BackupLog(settings) as log:
        if settings[table.ON_AC_ONLY] and runs_on_battery(read_supplies()):
            return _skip(outcome, log, "this machine runs on its battery")
        access = access_of(settings)
        retries = Retries(settings, outcome, log)
        if settings[table.MIN_INTERVAL] and not settings[table.CREATE]:
            reason = retries.until_done(lambda: _why_not_due(settings, argv, access))
            if reason:
                return _skip(outcome, log, reason)
        with hooked(settings, outcome, tell_error):
            return retries.until_done(lambda: back_up(settings, argv, log, access, outcome))


def _skip(outcome: Outcome, log: BackupLog, reason: str) -> int:
    """Note that nothing is done, and why."""
    outcome.skipped = reason
    if log.level >= REMARKS:
        log.write(f"nothing is done: {reason}")
    return DONE


def _why_not_due(settings: Settings, argv: Sequence[str], access: Access) -> str:
    """Return why no new set is due yet, empty: one is."""
    options = job_options(settings, argv, lambda path, reason: None, access)
    with connected(settings) as line:
        newest = ask_newest(line, options)
    wanted: int = settings[table.MIN_INTERVAL]
    age = newest.age_ns // _SECOND_NS
    if not newest.name or age >= wanted:
        return ""
    return (
        f"{newest.name} is {human_age(age)} old, "
        f"and a new set is due after {table.MIN_INTERVAL.show(wanted)}"
    )


class Retries:
    """Tries again what may succeed later; the further attempts of all parts count together.

    Args:
        settings: Of one job.
        outcome: Counts the attempts.
        log: Hears of each that failed, if it wants to know.
        sleep: Waits.
    """

    def __init__(
        self,
        settings: Settings,
        outcome: Outcome,
        log: BackupLog,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._waits = waits(settings[table.RETRY], settings[table.RETRY_WAIT])
        self._outcome = outcome
        self._log = log
        self._sleep = sleep
        outcome.attempts = 1

    def until_done(self, attempt: Callable[[], T]) -> T:
        """Return what *attempt* does.

        Raises:
            TardisError: It failed in a way that waiting does not change, or too often.
        """
        while True:
            try:
                return attempt()
            except TardisError as error:
                wait = next(self._waits, None) if error.is_passing else None
                if wait is None:
                    raise
                if self._log.level >= REMARKS:
                    text = f"trying again in {wait:g} seconds: {error}"
                    self._log.write(escape_controls(text))
            self._sleep(wait)
            self._outcome.attempts += 1


class Told:
    """Writes down how a run ended, says which it was when it failed unwatched, and tells whom
    it concerns.

    Args:
        settings: Of its job.
        outcome: Of the run.
    """

    def __init__(self, settings: Settings, outcome: Outcome) -> None:
        self._settings = settings
        self._outcome = outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        outcome = self._outcome
        outcome.ended_ns = time.time_ns()
        if error is not None:
            note_error(outcome, error)
            if not sys.stderr.isatty():
                print(f"tardis: {escape_controls(run_line(outcome))}", file=sys.stderr)
        notify_of(self._settings, outcome, tell_error)
