"""``/.versions``: a directory for each path that any set has, in it its versions.

``/.versions/<path>/<set>`` is the file as of that set, or of the one that a tag or the name
for the newest means.  Listed are the sets that brought another version; every set that has the
path is found.  Of a directory a version is a symbolic link to it in its set, and beside its
versions there are the names that were ever in it, which win where one is called like a set.

A directory here allows what it allowed in all sets: whoever was kept out of one version of
it is not let in by another.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tardis.history import Node, Place, Places, Span, Wanted, common_protection, versions_of
from tardis.model import BackupSet, Entry, NoSuchPathError, Reader

from .shown import FOLDER, LINK, Attributes, folder_attributes, hashed, node_inode

NAME: Final = b".versions"
KEPT_PLACES: Final = 20_000
"""Paths that are remembered."""

_WANTED: Final = Wanted(deletions=False, times=True, metadata=True)


@dataclass(frozen=True, slots=True)
class Version:
    """One path as of one set."""

    path: bytes
    backup: BackupSet
    entry: Entry

    @property
    def mode(self) -> int:
        """Mode that it is shown with."""
        return LINK if self.entry.is_directory else self.entry.mode

    @property
    def inode(self) -> int:
        """Inode number that it is shown with: that of the file in its set."""
        if self.entry.is_directory:
            return hashed(b"version %d %s" % (self.backup.number, self.path))
        return node_inode(self.backup.number, self.node)

    @property
    def node(self) -> Node:
        """Place in the set's tree, for what is no directory."""
        return Node(self.path, self.entry, None, None)

    @property
    def target(self) -> bytes:
        """Where the link to a directory's version points, from the place it is in."""
        depth = self.path.strip(b"/").count(b"/") + 2
        return b"../" * depth + os.fsencode(self.backup.name) + b"/" + self.path.lstrip(b"/")


class Versions:
    """Looks at all of *sets*, of which there is one at least, through *reader*.

    *links* are further names of some.
    """

    def __init__(
        self, reader: Reader, sets: Sequence[BackupSet], links: Mapping[bytes, BackupSet]
    ) -> None:
        self._span = Span(sets)
        self._places = Places(reader, self._span)
        places = {one.number: at for at, one in enumerate(self._span.sets)}
        self._by_name = {name: places[one.number] for name, one in links.items()}
        self._by_name |= {os.fsencode(one.name): places[one.number] for one in self._span.sets}
        self._known: OrderedDict[bytes, Place] = OrderedDict()

    def find(self, path: bytes) -> Place | Version:
        """Return what is at *path* below ``/.versions``; no slash leads or ends it.

        Raises:
            NoSuchPathError: Nothing is.
        """
        place = self._place(path)
        if place is not None:
            return place
        folder, slash, name = path.rpartition(b"/")
        above = self._place(folder) if slash else None
        at = self._by_name.get(name)
        if above is not None and at is not None:
            for mask, entry in above.rows:
                if mask >> at & 1:
                    return Version(above.path, self._span.sets[at], entry)
        raise NoSuchPathError("no set has it")

    def names(self, place: Place) -> list[tuple[bytes, int, int]]:
        """Return (name, mode, inode number) of what is in the directory of *place*."""
        found: dict[bytes, tuple[bytes, int, int]] = {}
        for child in self._children(place):
            name = child.path.rsplit(b"/", 1)[-1]
            found[name] = (name, FOLDER, _inode(child))
        if place.path not in (b"/", b""):
            for version in versions_of(place, self._span, _WANTED):
                name = os.fsencode(version.backup.name)
                made = Version(place.path, version.backup, version.entry)
                found.setdefault(name, (name, made.mode, made.inode))
        return list(found.values())

    def attributes(self, place: Place) -> Attributes:
        """Return what `stat` tells of the directory of *place*."""
        newest = self._span.newest(place.present) if place.present else self._span.sets[-1]
        folders = [entry for _, entry in place.rows if entry.is_directory]
        is_known = place.path not in (b"/", b"") or any(entry.mode & 0o777 for entry in folders)
        if not folders or not is_known:
            return folder_attributes(_inode(place), newest.started_ns)
        mode, uid, gid, _ = common_protection(folders)
        return folder_attributes(_inode(place), newest.started_ns, mode, uid, gid)

    def _place(self, path: bytes) -> Place | None:
        """Return the place of *path*, a whole one before a relative one."""
        known = self._known.get(path)
        if known is not None:
            self._known.move_to_end(path)
            return known
        if not path:
            tops = self._places.tops()
            return self._remember(path, tops[0]) if tops else None
        place = self._places.find(b"/" + path) or self._places.find(path)
        return self._remember(path, place) if place is not None else None

    def _children(self, place: Place) -> list[Place]:
        above = self._places.tops() if place.path in (b"/", b"") else [place]
        found = [child for one in above for child in self._places.children(one) if child.rows]
        for child in found:
            self._remember(child.path.lstrip(b"/"), child)
        return found

    def _remember(self, path: bytes, place: Place) -> Place:
        self._known.setdefault(path, place)
        while len(self._known) > KEPT_PLACES:
            self._known.popitem(last=False)
        return place


def _inode(place: Place) -> int:
    return hashed(b"versions " + place.path)
