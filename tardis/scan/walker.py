"""Walking trees: each directory as ranges of packed entries, parents before children.

This is the hot loop of an unchanged run: one `stat` and one `pack` for an entry, no
objects, no calls of our own.  Nothing recurses, and names stay bytes.
"""

import errno
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from tardis.model import SourceError
from tardis.protocol import listing

from .claims import Claims
from .filesystems import NO_DEVICE, Filesystems
from .named import Named
from .opening import DENIED, GONE, open_directory, trouble
from .ranges import cut

Identity = tuple[int, int, int]
"""(file system id, inode, claim) of a directory."""

LARGE: Final = 50_000
"""Entries above which a directory's names are read first, then looked at in ranges."""

_NS: Final = 1_000_000_000
_KIND: Final = 0o170000
_REGULAR, _FOLDER, _LINK = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK
_DEVICES: Final = (stat.S_IFCHR, stat.S_IFBLK)
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_MODE: Final = struct.Struct("<I")
"""How a row begins."""

_NLINK: Final = 10
"""Where the link count stands among the fields of a row."""

_CHILD: Final = struct.Struct("<QQIIH")
"""device, inode, file system id, claim, length of the name: what is kept of a directory
until it is its turn."""


class Range(NamedTuple):
    """The entries [start, end) of one directory.

    Attributes:
        directory: Whose.
        path: Of the directory.
        start: First name the range could hold, empty: from the beginning.
        end: First name behind it, None: to the end.
        rows: Each entry as `listing.ENTRY` and its name, sorted by name.
        links: Positions of symbolic links.
        files: How many are regular files.
        linked: How many of these have several names.
        size_bytes: Plain bytes of these.
    """

    directory: Identity
    path: bytes
    start: bytes
    end: bytes | None
    rows: list[bytes]
    links: tuple[int, ...]
    files: int
    linked: int
    size_bytes: int

    @property
    def is_alone(self) -> bool:
        """Whether it is a root that is no directory, within the directory that names it."""
        return self.end == self.start + b"\0"


class Unlisted(NamedTuple):
    """A directory that could not be listed; `error` says why."""

    directory: Identity
    path: bytes
    error: SourceError

    @property
    def is_gone(self) -> bool:
        """Whether it vanished, or was replaced, after its parent had been listed."""
        return self.error.errno in GONE


class Place(NamedTuple):
    """A directory that is to be walked; its depth is 0 at a root."""

    path: bytes
    device: int
    directory: Identity
    depth: int


class _Batch(NamedTuple):
    """What was found in one directory, or in one range of a large one."""

    rows: list[tuple[bytes, bytes]]
    folders: list[tuple[bytes, os.stat_result]]
    links: int
    files: int
    linked: int
    size_bytes: int


def _ignore(path: bytes, reason: str) -> None:
    """Pass over a remark."""


@dataclass(slots=True)
class WalkRules:
    """What is looked at.

    Attributes:
        is_excluded: Tells of a name whether it is left out; None: nothing is.
        crosses_devices: Other file systems are entered.
        max_depth: Levels of directories that are listed, 0 for all.
        is_leaving_out: What may not be looked at is left out instead of reported.
        remark: Hears of what is passed over, as (path, why), for the curious.
        problem: Hears of trouble that does not stop the walk.
        left_out: Hears of an entry that may not be looked at.
    """

    is_excluded: Callable[[str], object] | None = None
    crosses_devices: bool = False
    max_depth: int = 0
    is_leaving_out: bool = True
    remark: Callable[[bytes, str], None] = _ignore
    problem: Callable[[bytes, str], None] = _ignore
    left_out: Callable[[bytes, str], None] = _ignore


