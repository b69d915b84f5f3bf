"""What the mount shows: sets below the top, below each set its tree. No FUSE here.

Beside the sets there is ``/.versions``, which no listing of the top shows, so that programs
that go through everything do not meet each file twice; see `versions`.

Paths are bytes from the mount's top, with a leading slash.  Trouble is raised as OSError,
the language of file systems.
"""

import errno
import os
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Final

from tardis.history import Node, backwards
from tardis.history import Place as PathHistory
from tardis.model import BackupSet, Entry, NoSuchPathError, StoredContent
from tardis.render import escape_name

from .contents import Contents, Readers
from .extras import entry_extra, saved_extra, set_extra
from .listings import Listings, node_of
from .shown import (
    FOLDER,
    LINK,
    Attributes,
    Folder,
    ancestor_attributes,
    briefs_of,
    entry_attributes,
    entry_inode,
    folder_attributes,
    link_attributes,
    link_inode,
    node_inode,
    other_briefs,
    set_inode,
)
from .spools import SPOOL_BYTES
from .trouble import FILES, SETS, TROUBLE, Tell, Trouble
from .versions import NAME as VERSIONS
from .versions import Version, Versions

LOOK_AGAIN: Final = 1.0
"""Seconds for which the list of sets is believed."""

_CLOSED: Final = 0o040500
"""Mode of a directory of which nothing is known: for root alone."""


@dataclass(slots=True)
class Place:
    """One place of the mount: the top, a set, something in a set, or something made up.

    Attributes:
        path: In its set, for what is in one.
        backup: Set that it is of; None for the top and what is made up beside the sets.
        node: None unless it lies in a set.
        link: Where it points, for a symbolic link that is made up.
        inode: Inode number of such a link.
        history: What it was in all sets, for a directory in ``/.versions``.
    """

    path: bytes
    backup: BackupSet | None = None
    node: Node | None = None
    link: bytes | None = None
    inode: int = 0
    history: PathHistory | None = None

    @property
    def is_folder(self) -> bool:
        """Tell whether names can be in it."""
        return self.link is None and (self.node is None or self.node.is_directory)


