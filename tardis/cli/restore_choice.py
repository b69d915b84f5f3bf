"""Which path of which set each argument of a restore means."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tardis.config import Settings, table
from tardis.history import Node, Tree, backwards, find_set, find_set_at
from tardis.model import BackupSet, NoSuchPathError, NoSuchSetError, Reader, UsageError
from tardis.policy import parse_moment
from tardis.render import escape_name

_HINTED_SETS: Final = 20
"""Sets that are searched to tell where a missing path is."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One argument, found.

    Attributes:
        given: As it was written.
        backup: Set it is taken from.
        node: Place in that set's tree.
    """

    given: str
    backup: BackupSet
    node: Node


class Chooser:
    """Finds arguments in the sets that *settings* ask for.

    Args:
        reader: Of the store.
        settings: Of the program.
        now: Aware local time.
    """

    def __init__(self, reader: Reader, settings: Settings, now: datetime) -> None:
        self._reader = reader
        self._sets = reader.sets()
        self._trees: dict[int, Tree] = {}
        self._wanted = self._candidates(settings, now)

    def choose(self, arguments: Sequence[str]) -> list[Chosen]:
        """Return what each of *arguments* means.

        Raises:
            NoSuchPathError: A set that is asked for does not hold one of them.
        """
        return [self._choose(argument) for argument in arguments]

    def _candidates(self, settings: Settings, now: datetime) -> list[BackupSet]:
        """Return the sets to look into, in this order."""
        if settings[table.DATE]:
            return [find_set_at(self._sets, parse_moment(settings[table.DATE], now))]
        if settings[table.LAST]:
            found = backwards(self._sets)
            if not found:
                raise NoSuchSetError("there is no complete backup set yet")
            return found
        current = settings[table.RECENT_SET]
        return [find_set(self._sets, settings[table.BACKUP], current=current)]

    def _choose(self, argument: str) -> Chosen:
        paths = _paths(argument)
        for backup in self._wanted:
            node = self._find(backup, paths)
            if node is not None:
                return Chosen(argument, backup, node)
        where = f"set {escape_name(self._wanted[0].name)} does not hold"
        if len(self._wanted) > 1:
            where = "no complete set holds"
        raise NoSuchPathError(f"{where} {escape_name(paths[0])}", hint=self._hint(paths))

    def _find(self, backup: BackupSet, paths: Sequence[bytes]) -> Node | None:
        tree = self._trees.get(backup.number)
        if tree is None:
            tree = self._trees[backup.number] = Tree(self._reader, backup.number)
        for path in paths:
            node = tree.find(path)
            if node is not None:
                return node
        return None

    def _hint(self, paths: Sequence[bytes]) -> str:
        others = [one for one in backwards(self._sets) if one not in self._wanted]
        for backup in others[:_HINTED_SETS]:
            if self._find(backup, paths) is not None:
                return f"set {escape_name(backup.name)} holds it; --last finds the newest"
        return ""


def _paths(argument: str) -> list[bytes]:
    """Return where *argument* may be stored, the likeliest first.

    Sets hold paths without symbolic links on the way, or relative ones when they were
    made so.
    """
    if not argument:
        raise UsageError("an empty path cannot be restored")
    absolute = os.path.abspath(argument)
    parent, name = os.path.split(absolute)
    found = [absolute, os.path.join(os.path.realpath(parent), name)]
    relative = os.path.normpath(argument)
    if not os.path.isabs(relative) and relative.split("/")[0] not in ("..", "."):
        found.append(relative)
    return [os.fsencode(path) for path in dict.fromkeys(found)]
