"""`tardis --dry-run` and `tardis --explain`: what a run would do, without a server."""

import os
import sys
from dataclasses import replace

from tardis.cli.backup_excludes import with_stores
from tardis.client import JobOptions, explain, preview
from tardis.config import Settings, table
from tardis.model import DIFFERENCES, DONE, PROBLEMS
from tardis.render import (
    escape_name,
    explained_json,
    explained_text,
    preview_json,
    preview_text,
)
from tardis.scan import real_path


def is_preview(settings: Settings) -> bool:
    """Tell whether nothing is to be saved."""
    return bool(settings[table.DRY_RUN] or settings[table.EXPLAIN])


def show_preview(settings: Settings, options: JobOptions) -> int:
    """Print what is asked for.

    Returns:
        0; 3 if a run would have problems; 1 if a path that is explained is left out.
    """
    options = replace(options, exclusions=with_stores(options.exclusions, settings))
    is_json = settings[table.JSON]
    if settings[table.EXPLAIN]:
        paths = [real_place(os.fsencode(path)) for path in settings[table.EXPLAIN]]
        explained = explain(options, paths)
        print((explained_json if is_json else explained_text)(explained), end="")
        return DONE if all(one.is_saved for one in explained) else DIFFERENCES
    found = preview(options)
    print((preview_json if is_json else preview_text)(found), end="")
    for problem in found.problems:
        print(f"tardis: {escape_name(problem.path)}: {problem.reason}", file=sys.stderr)
    return PROBLEMS if found.problems else DONE


def real_place(path: bytes) -> bytes:
    """Return *path* absolute, with all links on the way to it resolved but not the last one."""
    above, name = os.path.split(os.path.abspath(path))
    return os.path.join(real_path(above), name)
