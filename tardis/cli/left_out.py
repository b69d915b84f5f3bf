"""What a backup set left out, as far as the settings it was made with tell."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from tardis.config import Option, table
from tardis.model import BackupSet
from tardis.policy import excluder

_GUARDS: Final = (
    table.EXCLUDE_FILE_NAME,
    table.LOCAL_EXCLUDE_FILE_NAME,
    table.SKIP_FILE_NAME,
)
"""Names of files that leave something out beside and below them."""

_UNTOLD: Final = (table.EXCLUDE_FILE, table.EXCLUDE_DIR, table.CVS_IGNORE, table.GLOBAL_EXCLUDES)
"""Other options that leave something out; what, is not found out here."""

_CACHE_TAG: Final = b"CACHEDIR.TAG"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What sets left out.

    Attributes:
        is_left_out: Tells of a name whether it was; None when no name is.
        guards: Names of files beside and below which anything may have been.
        doubts: Why more may have been left out, safe to print; empty when all is known.
    """

    is_left_out: Callable[[bytes], object] | None
    guards: frozenset[bytes]
    doubts: tuple[str, ...]


def left_out(sets: Iterable[BackupSet]) -> LeftOut:
    """Return what *sets* left out, taken together."""
    patterns: list[str] = []
    guards = {os.fsencode(row.default) for row in _GUARDS} | {_CACHE_TAG}
    doubts: list[str] = []
    for backup in sets:
        config = _config(backup)
        if config is None:
            doubts.append(f"set {backup.name} does not say with which options it was made")
            continue
        patterns.extend(_value(config, table.EXCLUDE))
        guards |= {os.fsencode(_value(config, row)) for row in _GUARDS}
        for row in _UNTOLD:
            value = _value(config, row)
            is_there = row is not table.GLOBAL_EXCLUDES or os.path.exists(value)
            if is_there and (value != row.default or row is table.GLOBAL_EXCLUDES):
                doubts.append(f"set {backup.name} was made with {row.spoken}")
    matches = excluder(patterns)
    if matches is None:
        return LeftOut(None, frozenset(guards), tuple(doubts))
    return LeftOut(lambda name: matches(os.fsdecode(name)), frozenset(guards), tuple(doubts))


def _config(backup: BackupSet) -> dict[str, str] | None:
    try:
        found = json.loads(backup.client_config)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _value(config: dict[str, str], row: Option[Any]) -> Any:
    """Return the value that *config* has for *row*; the default when it has none to speak of."""
    try:
        return row.parse(config[row.name])
    except (KeyError, ValueError, TypeError, AttributeError):
        return row.default
