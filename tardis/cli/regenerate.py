"""regenerate: brings files and directories back from a backup."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from tardis.config import Settings, table
from tardis.history import ExtractOptions, Restored, moment_of, pour, restore
from tardis.model import DONE, PROBLEMS, Entry, Observer, UsageError
from tardis.policy import LocalZone
from tardis.render import ProgressView, escape_name, human_size

from .main import run
from .memory import spend_memory_for_speed
from .restore_choice import Chooser, Chosen
from .restore_store import open_client, place_of
from .restore_target import settle_target
from .settings import load


def command(argv: Sequence[str]) -> int:
    """Restore what *argv* names; return 0, or 3 when something could not be restored."""
    settings = load("regenerate", argv).settings
    spend_memory_for_speed()
    now = datetime.now(LocalZone())
    with open_client(settings) as reader:
        arguments = settings[table.FILES]
        chosen = Chooser(reader, settings, now).choose(arguments)
        _tell_sets(settings, chosen, now)
        if not settings[table.OUTPUT]:
            pour(reader, _only_file(chosen), sys.stdout.buffer)
            sys.stdout.flush()
            return DONE
    target, requests = settle_target(settings[table.OUTPUT], chosen, place_of(settings))
    action = settings[table.AUTHFAIL_ACTION] if settings[table.AUTHENTICATE] else "keep"
    options = ExtractOptions(
        os.fsencode(target),
        overwrite=settings[table.OVERWRITE],
        damaged=action,
        hard_links=settings[table.HARD_LINKS],
        recurse=settings[table.RECURSE],
        jobs=settings[table.JOBS],
    )
    began = time.monotonic()
    with _watching(settings) as observer:
        done = restore(lambda: open_client(settings), requests, options, observer)
    _tell_result(done, target, time.monotonic() - began, is_verbose=settings[table.VERBOSE] > 0)
    return PROBLEMS if done.problems else DONE


def _only_file(chosen: Sequence[Chosen]) -> Entry:
    """Return the one file that can go to standard output."""
    entry = chosen[0].node.entry
    if len(chosen) > 1:
        raise UsageError("several files need --output", hint="-o DIRECTORY")
    if chosen[0].node.is_directory or entry is None:
        raise UsageError(f"{chosen[0].given} is a directory and needs --output")
    if not entry.is_regular:
        raise UsageError(f"{chosen[0].given} is no regular file and needs --output")
    return entry


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
def _watching(settings: Settings) -> Iterator[Observer]:
    """Give the observer that *settings* ask for; its drawing is gone at the end."""
    if not (settings[table.PROGRESS] and sys.stderr.isatty()):
        yield Observer()
        return
    view = _View()
    try:
        yield view
    finally:
        view.stop()


def _tell_sets(settings: Settings, chosen: Sequence[Chosen], now: datetime) -> None:
    """Say which sets were chosen, when that was not plain or when asked."""
    asked = settings[table.VERBOSE] or settings[table.DATE] or settings[table.LAST]
    if not asked and all(each.is_plain for each in chosen):
        return
    for backup in dict.fromkeys(each.backup for each in chosen):
        began = moment_of(backup.started_ns, now)
        _say(f"using set {escape_name(backup.name)} of {began:%Y-%m-%d %H:%M:%S}")


def _tell_result(done: Restored, target: str, seconds: float, *, is_verbose: bool) -> None:
    shown = target.rstrip("/") + "/"
    for problem in done.problems:
        _say(f"{escape_name(shown)}{escape_name(problem.path)}: {problem.reason}")
    for note, count in sorted(done.notes.items()):
        _say(f"{count} {'file' if count == 1 else 'files'}: {note}")
    if is_verbose or done.problems:
        _say(
            f"restored {done.files} files and {done.directories} directories,"
            f" {human_size(done.size_bytes)}, in {seconds:.1f} s;"
            f" {len(done.problems)} problems"
        )


def _say(text: str) -> None:
    print(f"regenerate: {text}", file=sys.stderr)


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))
