"""What can be said of the files that a configuration names, without touching them."""

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from typing import Any, Final

from tardis.config import Option, checking

_ALL_OTHERS: Final = 0o077


def name_of(row: Option[Any]) -> str:
    """Return how a person knows *row*: by its key in files, else by its flag."""
    return row.keys[0] if row.keys else row.spoken


def private(row: Option[Any], path: str, mask: int = _ALL_OTHERS) -> Iterator[checking.Finding]:
    """Find out whether a file with a secret is there, and for its owner alone.

    Args:
        row: That names it.
        path: Of the file.
        mask: Bits of its mode that must not be set.
    """
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError as error:
        yield checking.Finding(f"{name_of(row)}: cannot read {path}: {error.strerror}")
        return
    if mode & mask:
        others = "others" if mode & mask & 0o007 else "its group"
        yield checking.Finding(
            f"{name_of(row)}: {path} holds a secret, and {others} can get at it (mode {mode:03o})",
            f"chmod {mode & ~mask:03o} {path}",
        )
    yield from readable(row, path)


def readable(row: Option[Any], path: str) -> Iterator[checking.Finding]:
    """Find out whether a file is there and can be read."""
    if not os.path.isfile(path):
        yield checking.Finding(f"{name_of(row)}: there is no file {path}")
    elif not os.access(path, os.R_OK):
        yield checking.Finding(f"{name_of(row)}: {path} cannot be read")


def makeable(row: Option[Any], path: str) -> Iterator[checking.Finding]:
    """Find out whether a file that is to be written can be: itself, else its directory."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        yield checking.Finding(f"{name_of(row)}: {path} is a directory")
    elif os.path.exists(path):
        if not os.access(path, os.W_OK):
            yield checking.Finding(f"{name_of(row)}: {path} cannot be written")
    elif not os.path.isdir(folder):
        yield checking.Finding(f"{name_of(row)}: there is no directory {folder}")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield checking.Finding(f"{name_of(row)}: no file can be made in {folder}")


def runnable(row: Option[Any], command: str) -> Iterator[checking.Finding]:
    """Find out whether the program of a command can be found."""
    try:
        words = shlex.split(command)
    except ValueError:
        yield checking.Finding(f"{name_of(row)}: {command} has no end of a quotation or escape")
        return
    if words and shutil.which(words[0]) is None:
        yield checking.Finding(f"{name_of(row)}: there is no program {words[0]}")


def safe_from_others(path: str) -> Iterator[checking.Finding]:
    """Find out whether others than its owner can change a configuration file."""
    try:
        found = os.stat(path)
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o022:
        mode = stat.S_IMODE(found.st_mode)
        yield checking.Finding(
            f"configuration file {path}: others can change it (mode {mode:03o})",
            f"chmod {mode & ~0o022:03o} {path}",
        )
