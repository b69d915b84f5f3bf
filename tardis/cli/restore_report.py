"""What regenerate tells the person: sets, progress and the result."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from tardis.config import Settings, table
from tardis.history import Request, Restored, moment_of, older_version
from tardis.model import Observer, Problem, Reader
from tardis.render import ProgressView, counted, escape_name, human_size

from .restore_choice import Chosen
from .tool_log import ToolLog

_OFFERED: Final = 20
"""Damaged files for which an older version is looked for."""


class _View(ProgressView):
    """Begins to draw at the first news: that takes a thread, and `restore` forks before."""

    _is_drawing = False

    def working_on(self, path: bytes) -> None:
        """Note what is made."""
        if not self._is_drawing:
            self._is_drawing = True
            self.start()
        super().working_on(path)


@contextmanager
def watching(settings: Settings) -> Iterator[Observer]:
    """Give the observer that *settings* ask for; its drawing is gone at the end."""
    is_asking = settings[table.OVERWRITE] == "ask"
    if is_asking or not (settings[table.PROGRESS] and sys.stderr.isatty()):
        yield Observer()
        return
    view = _View()
    try:
        yield view
    finally:
        view.stop()


def tell_sets(settings: Settings, chosen: Sequence[Chosen], now: datetime, log: ToolLog) -> None:
    """Say which sets were chosen, when that was not plain or when asked."""
    asked = settings[table.VERBOSE] or settings[table.DATE] or settings[table.LAST]
    if not asked and all(each.is_plain for each in chosen):
        return
    for backup in dict.fromkeys(each.backup for each in chosen):
        began = moment_of(backup.started_ns, now)
        log.say(f"using set {escape_name(backup.name)} of {began:%Y-%m-%d %H:%M:%S}")


def tell_result(done: Restored, target: str, seconds: float, log: ToolLog) -> None:
    """Say what went wrong and, when asked or when something did, what was done."""
    tell_problems(done.problems, target, log)
    for note, count in sorted(done.notes.items()):
        log.say(f"{counted(count, 'file')}: {note}")
    result = (
        f"restored {counted(done.files, 'file')} and {counted(done.directories, 'directory')},"
        f" {human_size(done.size_bytes)}, in {seconds:.1f} s;"
        f" {counted(len(done.problems), 'problem')}"
    )
    if done.problems:
        log.say(result)
    else:
        log.note(result)


def tell_problems(problems: Sequence[Problem], target: str, log: ToolLog) -> None:
    """Say what could not be restored below *target*, which may be empty, and why."""
    shown = target.rstrip("/") + "/" if target else ""
    for problem in problems:
        log.say(f"{escape_name(shown)}{escape_name(problem.path)}: {problem.reason}")


def offer_older(
    done: Restored, requests: Sequence[Request], opened: Callable[[], Reader], log: ToolLog
) -> None:
    """Say where a good version is of files whose content is damaged."""
    if not done.problems:
        return
    reader = opened()
    sets = reader.sets()
    for problem in done.problems[:_OFFERED]:
        for number, path in places_of(problem.path, requests):
            found = older_version(reader, sets, number, path)
            if found is not None:
                name, file = escape_name(found.name), escape_name(path)
                log.say(f"set {name} has an older version: regenerate --backup {name} {file}")
    reader.close()


def places_of(made: bytes, requests: Sequence[Request]) -> Iterator[tuple[int, bytes]]:
    """Yield (set, path in it) of what was to become *made* below the target."""
    for request in requests:
        if made == request.name:
            yield request.number, request.path
        elif request.name and made.startswith(request.name + b"/"):
            yield request.number, request.path + made[len(request.name) :]
        elif not request.name:
            yield request.number, request.path.rstrip(b"/") + b"/" + made
