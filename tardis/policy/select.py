"""Which names are left out of a backup."""

import fnmatch
import re
from collections.abc import Callable, Sequence

Excluder = Callable[[str], object]
"""Answers something true for a name that is left out."""


def excluder(patterns: Sequence[str]) -> Excluder | None:
    """Return what tells which base names match one of *patterns*; None for no pattern.

    Patterns are those of the shell: ``*``, ``?``, ``[seq]`` and ``[!seq]``, upper and lower
    case told apart.  Names are text, as the system hands them out, so that ``?`` stands
    for a character and not for a byte.  All patterns become one expression.
    """
    if not patterns:
        return None
    return re.compile("|".join(dict.fromkeys(map(fnmatch.translate, patterns)))).match
