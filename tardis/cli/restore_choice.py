"""Which path of which set each argument of a restore means."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tardis.config import SMART, Settings, table
from tardis.history import (
    Access,
    Node,
    Tree,
    backwards,
    components,
    find_set,
    find_set_at,
    newest_of_lineages,
)
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
        is_plain: The set is the one that was named, or the newest of all.
    """

    given: str
    backup: BackupSet
    node: Node
    is_plain: bool = True


class Chooser:
    """Finds arguments in the sets that *settings* ask for.

    Args:
        reader: Of the store.
        settings: Of the program.
        now: Aware local time.
        access: Says what may be read; None for everything.
    """

    def __init__(
        self,
        reader: Reader,
        settings: Settings,
        now: datetime,
        access: Access | None = None,
    ) -> None:
        self._reader = reader
        self._access = access
        self._lists = settings[table.RECURSE]
        self._sets = reader.sets()
        self._trees: dict[int, Tree] = {}
        self._cut = settings[table.REDUCE_PATH]
        self._wanted = self._candidates(settings, now)

    def choose(self, arguments: Sequence[str]) -> list[Chosen]:
        """Return what each of *arguments* means.

        Raises:
            NoSuchPathError: A set that is asked for does not hold one of them.
            RightsError: The user that is restored for may not read one of them.
        """
        chosen = [self._choose(argument) for argument in arguments]
        if self._access is not None:
            for each in chosen:
                self._access.check_read(each.backup.number, each.node, lists=self._lists)
        return chosen

    def _candidates(self, settings: Settings, now: datetime) -> list[BackupSet]:
        """Return the sets to look into, in this order."""
        self._searches = settings[table.LAST]
        if settings[table.DATE]:
            moment = parse_moment(settings[table.DATE], now)
            newest = find_set_at(self._sets, moment)
            return newest_of_lineages(self._sets, newest)
        if settings[table.LAST]:
            found = backwards(self._sets)
            if not found:
                raise NoSuchSetError("there is no complete backup set yet")
            return found
        wanted, current = settings[table.BACKUP], settings[table.RECENT_SET]
        tags = self._reader.tags() if wanted else {}
        newest = find_set(self._sets, wanted, tags=tags, current=current)
        if settings[table.BACKUP]:
            return [newest]
        return newest_of_lineages(self._sets, newest)

    def _choose(self, argument: str) -> Chosen:
        paths = _paths(argument)
        if self._cut > 0:
            paths = _reduced(paths, self._cut, argument)
        looked = self._wanted if self._searches else self._covering(paths)
        for backup in looked:
            node = self._find(backup, paths)
            if node is not None:
                return Chosen(argument, backup, node, backup is self._wanted[0])
        where = f"set {escape_name(looked[0].name)} does not hold"
        if self._searches:
            where = "no complete set holds"
        raise NoSuchPathError(f"{where} {escape_name(paths[0])}", hint=self._hint(paths))

    def _covering(self, paths: Sequence[bytes]) -> list[BackupSet]:
        """Return the newest set whose roots cover one of *paths*, else the newest of all.

        Jobs with other roots make sets of their own; what they never looked at is not
        missing from them.
        """
        for backup in self._wanted:
            if self._cut == SMART and self._find(backup, paths) is not None:
                return [backup]
            roots = self._reader.roots(backup.number)
            if any(is_covered(path, root.path) for path in paths for root in roots):
                return [backup]
        return self._wanted[:1]

    def _find(self, backup: BackupSet, paths: Sequence[bytes]) -> Node | None:
        tree = self._trees.get(backup.number)
        if tree is None:
            tree = self._trees[backup.number] = Tree(self._reader, backup.number, self._access)
        for path in (*paths, *(_smart(tree, paths) if self._cut == SMART else ())):
            node = tree.find(path)
            if node is not None:
                return node
        return None

    def _hint(self, paths: Sequence[bytes]) -> str:
        if self._access is not None:
            return ""  # that it was there once may be nothing to tell
        others = [one for one in backwards(self._sets) if one not in self._wanted]
        for backup in others[:_HINTED_SETS]:
            if self._find(backup, paths) is not None:
                return f"set {escape_name(backup.name)} holds it; --last finds the newest"
        return ""


def is_covered(path: bytes, root: bytes) -> bool:
    """Tell whether *path* lies at or below *root*, or on the way to it."""
    below, above = root.rstrip(b"/") + b"/", path.rstrip(b"/") + b"/"
    return path == root or path.startswith(below) or root.startswith(above)


def _reduced(paths: Sequence[bytes], cut: int, argument: str) -> list[bytes]:
    """Return *paths* without their first *cut* names, as whole and as relative paths.

    Raises:
        UsageError: None of them has so many.
    """
    left = [b"/".join(components(path)[cut:]) for path in paths if len(components(path)) > cut]
    if not left:
        raise UsageError(f"--reduce-path {cut} leaves nothing of {argument}")
    return list(dict.fromkeys(path for one in left for path in (b"/" + one, one)))


def _smart(tree: Tree, paths: Sequence[bytes]) -> Iterator[bytes]:
    """Yield what is left of *paths* from the first name on that stands at a top of *tree*."""
    for is_absolute in (False, True):
        top = tree.top(absolute=is_absolute)
        names = {node.name for node in tree.children(top)} if top is not None else set()
        for path in paths:
            known = components(path)
            place = next((i for i, name in enumerate(known) if name in names), None)
            if place is not None:
                yield b"/" * is_absolute + b"/".join(known[place:])


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
