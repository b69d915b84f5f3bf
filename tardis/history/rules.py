"""What happens to what exists where something is restored."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from tardis.policy import may_replace
from tardis.render import escape_name

from .attributes import EVERYTHING, Switches

LEFT_ALONE: Final = "there already, left alone"
AS_STORED: Final = "there already, just as it is in the set"
SAME_HERE: Final = "its name is the same as another one's here, where upper and lower case are one"

Ask = Callable[[str], bool]
"""Asks a person whether a path, safe to print, may be replaced."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How files are made.

    Attributes:
        overwrite: What happens to existing files: never, always, newer (replaced by
            what is newer than they are), older, or ask.
        damaged: What happens to a file whose content is not what it was: keep, rename
            or delete.
        switches: What of their metadata they get.
        ask: Answers for ``ask``; None is no.
    """

    overwrite: str = "never"
    damaged: str = "rename"
    switches: Switches = EVERYTHING
    ask: Ask | None = None

    def allow(self, path: bytes, found: os.stat_result, stored_ns: int) -> bool:
        """Return whether *found* at *path* gives way to what was modified at *stored_ns*."""
        if self.overwrite == "ask":
            is_file = not stat.S_ISDIR(found.st_mode)
            return is_file and self.ask is not None and self.ask(escape_name(path))
        return may_replace(self.overwrite, found.st_mtime_ns, stored_ns)


def is_case_blind(folder: int, name: bytes) -> bool:
    """Tell whether the directory *folder*, which holds *name*, has it under other spellings.

    So it is where case, or two ways to write a letter, are not told apart.
    """
    text = os.fsdecode(name)
    forms = (text.swapcase(), normalize("NFC", text), normalize("NFD", text))
    known = os.stat(name, dir_fd=folder, follow_symlinks=False)
    for form in set(forms) - {text}:
        try:
            found = os.stat(os.fsencode(form), dir_fd=folder, follow_symlinks=False)
        except (OSError, ValueError):
            continue
        if (found.st_dev, found.st_ino) == (known.st_dev, known.st_ino):
            return True
    return False


def has_other_case(folder: int, name: bytes) -> bool:
    """Tell whether what answers to *name* in *folder* is really spelled another way."""
    return is_case_blind(folder, name) and os.fsdecode(name) not in os.listdir(folder)
