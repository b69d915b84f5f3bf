"""Names of one inode: one of them is read, the others wait for it."""

from dataclasses import dataclass, field

from tardis.model import Listed

LIMIT = 50_000
"""Groups that are remembered; a name of a forgotten one is read again."""

Place = tuple[int, int]
"""(listing request, position) of an entry."""


@dataclass(slots=True)
class Names:
    """The names of one inode seen so far.

    Attributes:
        leader: The one whose content is asked for.
        content: Its content id once it is there.
        waiting: Those that want the same.
    """

    leader: Place
    content: int | None = None
    waiting: list[Place] = field(default_factory=list)


class Links:
    """Groups of names, by what the file itself is."""

    def __init__(self) -> None:
        self._groups: dict[tuple[int, ...], Names] = {}

    def join(self, listed: Listed, place: Place) -> Names | None:
        """Return the group of *listed*; None when it is the first and now leads it."""
        key = _key(listed)
        found = self._groups.get(key)
        if found is None:
            if len(self._groups) >= LIMIT:
                self._forget_settled()
            self._groups[key] = Names(place)
        return found

    def group(self, listed: Listed) -> Names | None:
        """Return the group that *listed* belongs to, None when it has none."""
        return self._groups.get(_key(listed)) if listed.nlink > 1 else None

    def leave(self, listed: Listed) -> None:
        """Forget the group of *listed*."""
        self._groups.pop(_key(listed), None)

    def _forget_settled(self) -> None:
        self._groups = {key: names for key, names in self._groups.items() if names.content is None}


def _key(listed: Listed) -> tuple[int, ...]:
    """Return file system, inode, size, mtime and ctime: what makes two names one file."""
    return (listed.filesystem, listed.inode, *listed[3:8])
