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
from itertools import islice
from typing import Any, Final, NamedTuple

from tardis.model import SourceError
from tardis.policy import Judged, Scope
from tardis.protocol import listing

from .claims import Claims
from .exclusions import Here, Selector
from .filesystems import NO_DEVICE, Filesystems
from .named import Named
from .opening import DENIED, GONE, open_directory, trouble
from .places import Place, WalkRules, barrier, join
from .ranges import PAUSE, Identity, Range, cut, cut_range, positions_of_links, range_of

LARGE: Final = 50_000
"""Entries above which a directory's names are read first, then looked at in ranges."""

_NS: Final = 1_000_000_000
_KIND: Final = 0o170000
_REGULAR, _FOLDER, _LINK = stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK
_DEVICES: Final = (stat.S_IFCHR, stat.S_IFBLK)
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
_CHILD: Final = struct.Struct("<QQIIH")
"""device, inode, file system id, claim, length of the name: what is kept of a directory
until it is its turn."""


class Unlisted(NamedTuple):
    """A directory that could not be listed; `error` says why."""

    directory: Identity
    path: bytes
    error: SourceError

    @property
    def is_gone(self) -> bool:
        """Whether it vanished, or was replaced, after its parent had been listed."""
        return self.error.errno in GONE


_NO_RULES: Final = Scope()
"""For what was chosen by name before."""

_Note = tuple[Callable[[bytes, str], None], bytes, str]
"""(who hears, path, what) of an entry that was passed over."""


class _Batch(NamedTuple):
    """What was found in one directory, or in one range of a large one."""

    rows: list[tuple[bytes, bytes]]
    folders: list[tuple[bytes, os.stat_result]]
    links: int
    files: int
    linked: int
    size_bytes: int
    notes: list[_Note]


class _Children(bytearray):
    """The directories of one, packed as `_CHILD` and name; `scope` is what they inherit."""

    scope: Scope


