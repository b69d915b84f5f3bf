"""Names for contents that are files of their own, and the directories that hold them."""

import os

from .catalog.group import Group
from .layout import Layout
from .meta import SUFFIX


class Names:
    """Hands out names that no file has; used by the one writer of a store.

    What a name is given to is written later, so names are remembered until the group after
    the next is sealed: by then the files of the first are there.

    Args:
        layout: Of the store.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._folders: dict[str, bool] = {}
        self._taken: set[str] = set()
        self._older: set[str] = set()
        self._changed: set[str] = set()

    def take(self, digest: bytes) -> tuple[int, str]:
        """Return place and path for a new representation of the content *digest*."""
        layout, place = self._layout, 0
        path = layout.large(digest, place)
        folder = os.path.dirname(path)
        # Two classic contents may share a name, so there a fresh directory is no proof.
        is_free = self._is_new(folder) and not layout.is_classic
        while path in self._taken or path in self._older or not (is_free or self._is_free(path)):
            place += 1
            path = layout.large(digest, place)
        self._taken.add(path)
        self._changed.add(folder)
        return place, path

    def seal_into(self, group: Group) -> None:
        """Tell *group* which directories have changed since the last time."""
        group.folders |= self._changed
        self._changed = set()
        self._older, self._taken = self._taken, set()

    def _is_new(self, folder: str) -> bool:
        """Tell whether this run has made *folder*, after making sure that it is there.

        The directory above counts as changed in any case: a run that was killed may have
        made *folder* and never flushed its name.
        """
        is_new = self._folders.get(folder)
        if is_new is None:
            above = os.path.dirname(folder)
            if above != self._layout.directory:
                self._is_new(above)
            is_new = not os.path.isdir(folder)
            if is_new:
                os.mkdir(folder)
            self._changed.add(above)
            self._folders[folder] = is_new
        return is_new

    def _is_free(self, path: str) -> bool:
        """Tell whether nothing has that name; a power cut may leave either of two files."""
        if os.path.lexists(path):
            return False
        return not (self._layout.is_classic and os.path.lexists(path + SUFFIX))
