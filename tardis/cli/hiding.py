"""Takes secrets off the arguments that every user of the machine can see."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

_MEMORY: Final = "/proc/self/mem"
_STATUS: Final = "/proc/self/stat"
_ARGUMENTS_AT: Final = 45
"""Where the borders of the arguments stand behind the program's name in the status."""


def hide(secrets: Iterable[str]) -> None:
    """Overwrite *secrets* among the arguments of this process, as ``ps`` shows them.

    Where the kernel does not let us, nothing happens: a password on the command line is
    never quite safe, and the manual says so.
    """
    wanted = [os.fsencode(one) for one in secrets if one]
    if not wanted or not sys.platform.startswith("linux"):
        return
    with suppress(OSError, ValueError, IndexError):
        begin, end = _borders()
        with open(_MEMORY, "r+b", buffering=0) as memory:
            memory.seek(begin)
            found = memory.read(end - begin)
            hidden = found
            for secret in wanted:
                hidden = hidden.replace(secret, b"*" * len(secret))
            if hidden != found:
                memory.seek(begin)
                memory.write(hidden)


def _borders() -> tuple[int, int]:
    """Return where the arguments lie in our memory."""
    with open(_STATUS, "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return int(fields[_ARGUMENTS_AT]), int(fields[_ARGUMENTS_AT + 1])
