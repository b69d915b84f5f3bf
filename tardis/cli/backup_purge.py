"""What `tardis --purge` asks of the server, and what is told of the answer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tardis.client import BackupJob, PurgeWish
from tardis.config import Settings, table
from tardis.model import TardisError, UsageError
from tardis.policy import parse_moment
from tardis.render import escape_controls, human_size

_SECOND_NS: Final = 10**9
_HOUR_NS: Final = 3600 * _SECOND_NS
_DAY_NS: Final = 24 * _HOUR_NS


def purge_wish(settings: Settings, now_ns: int) -> PurgeWish | None:
    """Return which old sets are to be removed after the backup; None: nothing was said of it.

    Args:
        settings: Of the program.
        now_ns: Clock of this machine, which a date is an age by; the server counts by its own.

    Raises:
        UsageError: Something is to be kept, but nothing is to be removed.
    """
    ages = ((table.KEEP_DAYS, _DAY_NS), (table.KEEP_HOURS, _HOUR_NS))
    keep_ns = -1
    for row, unit_ns in ages:
        amount = settings[row]
        if amount is not None:
            keep_ns = amount * unit_ns
    if settings[table.KEEP_TIME]:
        moment = parse_moment(settings[table.KEEP_TIME], datetime.now(tz=UTC).astimezone())
        keep_ns = max(now_ns - int(moment.timestamp()) * _SECOND_NS, 0)
    priority = settings[table.PURGE_PRIORITY]
    if not settings[table.PURGE]:
        if keep_ns >= 0 or priority is not None:
            raise UsageError("what is kept is asked for, but --purge is missing")
        return None
    return PurgeWish(-1 if priority is None else max(priority, 0), keep_ns)


def purged_lines(job: BackupJob) -> Iterator[str]:
    """Yield what was removed, a line for each set with its reason."""
    done = job.purged
    if done is None:
        return
    for name, reason in done.items:
        yield f"removed {escape_controls(name)}: {escape_controls(reason)}"
    yield f"{done.sets} old sets removed, {human_size(done.freed_bytes)} freed"


def refused_purge(job: BackupJob) -> TardisError | None:
    """Return what to end with when the set is complete but nothing could be removed."""
    if job.refusal is None or job.closed is None:
        return None
    text = f"{job.closed.name} is complete, but old sets were not removed: {job.refusal}"
    return type(job.refusal)(text, hint=job.refusal.hint)
