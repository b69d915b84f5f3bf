"""What is told of runs that nobody watches: JSON for programs, variables for hooks, one line.

Both lists of names are promises to programs of others: names may be added, never changed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tardis.model import Outcome

from .names import escape_name

REPORT_VERSION: Final = 1
"""Moves when the meaning of a field changes."""

_SECOND_NS: Final = 10**9

RUN_FIELDS: Final[Mapping[str, tuple[str, Callable[[Outcome], Any]]]] = {
    "job": ("name of the job, empty when none was named", lambda one: one.job),
    "client": ("whose backup it is", lambda one: one.client),
    "server": ("where it goes: HOST:PORT, a socket, or `local`", lambda one: one.server),
    "outcome": ("`complete`, `problems`, `skipped` or `failed`", lambda one: one.kind),
    "status": ("exit status of this job", lambda one: one.status),
    "skipped": ("why nothing was done, else empty", lambda one: one.skipped),
    "error": ("what ended the run, in one sentence, else empty", lambda one: one.error),
    "hint": ("what to try then, or empty", lambda one: one.hint),
    "attempts": ("how often it was tried", lambda one: one.attempts),
    "started": ("seconds since 1970, by the client's clock", lambda one: _seconds(one.started_ns)),
    "seconds": ("how long it took", lambda one: _seconds(one.ended_ns - one.started_ns)),
    "set": ("name of the set that is complete, else empty", lambda one: one.set_name),
    "number": ("of the set, 0 when none was begun", lambda one: one.set_number),
    "directories": ("directories looked into", lambda one: one.report.directories),
    "entries": ("entries recorded in them", lambda one: one.report.entries),
    "files": ("regular files among these", lambda one: one.report.files),
    "bytes": ("plain bytes of these files", lambda one: one.report.size_bytes),
    "new_files": ("contents that were stored whole", lambda one: one.new_files),
    "delta_files": ("contents that were stored as deltas", lambda one: one.delta_files),
    "new_bytes": ("plain bytes of both", lambda one: one.new_bytes),
    "stored_bytes": ("bytes they take in the store", lambda one: one.stored_bytes),
    "sent_bytes": ("sent over the connection", lambda one: one.report.bytes_sent),
    "left_out": ("entries left out for want of access", lambda one: one.report.left_out),
    "vanished": ("files that went while they were looked at", lambda one: one.report.vanished),
    "removed_sets": ("old sets that the server removed on request", lambda one: one.removed_sets),
    "notes": ("sentences of the server", lambda one: list(one.notes)),
    "problems": (
        "`path` and `reason` of each file that could not be saved as it is",
        lambda one: [
            {"path": escape_name(problem.path), "reason": problem.reason}
            for problem in one.report.problems
        ],
    ),
}
"""Fields of a job in the report: name → (meaning, where it comes from)."""

HOOK_VARIABLES: Final[Mapping[str, tuple[str, Callable[[Outcome], object]]]] = {
    "TARDIS_RUN_JOB": ("name of the job, or empty", lambda one: one.job),
    "TARDIS_RUN_CLIENT": ("whose backup it is", lambda one: one.client),
    "TARDIS_RUN_SERVER": ("where it goes", lambda one: one.server),
    "TARDIS_RUN_OUTCOME": (
        "as `outcome` in the report; `before` ahead of it",
        lambda one: one.kind,
    ),
    "TARDIS_RUN_STATUS": ("exit status so far", lambda one: one.status),
    "TARDIS_RUN_ERROR": ("what ended the run, or empty", lambda one: one.error),
    "TARDIS_RUN_SET": ("name of the set that is complete, or empty", lambda one: one.set_name),
    "TARDIS_RUN_NUMBER": ("of the set, 0 for none", lambda one: one.set_number),
    "TARDIS_RUN_ENTRIES": ("entries in the set", lambda one: one.report.entries),
    "TARDIS_RUN_BYTES": ("plain bytes of the files among these", lambda one: one.report.size_bytes),
    "TARDIS_RUN_NEW_FILES": (
        "contents that were stored",
        lambda one: one.new_files + one.delta_files,
    ),
    "TARDIS_RUN_STORED_BYTES": ("bytes they take", lambda one: one.stored_bytes),
    "TARDIS_RUN_PROBLEMS": ("files with problems", lambda one: one.problems),
}
"""What hooks see in their environment: variable → (meaning, where it comes from)."""

BEFORE: Final = "before"


def run_report(outcomes: Iterable[Outcome], status: int) -> str:
    """Return the report of a run of `tardis` as a JSON document, with a line end.

    Args:
        outcomes: Of its jobs, in their order.
        status: Of the whole run.
    """
    jobs = [{name: read(one) for name, (_, read) in RUN_FIELDS.items()} for one in outcomes]
    return json.dumps({"version": REPORT_VERSION, "status": status, "jobs": jobs}, indent=2) + "\n"


def hook_variables(outcome: Outcome, *, is_before: bool = False) -> dict[str, str]:
    """Return what a hook sees of *outcome* in its environment; there is no secret in it."""
    found = {name: _plain(str(read(outcome))) for name, (_, read) in HOOK_VARIABLES.items()}
    if is_before:
        found["TARDIS_RUN_OUTCOME"] = BEFORE
    return found


def run_line(outcome: Outcome) -> str:
    """Return one line that says which run it was and how it ended, for a mail's first line."""
    job = f", job {outcome.job}" if outcome.job else ""
    times = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    said = f"failed{times} with status {outcome.status}" if outcome.error else outcome.kind
    if not outcome.error and outcome.status:
        said = f"ended with status {outcome.status}"
    return f"backup of {outcome.client} to {outcome.server}{job}: {said}"


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / _SECOND_NS, 3)


def _plain(text: str) -> str:
    """Return *text* as an environment can hold it."""
    return text.replace("\0", "")