class Walker:
    """Walks the roots of one run, one after another.

    Attributes:
        owners: (uid, gid) of everything that was seen.
    """

    def __init__(self, rules: WalkRules, filesystems: Filesystems) -> None:
        self.owners: set[tuple[int, int]] = set()
        self.claims = Claims()
        self._rules = rules
        self._filesystems = filesystems
        self._inside: set[tuple[int, int]] = set()

    def file_range(self, parent: Place, name: bytes, status: os.stat_result) -> Range:
        """Return the range that holds nothing but the root *name*, which is no directory."""
        self.owners.add((status.st_uid, status.st_gid))
        number, inode = self._identity(parent, name, status)
        rdev = status.st_rdev if status.st_mode & _KIND in _DEVICES else 0
        row = listing.ENTRY.pack(
            status.st_mode, status.st_uid, status.st_gid, status.st_size,
            *divmod(status.st_mtime_ns, _NS), *divmod(status.st_ctime_ns, _NS),
            number, inode, status.st_nlink, rdev, 0, len(name),
        )  # fmt: skip
        borders = (name, name + b"\0")
        return range_of(parent.directory, parent.path, borders, [row + name])

    def place_of(self, path: bytes, status: os.stat_result) -> Place:
        """Return the directory *path*, whose *status* is known, as the top of a walk."""
        number, inode = self._filesystems.of_folder(status.st_dev, status.st_ino, path)
        claim = self.claims.claim(number, inode)
        return Place(path, status.st_dev, (number, inode, claim), 0)

    def walk(self, top: Place) -> Iterator[Range | Unlisted]:
        """Yield what *top* and all below it hold, parents before children."""
        inside = self._inside = set()
        waiting: list[tuple[tuple[int, int], Iterator[Place]]] = [((0, 0), iter((top,)))]
        while waiting:
            place = next(waiting[-1][1], None)
            if place is None:
                inside.discard(waiting.pop()[0])
                continue
            key = (place.device, place.directory[1])
            inside.add(key)
            children = bytearray()
            yield from self._list(place, children)
            waiting.append((key, _iter_children(place, bytes(children))))

    def _list(self, place: Place, children: bytearray) -> Iterator[Range | Unlisted]:
        """Yield the ranges of one directory, and add its directories to *children*."""
        is_lasting = self._filesystems.has_lasting_inodes(place.directory[0])
        try:
            folder = open_directory(place.path, may_pass_links=is_lasting)
        except OSError as error:
            yield Unlisted(place.directory, place.path, trouble(error))
            return
        try:
            status = os.fstat(folder)
            inode = status.st_ino if is_lasting else place.directory[1]
            if (status.st_dev, inode) != (place.device, place.directory[1]):
                gone = SourceError("it was replaced while it was looked for", errno.ENOENT)
                yield Unlisted(place.directory, place.path, gone)
                return
            yield from self._ranges(place, folder, children)
        except OSError as error:
            yield Unlisted(place.directory, place.path, trouble(error))
        finally:
            os.close(folder)

    def _ranges(self, place: Place, folder: int, children: bytearray) -> Iterator[Range]:
        with os.scandir(folder) as entries:
            batch = self._look(place, folder, islice(entries, LARGE))
            is_large = next(entries, None) is not None
        if not is_large:
            yield from _cut(place, self._finish(place, batch, children))
            return
        del batch
        names = self._sorted_names(folder)
        starts = cut(names)
        for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
            named = (Named(name, folder) for name in names[first:behind])
            batch = self._finish(place, self._look(place, folder, named), children)
            start = names[first] if first else b""
            end = names[behind] if behind < len(names) else None
            rows = [row for _, row in batch.rows]
            yield range_of(place.directory, place.path, (start, end), rows)

    def _sorted_names(self, folder: int) -> list[bytes]:
        is_excluded = self._rules.is_excluded
        with os.scandir(folder) as entries:
            names = [
                entry.name.encode(_ENCODING, _ERRORS)
                for entry in entries
                if is_excluded is None or not is_excluded(entry.name)
            ]
        names.sort()
        return names

    def _look(self, place: Place, folder: int, entries: Iterable[Any]) -> _Batch:
        """Pack what is no directory, and gather the directories, in any order."""
        number = place.directory[0]
        device = place.device if self._filesystems.has_lasting_inodes(number) else NO_DEVICE
        is_excluded, pack = self._rules.is_excluded, listing.ENTRY.pack
        rows: list[tuple[bytes, bytes]] = []
        folders: list[tuple[bytes, os.stat_result]] = []
        files = linked = size_bytes = links = 0
        last_uid = last_gid = -1
        for entry in entries:
            text = entry.name
            if is_excluded is not None and is_excluded(text):
                continue
            name = text.encode(_ENCODING, _ERRORS)
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                self._unseen(place, folder, name, error)
                continue
            mode, inode, at, nlink, uid, gid, size, _, mtime, ctime = status
            if uid != last_uid or gid != last_gid:
                last_uid, last_gid = uid, gid
                self.owners.add((uid, gid))
            kind = mode & _KIND
            if kind == _REGULAR:
                files += 1
                size_bytes += size
                if nlink > 1:
                    linked += 1
            elif kind == _FOLDER:
                folders.append((name, status))
                continue
            elif kind == _LINK:
                links += 1
            whose = number
            if at != device:
                whose, inode = self._identity(place, name, status)
            row = pack(
                mode, uid, gid, size, mtime, status.st_mtime_ns % _NS, ctime,
                status.st_ctime_ns % _NS, whose, inode, nlink,
                status.st_rdev if kind in _DEVICES else 0, 0, len(name),
            )  # fmt: skip
            rows.append((name, row + name))
        return _Batch(rows, folders, links, files, linked, size_bytes)

    def _finish(self, place: Place, batch: _Batch, children: bytearray) -> _Batch:
        """Add the directories to what was packed, in the order of names throughout."""
        if batch.folders:
            batch.folders.sort()
            for name, status in batch.folders:
                batch.rows.append((name, self._pack_folder(place, name, status, children)))
        batch.rows.sort()
        return batch

    def _pack_folder(
        self, place: Place, name: bytes, status: os.stat_result, children: bytearray
    ) -> bytes:
        mode, inode, device, _, uid, gid, _, _, mtime, ctime = status
        number = place.directory[0]
        if device != place.device or not self._filesystems.has_lasting_inodes(number):
            path = _join(place.path, name)
            number, inode = self._filesystems.of_folder(device, inode, path)
        claim = listing.NOT_ENTERED
        if self._is_entered(place, name, device, inode):
            claim = self.claims.claim(number, inode)
            children += _CHILD.pack(device, inode, number, claim, len(name)) + name
        row = listing.ENTRY.pack(
            mode, uid, gid, 0, mtime, status.st_mtime_ns % _NS, ctime,
            status.st_ctime_ns % _NS, number, inode, 0, 0, claim, len(name),
        )  # fmt: skip
        return row + name

    def _is_entered(self, place: Place, name: bytes, device: int, inode: int) -> bool:
        rules = self._rules
        if rules.max_depth and place.depth + 1 >= rules.max_depth:
            return False
        if device != place.device and not rules.crosses_devices:
            return False
        if (device, inode) in self._inside:
            rules.problem(_join(place.path, name), "the directory contains itself")
            return False
        return True

    def _identity(self, place: Place, name: bytes, file: os.stat_result) -> tuple[int, int]:
        own = (file.st_dev, file.st_ino, file.st_nlink)
        return self._filesystems.of_file(place.directory[0], *own, _join(place.path, name))

    def _unseen(self, place: Place, folder: int, name: bytes, error: OSError) -> None:
        """Pass over an entry that vanished or may not be looked at; else raise *error*.

        Raises:
            OSError: The whole directory may not be searched, or there is real trouble.
        """
        if error.errno in GONE:
            return
        os.stat(b".", dir_fd=folder)
        if error.errno not in DENIED or not self._rules.is_leaving_out:
            raise error
        self._rules.left_out(_join(place.path, name), trouble(error).reason)


