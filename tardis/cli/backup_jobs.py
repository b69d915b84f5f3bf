"""The jobs of one run of `tardis`: one after the other, each with its own status."""

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from tardis.cli.attended import attend, new_outcome
from tardis.cli.main import run, tell_error
from tardis.cli.settings import has_several_jobs, job_sections, load
from tardis.config import Layer, Settings, table
from tardis.model import SIGNALLED, ConfigError, Outcome
from tardis.policy import worst
from tardis.render import run_report


def run_jobs(settings: Settings, argv: Sequence[str]) -> int:
    """Carry out what *settings* ask for; return the exit status of the worst job.

    Raises:
        TardisError: What ended the only job; errors of one among several are told at once.
    """
    if not has_several_jobs(settings):
        outcome = new_outcome(settings)
        with _Report(settings, outcome):
            return attend(settings, argv, outcome)
    names = settings[table.JOB_NAMES]
    if settings[table.ALL_JOBS]:
        names = job_sections(settings)
    return _each(settings, argv, tuple(dict.fromkeys(names)))


def _each(settings: Settings, argv: Sequence[str], names: Sequence[str]) -> int:
    """Run the jobs *names* in turn; a signal ends them all."""
    outcomes: list[Outcome] = []
    statuses: list[int] = []
    for name in names:
        outcomes.append(Outcome(name, settings[table.CLIENT], "", 0))
        statuses.append(run(_one(name, outcomes), argv, f"job {name}"))
        outcomes[-1].status = statuses[-1]
        if statuses[-1] > SIGNALLED:
            break
    status = worst(statuses)
    _report(settings, outcomes, status)
    return status


def _one(name: str, outcomes: list[Outcome]) -> Callable[[Sequence[str]], int]:
    """Return what carries out the job *name*, and puts its outcome last."""

    def carry_out(argv: Sequence[str]) -> int:
        settings = load("tardis", argv, job=name).settings
        outcomes[-1] = outcome = new_outcome(settings)
        if settings.origin(table.JSON_FILE) is not Layer.FILE:
            return attend(settings, argv, outcome)
        with _Report(settings.changed({table.JSON: False}, Layer.FILE), outcome):
            return attend(settings, argv, outcome)

    return carry_out


class _Report:
    """Writes the report of one job when it is over, whether it succeeded or not."""

    def __init__(self, settings: Settings, outcome: Outcome) -> None:
        self._settings = settings
        self._outcome = outcome

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            _report(self._settings, [self._outcome], self._outcome.status)
        except ConfigError as trouble:
            if error is None:
                raise
            tell_error(trouble)


def _report(settings: Settings, outcomes: Sequence[Outcome], status: int) -> None:
    """Write the report to where it is wanted.

    Raises:
        ConfigError: The file cannot be written.
    """
    if not (settings[table.JSON] or settings[table.JSON_FILE]):
        return
    text = run_report(outcomes, status)
    if settings[table.JSON]:
        print(text, end="", flush=True)
    if settings[table.JSON_FILE]:
        _replace(settings[table.JSON_FILE], text)


def _replace(path: str, text: str) -> None:
    """Write *text* to *path* so that nobody ever reads half of it."""
    fresh = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=os.path.dirname(path) or ".", delete=False
        ) as file:
            fresh = file.name
            file.write(text)
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(fresh)
        raise ConfigError(f"cannot write the report {path}: {error.strerror}") from error
