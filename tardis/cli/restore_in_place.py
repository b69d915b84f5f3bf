"""regenerate --in-place: shows what differs from a set, asks, and mends just that."""

import os
import sys
import time
from collections.abc import Sequence

from tardis.config import Settings, table
from tardis.history import (
    ExtractOptions,
    MendOptions,
    MendPlan,
    Request,
    carry_out,
    plan_mending,
)
from tardis.model import DONE, PROBLEMS, Reader, UsageError
from tardis.render import escape_name
from tardis.store import Place

from .asking import agrees
from .left_out import left_out
from .restore_choice import Chosen
from .restore_report import offer_older, tell_problems, tell_result, watching
from .restore_store import local_place, open_client
from .restore_target import check_outside
from .tool_log import ToolLog


def refuse_mixtures(settings: Settings) -> None:
    """Raise UsageError when options are combined that make no sense together."""
    if settings[table.IN_PLACE]:
        if settings[table.OUTPUT]:
            raise UsageError("--in-place and --output are two different places")
        if settings[table.OVERWRITE] == "ask":
            raise UsageError("--in-place shows everything first; it does not ask file by file")
        if settings[table.READS_AS]:
            raise UsageError(
                "--as says what is read, and not where --in-place may write",
                hint="restore with --output and let the user move it",
            )
        return
    for row in (table.DELETE_EXTRA, table.RESTORE_DRY_RUN):
        if settings[row]:
            raise UsageError(f"{row.spoken} needs --in-place")


def mend_options(
    settings: Settings, usual: ExtractOptions, chosen: Sequence[Chosen]
) -> MendOptions:
    """Return how what was *chosen* is put back.

    Raises:
        UsageError: It lies in a store, or begins at two different tops; or it is not known
            what the sets left out, and --delete is not forced.
    """
    place = local_place(settings)
    absolute = {each.node.path.startswith(b"/") for each in chosen}
    if len(absolute) > 1:
        raise UsageError("whole and relative paths cannot be put back at once")
    top = b"/" if True in absolute else os.fsencode(os.path.realpath("."))
    for each in chosen:
        where = os.path.join(top, each.node.path)
        check_outside(os.path.realpath(os.fsdecode(where)), place)
    known = left_out(dict.fromkeys(each.backup for each in chosen), top)
    if settings[table.DELETE_EXTRA] and known.doubts and not settings[table.RESTORE_FORCE]:
        raise UsageError(
            f"--delete might remove what backups leave out: {escape_name(known.doubts[0])}",
            hint="leave --delete away, or add --force after a look at --dry-run --force",
        )
    given = settings.is_given(table.OVERWRITE)
    return MendOptions(
        top,
        overwrite=settings[table.OVERWRITE] if given else "always",
        switches=usual.switches,
        hard_links=usual.hard_links,
        recurse=usual.recurse,
        removes=settings[table.DELETE_EXTRA],
        keep_out=_identities(place),
        is_left_out=known.is_left_out,
        guards=known.guards,
        jobs=usual.jobs,
    )


def mend(
    settings: Settings, options: MendOptions, chosen: Sequence[Chosen], reader: Reader, log: ToolLog
) -> MendPlan:
    """Plan, and show the plan on standard output; the caller closes it."""
    plan = plan_mending(reader, _requests(chosen), options)
    for change in plan.shown():
        path = escape_name(os.path.join(options.top, change.path))
        print(f"{change.doing:8}{path}: {change.reason}")
    told = ", ".join(f"{count} to {doing}" for doing, count in sorted(plan.counts.items()))
    log.say(told or "all is as in the set; nothing to do")
    if settings[table.RESTORE_DRY_RUN] or not plan.has_work:
        tell_problems(plan.problems, os.fsdecode(options.top), log)
    return plan


def confirm(settings: Settings, plan: MendPlan) -> bool:
    """Return whether *plan* is to be carried out.

    Raises:
        UsageError: Nobody can be asked, and it is not forced.
    """
    if settings[table.RESTORE_FORCE]:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "changing the live files needs --force, or a terminal to ask at",
            hint="--dry-run only lists the changes",
        )
    sys.stdout.flush()
    return agrees("regenerate: make these changes?")


def execute(
    settings: Settings,
    plan: MendPlan,
    options: MendOptions,
    chosen: Sequence[Chosen],
    log: ToolLog,
) -> int:
    """Carry out *plan*; return the exit status."""
    began = time.monotonic()
    with watching(settings) as observer:
        done = carry_out(plan, lambda: open_client(settings), options, observer)
    tell_result(done, os.fsdecode(options.top), time.monotonic() - began, log)
    offer_older(done, _requests(chosen), lambda: open_client(settings), log)
    return PROBLEMS if done.problems else DONE


def _requests(chosen: Sequence[Chosen]) -> list[Request]:
    return [
        Request(
            each.backup.number,
            each.node.path,
            each.node.path.strip(b"/"),
            each.node.is_directory,
        )
        for each in chosen
    ]


def _identities(place: Place | None) -> frozenset[tuple[int, int]]:
    """Return the identities of the directories that hold stores."""
    found = set()
    for path in (place.base, place.db_dir) if place is not None else ():
        if path and os.path.isdir(path):
            known = os.stat(path)
            found.add((known.st_dev, known.st_ino))
    return frozenset(found)
