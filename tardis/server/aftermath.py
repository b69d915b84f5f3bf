"""What follows when a set is complete and its client has the answer: the administrator's hook."""

import time
from collections.abc import Callable

from tardis.model import DONE, PROBLEMS, BackupSet, Outcome, Report, TardisError

from .options import AfterSet, Log


def outcome_of(client: str, server: str, label: str, done: BackupSet) -> Outcome:
    """Return what became of the run that made *done*, as a hook is told of it.

    Args:
        client: Whose set it is.
        server: Name of this program.
        label: Of the job, empty when the client named none.
        done: The set.
    """
    return Outcome(
        job=label,
        client=client,
        server=server,
        started_ns=done.started_ns,
        ended_ns=done.ended_ns or time.time_ns(),
        attempts=1,
        status=PROBLEMS if done.problems else DONE,
        problems=done.problems,
        set_name=done.name,
        set_number=done.number,
        new_files=done.new_files,
        delta_files=done.delta_files,
        new_bytes=done.new_bytes,
        stored_bytes=done.stored_bytes,
        report=Report(
            directories=done.directories,
            entries=done.entries,
            size_bytes=done.size_bytes,
        ),
    )


def run_after_set(
    after_set: AfterSet | None, outcome: Outcome | None, log: Log, is_stopping: Callable[[], bool]
) -> None:
    """Run the administrator's hook for a set that is complete; its trouble goes to the log.

    The store is free again by then, so the hook may look into it or copy it.
    """
    if after_set is None or outcome is None:
        return
    try:
        after_set(outcome, is_stopping)
    except TardisError as error:
        log(f"{outcome.client}: after {outcome.set_name}: {error}", is_trouble=True)