class View:
    """Answers what a file system is asked, for any number of threads.

    Args:
        readers: Of the store, used by this alone; all of them are closed.
        current: Name of the link to the newest complete set, unless a set or a tag is called so.
        repoint: Where the view is mounted, when absolute links are to stay within it.
        clock: Monotonic seconds.
        tell: Hears what happens, and how much of it that is: `TROUBLE`, `SETS` or `FILES`.

    Attributes:
        has_acls: The kernel evaluates ACLs itself.
        contents: What is open.
    """

    def __init__(
        self,
        readers: Readers,
        current: str,
        repoint: bytes | None = None,
        clock: Callable[[], float] = time.monotonic,
        tell: Tell = lambda _level, _text: None,
    ) -> None:
        self.has_acls = False
        self._reader = readers.first
        self.contents = Contents(readers, SPOOL_BYTES)
        self._current = current
        self._repoint = repoint
        self._clock = clock
        self._trouble = Trouble(tell)
        self._turn = RLock()
        self._sets: dict[bytes, BackupSet] = {}
        self._links: dict[bytes, BackupSet] = {}
        self._newest: BackupSet | None = None
        self._versions: Versions | None = None
        self._looked = -LOOK_AGAIN
        self._changes = 0
        self._listings = Listings(readers.first)

    def attributes(self, path: bytes) -> Attributes:
        """Return what `stat` tells of *path*."""
        with self._turn, self._trouble.asking(path):
            place = self._find(path)
            if place.link is not None:
                return self._link_attributes(place, place.link)
            if place.history is not None:
                return self._all_versions().attributes(place.history)
            if place.backup is None or place.node is None:
                return self._folder_attributes(place)
            return self._node_attributes(place.backup, place.node, place.path)

    def folder(self, path: bytes, *, is_brief: bool = False) -> Folder:
        """Return what is in the directory *path*; briefly if no more is wanted of its files."""
        with self._turn, self._trouble.asking(path):
            place = self._find(path)
            if not place.is_folder:
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            if place.backup is not None:
                return self._set_folder(place, place.backup, is_brief=is_brief)
            found = self._top_names()
            if place.history is not None:
                found = self._all_versions().names(place.history)
            above = path.rstrip(b"/") + b"/"
            return Folder(
                [name for name, _, _ in found],
                [(mode, inode) for _, mode, inode in found],
                lambda at: self.attributes(above + found[at][0]),
            )

    def stamp(self, name: bytes) -> tuple[Hashable, bool]:
        """Return what makes a name at the top mean what it means now, and whether that lasts.

        A set keeps its stamp under any name; one that is not complete has another each time
        that sets were looked at, and what is made of all sets whenever one came or went.
        """
        backup = self._sets.get(name)
        if backup is not None:
            moment = None if backup.is_complete else self._looked
            return (backup.number, backup.started_ns, moment), backup.is_complete
        return (name, self._changes), False

    def link(self, path: bytes) -> bytes:
        """Return where the symbolic link *path* points."""
        with self._turn, self._trouble.asking(path):
            place = self._find(path)
            if place.link is not None:
                return place.link
            entry = place.node.entry if place.node else None
            if entry is None or entry.target is None or place.backup is None:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            if self._repoint is not None and entry.target.startswith(b"/"):
                return b"/".join((self._repoint, os.fsencode(place.backup.name))) + entry.target
            return entry.target

    def stored(self, path: bytes) -> StoredContent:
        """Return what the regular file *path* holds, to be opened."""
        with self._turn, self._trouble.asking(path):
            entry = self._entry(path)
            if not entry.is_regular:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            found = None
            if entry.content is not None:
                found = self._reader.contents([entry.content]).get(entry.content)
            if found is None:
                self._trouble.say(TROUBLE, f"{escape_name(path)}: its content is not in the store")
                raise OSError(errno.EIO, "its content is not in the store")
            return found

    def open(self, path: bytes, stored: StoredContent) -> int:
        """Open what *path* holds; return a handle for `read` and `close`."""
        with self._trouble.asking(path):
            handle = self.contents.open(stored)
            self._trouble.say(FILES, f"opened {escape_name(path)}")
            return handle

    def read(self, path: bytes, handle: int, size: int, offset: int) -> bytes:
        """Return up to *size* bytes from *offset* of what was opened as *path*."""
        with self._trouble.asking(path):
            return self.contents.read(handle, size, offset)

    def close(self, handle: int) -> None:
        """Release a handle."""
        self.contents.close(handle)

    def extra(self, path: bytes) -> dict[str, bytes]:
        """Return the extended attributes of *path* by name."""
        with self._turn, self._trouble.asking(path):
            place = self._find(path)
            if place.backup is None or place.link is not None:
                return {}
            if place.node is None or place.path == b"/":
                return set_extra(place.backup)
            entry, known = place.node.entry, place.node.ancestor
            if entry is not None:
                since = next(
                    (one for one in self._sets.values() if one.number >= entry.first_set), None
                )
                return entry_extra(entry, since, self._reader)
            return saved_extra(known.xattrs) if known is not None else {}

    def end(self) -> None:
        """Release all that nobody is reading just now, and the readers."""
        self.contents.end()
        with self._turn:
            self._reader.close()

    def _look(self) -> None:
        """Learn of sets that have come or gone."""
        now = self._clock()
        if now - self._looked < LOOK_AGAIN:
            return
        self._looked = now
        sets = self._reader.sets()
        before = {one.number: one for one in self._sets.values()}
        self._sets = {os.fsencode(one.name): one for one in sets}
        self._newest = next(iter(backwards(sets)), None)
        links, self._links = self._links, self._links_to({one.number: one for one in sets})
        changed = {one.number for one in sets if before.get(one.number) != one}
        gone = before.keys() - {one.number for one in sets}
        for number in sorted(gone):
            self._trouble.say(SETS, f"set {escape_name(before[number].name)} is gone")
        for one in sets if before else ():
            if one.number not in before:
                self._trouble.say(SETS, f"set {escape_name(one.name)} has come")
        unsteady = {one.number for one in sets if not one.is_complete}
        self._listings.forget(changed | gone | unsteady)
        if changed or gone or unsteady or links != self._links:
            self._versions = None
            self._changes += 1

    def _find(self, path: bytes) -> Place:
        self._look()
        if path == b"/":
            return Place(path)
        name, _, below = path[1:].partition(b"/")
        backup = self._sets.get(name)
        if backup is None:
            return self._find_beside(name, below)
        if not below:
            return Place(b"/", backup, self._listings.top(backup))
        inner = b"/" + below
        return Place(inner, backup, node_of(inner, self._listings.find(backup, inner)))

    def _find_beside(self, name: bytes, below: bytes) -> Place:
        """Return what is at *below* in what is called *name* beside the sets."""
        to = None if below else self._links.get(name)
        if to is not None:
            return Place(b"", to, link=os.fsencode(to.name), inode=link_inode(name))
        if name != VERSIONS or not self._sets:
            raise NoSuchPathError("there is no such set")
        found = self._all_versions().find(below)
        if not isinstance(found, Version):
            return Place(b"", history=found)
        if found.entry.is_directory:
            return Place(found.path, found.backup, link=found.target, inode=found.inode)
        return Place(found.path, found.backup, found.node)

    def _links_to(self, sets: Mapping[int, BackupSet]) -> dict[bytes, BackupSet]:
        """Return the sets that tags and the name for the newest lead to; names of sets go first."""
        found = {os.fsencode(self._current): self._newest} if self._newest else {}
        tagged = {os.fsencode(tag): sets.get(number) for tag, number in self._reader.tags().items()}
        found |= {tag: one for tag, one in tagged.items() if one is not None}
        return {name: one for name, one in found.items() if name not in self._sets}

    def _all_versions(self) -> Versions:
        if self._versions is None:
            self._versions = Versions(self._reader, list(self._sets.values()), self._links)
        return self._versions

    def _entry(self, path: bytes) -> Entry:
        place = self._find(path)
        entry = place.node.entry if place.node else None
        if entry is None or entry.is_directory:
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        return entry

    def _top_names(self) -> list[tuple[bytes, int, int]]:
        found = [(name, FOLDER, set_inode(one.number)) for name, one in self._sets.items()]
        return found + [(name, LINK, link_inode(name)) for name in self._links]

    def _link_attributes(self, place: Place, target: bytes) -> Attributes:
        backup = place.backup or self._newest
        return link_attributes(place.inode, target, backup.started_ns if backup else 0)

    def _set_folder(self, place: Place, backup: BackupSet, *, is_brief: bool) -> Folder:
        kinds = self._listings.kinds(backup, place.path, place.node) if is_brief else None
        above = place.path.rstrip(b"/") + b"/"
        number = backup.number
        if kinds is not None:
            things: list[Entry | Node] = [*kinds.folders]
            names = [one.name for one in kinds.folders] + [one[0] for one in kinds.others]
            briefs = briefs_of(number, things, above) + other_briefs(number, kinds.others)
        else:
            found = self._listings.of(backup, place.path, place.node)
            names, things = list(found), list(found.values())
            briefs = briefs_of(number, things, above)

        def attributes(at: int) -> Attributes:
            if at >= len(things):
                return self.attributes(b"/" + os.fsencode(backup.name) + above + names[at])
            one = things[at]
            if isinstance(one, Entry):
                inode = entry_inode(number, one, above)
                return entry_attributes(inode, one, has_acls=self.has_acls)
            return self._node_attributes(backup, one, one.path)

        return Folder(names, briefs, attributes)

    def _folder_attributes(self, place: Place) -> Attributes:
        if place.backup is not None:
            return folder_attributes(set_inode(place.backup.number), place.backup.started_ns)
        newest = self._newest.started_ns if self._newest else 0
        return folder_attributes(1, newest + self._changes)  # so that listings are known as old

    def _node_attributes(self, backup: BackupSet, node: Node, path: bytes) -> Attributes:
        entry, known = node.entry, node.ancestor
        if path == b"/":
            top = folder_attributes(set_inode(backup.number), backup.started_ns)
            if known is None:
                return top
            saved = ancestor_attributes(top.inode, known, has_acls=False)
            return top._replace(mode=saved.mode & FOLDER, uid=saved.uid, gid=saved.gid)
        inode = node_inode(backup.number, node)
        if entry is not None:
            return entry_attributes(inode, entry, has_acls=self.has_acls)
        if known is None:
            return folder_attributes(inode, backup.started_ns, _CLOSED)
        return ancestor_attributes(inode, known, has_acls=self.has_acls)
