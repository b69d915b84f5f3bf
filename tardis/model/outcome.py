"""What became of one run of a job: for reports, hooks and notices."""

from dataclasses import dataclass, field
from typing import Final

from .errors import DONE, PROBLEMS
from .report import Report

COMPLETE: Final = "complete"
"""The set is complete, and every file is in it as it is."""

WITH_PROBLEMS: Final = "problems"
"""The set is complete; some files, which are named, are not in it as they are."""

SKIPPED: Final = "skipped"
"""There was nothing to do yet, and nothing was done."""

FAILED: Final = "failed"
"""No set was completed, or something that belongs to the run failed."""

OUTCOMES: Final = (COMPLETE, WITH_PROBLEMS, SKIPPED, FAILED)


@dataclass(slots=True)
class Outcome:
    """One run; whoever carries it out fills it in as it goes on.

    Attributes:
        job: Name of the job, empty when none was named.
        client: Whose backup it is.
        server: Where it goes, as a person knows it.
        started_ns, ended_ns: By the clock of the machine that tells, nanoseconds since 1970.
        status: Exit status of this run.
        attempts: How often it was tried.
        skipped: Why nothing was done, or empty.
        error: What ended the run, in one sentence, or empty.
        hint: What to try, or empty.
        set_name: Of the set that is complete, or empty.
        set_number: Of the set that was begun, 0 for none.
        new_files, delta_files, new_bytes, stored_bytes: As the server counted them.
        removed_sets: Old sets that went.
        problems: Files that could not be saved as they are.
        notes: What the server had to say.
        report: Counts of the client.
    """

    job: str
    client: str
    server: str
    started_ns: int
    ended_ns: int = 0
    status: int = DONE
    attempts: int = 0
    skipped: str = ""
    error: str = ""
    hint: str = ""
    set_name: str = ""
    set_number: int = 0
    new_files: int = 0
    delta_files: int = 0
    new_bytes: int = 0
    stored_bytes: int = 0
    removed_sets: int = 0
    problems: int = 0
    notes: tuple[str, ...] = ()
    report: Report = field(default_factory=Report)

    @property
    def kind(self) -> str:
        """One of `OUTCOMES`."""
        if self.status == PROBLEMS:
            return WITH_PROBLEMS
        if self.status != DONE:
            return FAILED
        return SKIPPED if self.skipped else COMPLETE
