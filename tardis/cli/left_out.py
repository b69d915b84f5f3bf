"""What a backup set left out, as far as the settings it was made with tell."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tardis.config import Option, table
from tardis.model import BackupSet
from tardis.policy import Rule, RuleSet, Scope
from tardis.scan import read_rules

_GUARDS: Final = (
    table.EXCLUDE_FILE_NAME,
    table.LOCAL_EXCLUDE_FILE_NAME,
    table.SKIP_FILE_NAME,
)
"""Names of files that leave something out beside and below them."""

_UNTOLD: Final = (table.EXCLUDE_FILE, table.EXCLUDE_DIR, table.CVS_IGNORE)
"""Other options that leave something out; what, is not found out here."""

_CACHE_TAG: Final = b"CACHEDIR.TAG"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What sets left out.

    Attributes:
        is_left_out: Tells of a path below the top, and whether it is a directory, if it
            was; None when nothing was.
        guards: Names of files beside and below which anything may have been.
        doubts: Why more may have been left out, safe to print; empty when all is known.
    """

    is_left_out: Callable[[bytes, bool], object] | None
    guards: frozenset[bytes]
    doubts: tuple[str, ...]


def left_out(sets: Iterable[BackupSet], top: bytes = b"/") -> LeftOut:
    """Return what *sets*, whose paths begin at *top*, left out: what any of them did.

    Names of files with patterns count without their last letter too, as for a backup.
    """
    scopes: list[Scope] = []
    guards = {os.fsencode(name) for row in _GUARDS for name in _names(row.default)} | {_CACHE_TAG}
    doubts: list[str] = []
    for backup in sets:
        config = _config(backup)
        if config is None:
            doubts.append(f"set {backup.name} does not say with which options it was made")
            continue
        patterns = [one for one in _value(config, table.EXCLUDE) if one]
        if patterns:
            scopes.append(_scope(patterns))
        if top != b"/" and any(one.lstrip("!").startswith("/") for one in patterns):
            doubts.append(f"set {backup.name} leaves out whole paths, but holds relative ones")
        guards |= {os.fsencode(_value(config, row)) for row in _GUARDS} - {b""}
        for row in _UNTOLD:
            value = _value(config, row)
            if value != row.default:
                doubts.append(f"set {backup.name} was made with {row.spoken}")
        shared = _shared_rules(config)
        if shared:  # they may have been others when the set was made
            doubts.append(f"set {backup.name} was made with {table.GLOBAL_EXCLUDES.spoken}")
            scopes.append(Scope().with_rules(RuleSet(shared)))
    judge = _Judge(scopes, top).is_left_out if scopes else None
    return LeftOut(judge, frozenset(guards), tuple(doubts))


class _Judge:
    """Asks the rules of all sets."""

    def __init__(self, scopes: Sequence[Scope], top: bytes) -> None:
        self._scopes = [scope.below(os.fsdecode(top)) for scope in scopes]

    def is_left_out(self, path: bytes, is_directory: bool) -> bool:
        """Tell whether any set left out *path*, which begins at the top."""
        above, name = os.path.split(os.fsdecode(path))
        return any(
            scope.below(above).judge(name, lambda: is_directory).is_left_out
            for scope in self._scopes
        )


def _scope(patterns: Sequence[str]) -> Scope:
    return Scope().with_rules(RuleSet(Rule(one, table.EXCLUDE.spoken) for one in patterns))


def _shared_rules(config: dict[str, str]) -> list[Rule]:
    """Return what all runs leave out, as it is told now on this machine."""
    path = _value(config, table.GLOBAL_EXCLUDES)
    if not path or _value(config, table.IGNORE_GLOBAL_EXCLUDES):
        return []
    try:
        return read_rules(os.fsencode(os.path.expanduser(path)))
    except FileNotFoundError:
        return []
    except OSError:
        return [Rule("*", path)]


def _names(name: str) -> tuple[str, str]:
    return name, name[:-1]


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
