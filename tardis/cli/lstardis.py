"""lstardis: lists the versions of files in a backup."""

import io
import sys
from collections.abc import Sequence
from datetime import datetime

from tardis.config import Settings, table
from tardis.history import Place, Places
from tardis.model import DONE, NoSuchPathError, UsageError
from tardis.policy import LocalZone
from tardis.render import escape_name

from .bisecting import Bisection
from .looking_paths import find_places, reduced, stored_candidates, top_names
from .looking_sets import choose_span
from .lstardis_view import Listing
from .main import run
from .memory import spend_memory_for_speed
from .restore_store import open_client
from .settings import load
from .tool_log import ToolLog, refuse_stdout


def command(argv: Sequence[str]) -> int:
    """List what *argv* names; return 0, or 14 when a path is in no set."""
    settings = load("lstardis", argv).settings
    spend_memory_for_speed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with ToolLog("lstardis", settings) as log:
        if settings[table.LIST_JSON] or settings[table.PRINT_ZERO]:
            refuse_stdout(settings)
        return _list(settings, log)


def _list(settings: Settings, log: ToolLog) -> int:
    now = datetime.now(LocalZone())
    with open_client(settings) as reader:
        span = choose_span(reader.sets(), reader.tags(), settings, now)
        first, last = escape_name(span.sets[0].name), escape_name(span.sets[-1].name)
        log.note(f"{len(span.sets)} sets, {first} to {last}")
        places = Places(reader, span)
        found, missing = _find(settings, places)
        if settings[table.BISECT]:
            if len(found) + len(missing) != 1:
                raise UsageError("--bisect takes one path")
            for place in found:
                Bisection(reader, settings, span, place, log).run()
        else:
            Listing(reader, settings, span, now).print(places, found)
    for argument in missing:
        log.say(f"{escape_name(argument)}: no backup set that is looked at holds it")
    return NoSuchPathError.exit_status if missing else DONE


def _find(settings: Settings, places: Places) -> tuple[list[Place], list[str]]:
    """Return the places that arguments mean, and the arguments that mean none."""
    found: list[Place] = []
    missing = []
    count = settings[table.REDUCE]
    tops = top_names(places) if count else set()
    for argument in settings[table.LIST_DIRECTORIES]:
        paths = stored_candidates(argument, resolve=settings[table.REAL_PATH])
        some = find_places(places, reduced(paths, count, tops), is_glob=settings[table.GLOB])
        found += some
        if not some:
            missing.append(argument)
    return found, missing


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