class Walker:
    """Walks the roots of one run, one after another.

    Attributes:
        owners: (uid, gid) of everything that was seen.
        is_ahead: What names are sealed by is not known yet: directories that were looked at in
            one go come whole, see `cut_range`, and `PAUSE` where no more can be done.
    """

    def __init__(
        self,
        rules: WalkRules,
        filesystems: Filesystems,
        seal: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._seal = seal
        self.is_ahead = False
        self.owners: set[tuple[int, int]] = set()
        self.claims = Claims()
        self._rules = rules
        self._filesystems = filesystems
        self._inside: set[tuple[int, int]] = set()
        self._selector = Selector(rules.exclusions, rules.problem)

    def go_on(self, filesystems: Filesystems, seal: Callable[[bytes], bytes] | None) -> None:
        """Walk on with what is known now: *filesystems* give the same numbers as those before."""
        self._filesystems, self._seal, self.is_ahead = filesystems, seal, False

    def file_range(self, parent: Place, name: bytes, status: os.stat_result) -> Range:
        """Return the range that holds nothing but the root *name*, which is no directory."""
        self.owners.add((status.st_uid, status.st_gid))
        number, inode = self._identity(parent, name, status)
        row = listing.ENTRY.pack(
            status.st_mode, status.st_uid, status.st_gid, status.st_size,
            *divmod(status.st_mtime_ns, _NS), *divmod(status.st_ctime_ns, _NS),
            number, inode, status.st_nlink, _rdev_of(status), 0, len(name),
        )  # fmt: skip
        first = name if self._seal is None else self._seal(name)
        borders = (first, first + b"\0")
        return range_of(parent.directory, parent.path, borders, [row + name])

    def place_of(self, path: bytes, status: os.stat_result) -> Place:
        """Return the directory *path*, whose *status* is known, as the top of a walk."""
        number, inode = self._filesystems.of_folder(status.st_dev, status.st_ino, path)
        claim = self.claims.claim(number, inode)
        scope = self._rules.exclusions.scope.below(os.fsdecode(path))
        return Place(path, status.st_dev, (number, inode, claim), 0, scope)

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
            children = _Children()
            yield from self._list(place, children)
            waiting.append((key, _iter_children(place, children)))

    def _list(self, place: Place, children: _Children) -> Iterator[Range | Unlisted]:
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

    def _ranges(self, place: Place, folder: int, children: _Children) -> Iterator[Range]:
        with os.scandir(folder) as entries:
            first = self._look_ahead(place, folder, islice(entries, LARGE))
            is_large = isinstance(first, _Batch) and next(entries, None) is not None
        here = self._here(place, folder, None if is_large else first)
        children.scope = here.below
        if here.marker:
            self._leave_out(place.path, f"it holds {os.fsdecode(here.marker)}")
            yield Range(place.directory, place.path, b"", None, [], (), 0, 0, 0)
            return
        if not is_large:
            if here.scope is not place.scope or not isinstance(first, _Batch):
                with os.scandir(folder) as entries:
                    first = self._look(place, folder, entries, here.scope)
            batch = self._finish(place, first, children)
            rows = [row for _, row in batch.rows]
            links = positions_of_links(rows) if batch.links else ()
            counts = (batch.files, batch.linked, batch.size_bytes)
            whole = Range(place.directory, place.path, b"", None, rows, links, *counts)
            if self.is_ahead or len(rows) <= listing.SLICE_ENTRIES:
                yield whole
            else:
                yield from cut_range(whole, self._seal)
            return
        del first
        if self.is_ahead:
            yield PAUSE
        names = self._sorted_names(place, folder, here.scope)
        borders = names if self._seal is None else list(map(self._seal, names))
        starts = cut(borders)
        for start_at, behind in zip(starts, [*starts[1:], len(names)], strict=True):
            named = (Named(name, folder) for name in names[start_at:behind])
            looked = self._look(place, folder, named, _NO_RULES)
            batch = self._finish(place, looked, children)
            start = borders[start_at] if start_at else b""
            end = borders[behind] if behind < len(names) else None
            rows = [row for _, row in batch.rows]
            found = range_of(place.directory, place.path, (start, end), rows)
            yield found._replace(has_lost=len(rows) < behind - start_at)

    def _look_ahead(self, place: Place, folder: int, entries: Iterable[Any]) -> _Batch | OSError:
        """Look by what is inherited; trouble may lie in what the directory itself leaves out."""
        try:
            return self._look(place, folder, entries, place.scope)
        except OSError as error:
            return error

    def _here(self, place: Place, folder: int, first: _Batch | OSError | None) -> Here:
        """Return what holds in a directory in which *first* was found.

        Raises:
            OSError: *first*, when nothing in the directory tells what to leave out.
        """
        selector, scope = self._selector, place.scope
        if isinstance(first, _Batch):
            first.rows.sort()
            found = selector.found_in(first.rows, scope, folder)
        else:
            found = selector.found(folder)
        if not found:
            if isinstance(first, OSError):
                raise first
            return Here(scope, scope)
        return selector.read(place.path, folder, scope, found)

    def _sorted_names(self, place: Place, folder: int, scope: Scope) -> list[bytes]:
        hits, notes = scope.hits, list[_Note]()
        with os.scandir(folder) as entries:
            names = [
                entry.name.encode(_ENCODING, _ERRORS)
                for entry in entries
                if hits is None
                or not hits(entry.name)
                or not self._is_out(place, entry, scope, notes)
            ]
        _tell(notes)
        names.sort(key=self._seal)
        return names

    def _is_out(self, place: Place, entry: Any, scope: Scope, notes: list[_Note]) -> bool:
        """Tell whether an entry whose name fits a pattern is left out."""
        judged: Judged = scope.judge(entry.name, lambda: _is_folder(entry))
        if judged.is_left_out and self._rules.excluded is not None:
            path = join(place.path, entry.name.encode(_ENCODING, _ERRORS))
            notes.append((self._rules.excluded, path, str(judged.leaving)))
        return judged.is_left_out

    def _leave_out(self, path: bytes, reason: str) -> None:
        """Tell that what *path* holds is left out."""
        self._rules.remark(path, f"left out: {reason}")
        if self._rules.excluded is not None:
            self._rules.excluded(path, reason)

    def _look(self, place: Place, folder: int, entries: Iterable[Any], scope: Scope) -> _Batch:
        """Pack what is no directory, and gather the directories, in any order."""
        number = place.directory[0]
        device = place.device if self._filesystems.has_lasting_inodes(number) else NO_DEVICE
        hits, pack = scope.hits, listing.ENTRY.pack
        rows: list[tuple[bytes, bytes]] = []
        folders: list[tuple[bytes, os.stat_result]] = []
        notes: list[_Note] = []
        files = linked = size_bytes = links = 0
        last_uid = last_gid = -1
        for entry in entries:
            text = entry.name
            if hits is not None and hits(text) and self._is_out(place, entry, scope, notes):
                continue
            name = text.encode(_ENCODING, _ERRORS)
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                self._unseen(place, folder, name, error, notes)
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
        return _Batch(rows, folders, links, files, linked, size_bytes, notes)

    def _finish(self, place: Place, batch: _Batch, children: _Children) -> _Batch:
        """Add the directories to what was packed, in the order of names throughout."""
        _tell(batch.notes)
        if batch.folders:
            batch.folders.sort()
            for name, status in batch.folders:
                batch.rows.append((name, self._pack_folder(place, name, status, children)))
        batch.rows.sort()
        return batch

    def _pack_folder(
        self, place: Place, name: bytes, status: os.stat_result, children: _Children
    ) -> bytes:
        mode, inode, device, _, uid, gid, _, _, mtime, ctime = status
        number = place.directory[0]
        if device != place.device or not self._filesystems.has_lasting_inodes(number):
            path = join(place.path, name)
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
        path = join(place.path, name)
        reason = barrier(self._rules, self._filesystems, place, path, (device, inode))
        if reason:
            self._leave_out(path, reason)
            return False
        if (device, inode) in self._inside:
            self._rules.problem(path, "the directory contains itself")
            return False
        return True

    def _identity(self, place: Place, name: bytes, file: os.stat_result) -> tuple[int, int]:
        own = (file.st_dev, file.st_ino, file.st_nlink)
        return self._filesystems.of_file(place.directory[0], *own, join(place.path, name))

    def _unseen(
        self, place: Place, folder: int, name: bytes, error: OSError, notes: list[_Note]
    ) -> None:
        """Pass over an entry that vanished or may not be looked at; else raise *error*.

        Raises:
            OSError: The whole directory may not be searched, or there is real trouble.
        """
        if error.errno in GONE:
            return
        os.stat(b".", dir_fd=folder)
        if error.errno not in DENIED or not self._rules.is_leaving_out:
            raise error
        notes.append((self._rules.left_out, join(place.path, name), trouble(error).reason))


def _tell(notes: list[_Note]) -> None:
    for hears, path, reason in notes:
        hears(path, reason)


def _is_folder(entry: Any) -> bool:
    try:
        return bool(entry.is_dir(follow_symlinks=False))
    except OSError:
        return False


def _rdev_of(status: os.stat_result) -> int:
    """Return what device a device node stands for; some file systems say it of other kinds."""
    return status.st_rdev if status.st_mode & _KIND in _DEVICES else 0


def _iter_children(parent: Place, children: _Children) -> Iterator[Place]:
    packed, scope = bytes(children), children.scope if children else parent.scope
    del children
    offset, depth = 0, parent.depth + 1
    while offset < len(packed):
        device, inode, number, claim, length = _CHILD.unpack_from(packed, offset)
        offset += _CHILD.size
        name = packed[offset : offset + length]
        offset += length
        inner = scope.enter(os.fsdecode(name)) if scope.is_moving else scope
        yield Place(join(parent.path, name), device, (number, inode, claim), depth, inner)