def _cut(place: Place, batch: _Batch) -> Iterator[Range]:
    rows = [row for _, row in batch.rows]
    if len(rows) <= listing.SLICE_ENTRIES:
        links = _positions_of_links(rows) if batch.links else ()
        counts = (batch.files, batch.linked, batch.size_bytes)
        yield Range(place.directory, place.path, b"", None, rows, links, *counts)
        return
    names = [name for name, _ in batch.rows]
    starts = cut(names)
    for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
        start = names[first] if first else b""
        end = names[behind] if behind < len(names) else None
        yield range_of(place.directory, place.path, (start, end), rows[first:behind])


def range_of(
    directory: Identity, path: bytes, borders: tuple[bytes, bytes | None], rows: list[bytes]
) -> Range:
    """Return *rows* as one range, counted."""
    files = linked = size_bytes = 0
    for row in rows:
        fields = listing.ENTRY.unpack_from(row)
        if fields[0] & _KIND == _REGULAR:
            files += 1
            linked += fields[_NLINK] > 1
            size_bytes += fields[3]
    return Range(
        directory, path, *borders, rows, _positions_of_links(rows), files, linked, size_bytes
    )


def _positions_of_links(rows: list[bytes]) -> tuple[int, ...]:
    return tuple(at for at, row in enumerate(rows) if mode_of(row) & _KIND == _LINK)


def mode_of(row: bytes) -> int:
    """Return ``st_mode`` of a row."""
    (mode,) = _MODE.unpack_from(row)
    return int(mode)


def _iter_children(parent: Place, children: bytes) -> Iterator[Place]:
    offset, depth = 0, parent.depth + 1
    while offset < len(children):
        device, inode, number, claim, length = _CHILD.unpack_from(children, offset)
        offset += _CHILD.size
        name = children[offset : offset + length]
        offset += length
        yield Place(_join(parent.path, name), device, (number, inode, claim), depth)


def _join(path: bytes, name: bytes) -> bytes:
    return path + name if path.endswith(b"/") else path + b"/" + name
