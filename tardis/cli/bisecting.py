"""lstardis --bisect: runs a command on versions until the first that makes it fail is known."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tardis.config import Settings, table
from tardis.history import (
    ExtractOptions,
    Place,
    Request,
    Span,
    Verdict,
    first_failing,
    judged_versions,
    pour,
    restore,
)
from tardis.model import NoSuchPathError, Observer, Reader, UsageError, Version
from tardis.render import escape_name

from .restore_store import open_client
from .tool_log import ToolLog

_UNTOLD: Final = 125
"""Status by which a command says that it cannot judge a version."""
_STANDARD_ERROR: Final = 2
_NOT_RUN: Final = (126, 127)
_PATH: Final = '"$1"'
"""How the shell is told where the version is: a name of any bytes stays one word."""


class Bisection:
    """Judges the versions of one place by a command.

    Args:
        reader: Of the store.
        settings: Of the program.
        span: Sets that are looked at.
        place: What is judged.
        log: Hears how each version is judged.
    """

    def __init__(
        self, reader: Reader, settings: Settings, span: Span, place: Place, log: ToolLog
    ) -> None:
        self._reader = reader
        self._settings = settings
        self._place = place
        self._log = log
        command = settings[table.BISECT]
        self._script = command.replace("{}", _PATH) if "{}" in command else f"{command} {_PATH}"
        self._versions = judged_versions(place, span)

    def run(self) -> None:
        """Say the first set whose version makes the command fail.

        Raises:
            UsageError: The command cannot be run.
        """
        versions = self._versions
        if not versions:
            raise NoSuchPathError(f"no set has a version of {escape_name(self._place.path)}")
        found = first_failing(len(versions), self._passes)
        print(f"{escape_name(self._place.path)}: {_told(found, versions)}")

    def _passes(self, at: int) -> bool | None:
        version = self._versions[at]
        with tempfile.TemporaryDirectory(prefix="tardis-") as folder:
            path = self._bring(version, folder)
            status = self._status(path)
        passes = None if status == _UNTOLD else status == 0
        word = {True: "passes", False: "fails", None: "cannot be judged"}[passes]
        self._log.note(f"{_named(version)} {word}")
        return passes

    def _status(self, path: str) -> int:
        sys.stdout.flush()
        words = ["/bin/sh", "-c", self._script, "lstardis", path]
        status = subprocess.run(words, stdout=_STANDARD_ERROR, check=False).returncode
        if status in _NOT_RUN:
            raise UsageError(f"--bisect: the command could not run, status {status}")
        return status

    def _bring(self, version: Version, folder: str) -> str:
        """Restore a version into *folder* and return its path there."""
        name = os.path.basename(self._place.path) or b"top"
        path = os.path.join(os.fsencode(folder), name)
        if version.entry.is_regular:
            with Path(os.fsdecode(path)).open("wb") as out:
                pour(self._reader, version.entry, out)
        else:
            one = Request(version.backup.number, self._place.path, name, is_tree=True)
            options = ExtractOptions(os.fsencode(folder))
            restore(lambda: open_client(self._settings), [one], options, Observer())
        return os.fsdecode(path)


def _told(found: Verdict, versions: list[Version]) -> str:
    if found.fails is None:
        if found.passes is None:
            return "no version could be judged"
        return f"does not fail in the newest version, that of {_named(versions[found.passes])}"
    text = f"first fails in {_named(versions[found.fails])}"
    if found.passes is None:
        text += ", the oldest version that could be judged"
    else:
        text += f", passes in {_named(versions[found.passes])}"
    if found.untold:
        names = ", ".join(_named(versions[at]) for at in found.untold)
        text += f"; between them could not be judged: {names}"
    return text


def _named(version: Version) -> str:
    return f"{escape_name(version.backup.name)} (set {version.backup.number})"
