"""tardiff: compares versions of files in a backup, with each other or with what is there now."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tardis.config import Settings, table
from tardis.history import (
    LiveSide,
    SetSide,
    Side,
    differences,
    find_set,
    find_set_at,
    newest_of_lineages,
)
from tardis.model import (
    DIFFERENCES,
    DONE,
    PROBLEMS,
    BackupSet,
    NoSuchPathError,
    NoSuchSetError,
    Reader,
    UsageError,
)
from tardis.policy import LocalZone, parse_moment
from tardis.render import escape_name

from .looking_paths import reduced, stored_candidates
from .main import run
from .restore_choice import is_covered
from .restore_store import open_client
from .settings import load
from .tardiff_view import DiffView
from .tardiff_words import plain_words
from .tool_log import ToolLog, refuse_stdout

_TWO: Final = 2
"""Sets that are compared with each other; one is compared with what is there now."""


def command(argv: Sequence[str]) -> int:
    """Compare what *argv* names; return 0 when nothing differs, 1 when something does.

    3 says that something could not be compared, 14 that a path is on neither side.
    """
    settings = load("tardiff", plain_words(argv)).settings
    now = datetime.now(LocalZone())
    with ToolLog("tardiff", settings) as log, open_client(settings) as reader:
        refuse_stdout(settings)
        compared = Comparison(reader, settings, now, log)
        for argument in settings[table.DIFF_FILES]:
            compared.compare(argument)
        return compared.finish()


class Comparison:
    """Compares arguments, one after another.

    Args:
        reader: Of the store.
        settings: Of the program.
        now: Aware local time.
        log: Hears what is said beside the result.
    """

    def __init__(self, reader: Reader, settings: Settings, now: datetime, log: ToolLog) -> None:
        self._reader = reader
        self._settings = settings
        self._sets = reader.sets()
        wanted = settings[table.DIFF_SETS]
        if len(wanted) not in (1, _TWO):
            raise UsageError(f"{len(wanted)} sets cannot be compared", hint="name one or two")
        self._wanted = [self._find_set(text, now) for text in wanted]
        self._log = log
        self._view = DiffView(settings, now, log)
        self._sides: dict[int, SetSide] = {}
        self._missing = False

    def compare(self, argument: str) -> None:
        """Print what differs at *argument*."""
        paths = stored_candidates(argument)
        stored = reduced(paths, self._settings[table.DIFF_REDUCE_PATH], self._tops())
        left = self._side(self._first(stored))
        right: Side = LiveSide()
        right_paths = paths[:1]
        if len(self._wanted) == _TWO:
            right, right_paths = self._side(self._wanted[1]), stored
        one = next(filter(None, map(left.find, stored)), None)
        try:
            other = next(filter(None, map(right.find, right_paths)), None)
        except OSError as error:
            self._view.trouble(paths[0], error.strerror or str(error))
            return
        if one is None and other is None:
            self._missing = True
            where = f"neither in {escape_name(left.label)} nor in {escape_name(right.label)}"
            self._log.say(f"{escape_name(argument)} is {where}")
            return
        self._view.begin(left.label, right.label)
        recurse = self._settings[table.DIFF_RECURSE]
        for found in differences(paths[0], one, other, recurse=recurse):
            self._view.show(found)

    def finish(self) -> int:
        """Print what comes at the end, and return the exit status."""
        self._view.finish()
        if self._view.troubles:
            return PROBLEMS
        if self._missing:
            return NoSuchPathError.exit_status
        return DIFFERENCES if self._view.found else DONE

    def _first(self, paths: Sequence[bytes]) -> BackupSet:
        """Return the set to compare: unless one is named, the newest that looked there."""
        first = self._wanted[0]
        if self._settings.is_given(table.DIFF_SETS):
            return first
        for backup in newest_of_lineages(self._sets, first):
            roots = self._reader.roots(backup.number)
            if any(is_covered(path, root.path) for path in paths for root in roots):
                return backup
        return first

    def _find_set(self, text: str, now: datetime) -> BackupSet:
        """Return the set of a name, tag or number, or of a date when it is none of them."""
        current = self._settings[table.RECENT_SET]
        try:
            return find_set(self._sets, text, tags=self._reader.tags(), current=current)
        except NoSuchSetError:
            try:
                moment = parse_moment(text, now)
            except UsageError:
                moment = None
            if moment is None:
                raise
        return find_set_at(self._sets, moment)

    def _side(self, backup: BackupSet) -> SetSide:
        side = self._sides.get(backup.number)
        if side is None:
            side = self._sides[backup.number] = SetSide(self._reader, backup)
            self._log.note(f"using set {escape_name(backup.name)}")
        return side

    def _tops(self) -> set[bytes]:
        roots = (root.path for one in self._wanted for root in self._reader.roots(one.number))
        return {path.lstrip(b"/").split(b"/")[0] for path in roots}


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
