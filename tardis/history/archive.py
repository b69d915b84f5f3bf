"""Writes what a set holds as one stream: a tar or zip archive, whole files never in memory.

What cannot be read becomes a problem, and the archive goes on; a large file that turns out
damaged half-way is filled up with zeros, because its length has been written already.
"""

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from operator import itemgetter
from typing import Final, NamedTuple, Protocol

from tardis.model import (
    Entry,
    IntegrityError,
    NoSuchPathError,
    Observer,
    Reader,
    RightsError,
    StoredContent,
)

from .access import Access, ReadsAs
from .archive_attributes import portable
from .extended import mode_without_acl
from .extract import Request, Restored
from .extract_files import IN_MEMORY
from .extract_walk import Plan, plan_of_entry, plan_of_node, same_file
from .folders import refused
from .tree import Tree, join

_BATCH: Final = 200
_ZEROS: Final = bytes(1 << 20)
_DEFAULT_MODE: Final = stat.S_IFDIR | 0o755


class Item(NamedTuple):
    """What an archive is told of one object; names of owners may be empty.

    Attributes:
        path: In the archive, joined by slashes.
        mode: ``st_mode``, kind included.
        size: Bytes of a file that follow, else 0.
        target: Where a symbolic link points, else empty.
        attributes: (name, value) of its extended attributes; ACLs among them are text.
    """

    path: bytes
    mode: int
    uid: int
    gid: int
    user: bytes
    group: bytes
    size: int
    mtime: int
    mtime_ns: int
    rdev: int
    target: bytes
    attributes: tuple[tuple[bytes, bytes], ...] = ()


class Archive(Protocol):
    """Takes one object after the other."""

    def add(self, item: Item, chunks: Iterator[bytes]) -> str:
        """Add *item* with the bytes in *chunks*, just as many as it says.

        Returns:
            Why it cannot be added, or an empty string.
        """

    def link(self, item: Item, first: bytes) -> bool:
        """Add *item* as another name of *first*; return whether the format can."""

    def close(self) -> None:
        """Write the end."""


class Archiver:
    """Puts trees into *archive*.

    Attributes:
        report: What was added, and what could not be.
    """

    def __init__(
        self,
        reader: Reader,
        archive: Archive,
        observer: Observer,
        *,
        hard_links: bool = True,
        reads_as: ReadsAs | None = None,
    ) -> None:
        self.report = Restored()
        self._reader = reader
        self._archive = archive
        self._observer = observer
        self._hard_links = hard_links
        self._access = Access(reader, reads_as) if reads_as else None
        self._first: dict[tuple[object, ...], tuple[bytes, int]] = {}

    def add(self, requests: Sequence[Request], *, recurse: bool = True) -> None:
        """Add *requests*, each under its name."""
        trees: dict[int, Tree] = {}
        for request in requests:
            made = Tree(self._reader, request.number, self._access)
            tree = trees.setdefault(request.number, made)
            self._names = self._reader.owners(request.number)
            self._seen: set[int] = set()
            try:
                node = tree.resolve(request.path)
            except (NoSuchPathError, RightsError) as error:
                self.report.add_problem(request.path, str(error))
                continue
            if node.is_directory:
                self._tree(tree, plan_of_node(node), request.name, recurse)
            elif node.entry is not None:
                one = node.entry._replace(name=request.name)
                self._files(b"", list(self._readable(tree, b"", iter((one,)))), tree.number)

    def _tree(self, tree: Tree, top: Plan, path: bytes, recurse: bool) -> None:
        stack = [(path, top)]
        while stack:
            path, plan = stack.pop()
            self._observer.working_on(path)
            if path:
                self._folder(path, plan)
            if not recurse or not self._is_new(path, plan) or not self._may_list(tree, path, plan):
                continue
            below: list[tuple[bytes, Plan]] = []
            waiting: list[Entry] = []
            for entry in self._readable(tree, path, self._entries(tree, plan, path, below)):
                waiting.append(entry)
                if len(waiting) >= _BATCH:
                    self._files(path, waiting, tree.number)
                    waiting = []
            self._files(path, waiting, tree.number)
            stack.extend(sorted(below, key=itemgetter(0), reverse=True))

    def _is_new(self, path: bytes, plan: Plan) -> bool:
        if plan.directory is None:
            return True
        if plan.directory in self._seen:
            self.report.add_problem(path, "the store shows the same directory in two places")
            return False
        self._seen.add(plan.directory)
        return True

    def _may_list(self, tree: Tree, path: bytes, plan: Plan) -> bool:
        if self._access is None or self._access.may_list(tree.number, plan.row, plan.node):
            return True
        self.report.add_problem(path, self._access.refusal)
        return False

    def _readable(self, tree: Tree, path: bytes, entries: Iterator[Entry]) -> Iterator[Entry]:
        if self._access is None:
            return entries
        return self._access.readable(tree.number, path, entries, self.report)

    def _entries(
        self, tree: Tree, plan: Plan, path: bytes, below: list[tuple[bytes, Plan]]
    ) -> Iterator[Entry]:
        """Yield what is no directory; directories go to *below*."""
        rows: Iterator[Entry | Plan] = iter(())
        if plan.node is not None:
            rows = (
                plan_of_node(child) if child.entry is None or child.is_directory else child.entry
                for child in tree.children(plan.node)
            )
        elif plan.directory is not None:
            rows = (
                plan_of_entry(entry) if entry.is_directory else entry
                for entry in self._reader.children(plan.directory, tree.number)
            )
        for row in rows:
            reason = refused(row.name)
            if reason:
                self.report.add_problem(join(path, row.name), reason)
            elif isinstance(row, Plan):
                below.append((join(path, row.name), row))
            else:
                yield row

    def _folder(self, path: bytes, plan: Plan) -> None:
        row = plan.row or (_DEFAULT_MODE, 0, 0, 0, 0, None)
        mode, uid, gid, mtime, mtime_ns, packed = row
        item = Item(path, mode, uid, gid, *self._owner(uid, gid), 0, mtime, mtime_ns, 0, b"")
        self._archive.add(self._with_attributes(item, packed), iter(()))
        self.report.directories += 1

    def _files(self, folder: bytes, entries: list[Entry], number: int) -> None:
        """Add *entries* of one directory, in the order their contents lie in the store."""
        contents = self._reader.contents(
            sorted({entry.content for entry in entries if entry.content is not None})
        )
        found = [(contents.get(entry.content or 0), entry) for entry in entries]
        found.sort(key=lambda pair: (pair[0].pack or 0, pair[0].place) if pair[0] else (0, 0))
        for content, entry in found:
            path = join(folder, entry.name)
            try:
                self._file(path, entry, content, number)
            except IntegrityError as error:
                self.report.add_problem(path, str(error))

    def _file(self, path: bytes, entry: Entry, content: StoredContent | None, number: int) -> None:
        key = (number, *same_file(entry)) if entry.nlink > 1 and self._hard_links else None
        known = self._first.get(key) if key else None
        item = self._item(path, entry)
        if key and known and self._archive.link(item._replace(size=0), known[0]):
            self._count(0)
            first, left = known[0], known[1] - 1
            self._first[key] = (first, left)
            if left <= 1:  # that was its last name
                del self._first[key]
            return
        if entry.is_regular and content is None:
            raise IntegrityError(_missing(entry))
        stream = _Stream(self._reader, content) if content and entry.is_regular else None
        if stream is not None:
            item = item._replace(size=stream.size)
        chunks = iter(stream or ())
        reason = self._archive.add(item, chunks)
        deque(chunks, maxlen=0)  # a format stops at the last byte, the digest comes after it
        if reason:
            self.report.add_problem(path, reason)
            return
        if stream is not None and stream.damage:
            raise IntegrityError(
                f"{stream.damage}; the archive holds what could be read, and zeros"
            )
        if key:
            self._first[key] = (path, entry.nlink)
        self._count(item.size)

    def _item(self, path: bytes, entry: Entry) -> Item:
        item = Item(
            path,
            entry.mode,
            entry.uid,
            entry.gid,
            *self._owner(entry.uid, entry.gid),
            0,
            entry.mtime,
            entry.mtime_ns,
            entry.rdev,
            entry.target or b"",
        )
        return self._with_attributes(item, entry.xattrs)

    def _with_attributes(self, item: Item, packed: bytes | None) -> Item:
        """Return *item* with its attributes, and with the mode that it has without its ACL.

        Who unpacks it without ACLs gives the group no more than it had; an ACL that is
        unpacked brings its mask along.
        """
        if not packed:
            return item
        try:
            attributes = portable(packed, self._names)
        except ValueError:
            reason = "the store does not tell its extended attributes in a way that can be read"
            self.report.add_problem(item.path, reason)
            return item
        return item._replace(mode=mode_without_acl(item.mode, packed), attributes=attributes)

    def _owner(self, uid: int, gid: int) -> tuple[bytes, bytes]:
        return self._names.get((False, uid), b""), self._names.get((True, gid), b"")

    def _count(self, size: int) -> None:
        self.report.files += 1
        self.report.size_bytes += size
        self._observer.advanced(1, size)


class _Stream:
    """Yields just as many bytes as *content* should have; small ones are verified before.

    Attributes:
        size: How many.
        damage: What was wrong, known after the last of them; empty when nothing was.

    Raises:
        IntegrityError: A small one is damaged.
    """

    def __init__(self, reader: Reader, content: StoredContent) -> None:
        self.size = content.size
        self.damage = ""
        self._reader = reader
        self._content = content
        self._whole: bytes | None = None
        if content.size <= IN_MEMORY:
            self._whole = b"".join(self._chunks())
            if self.damage:
                raise IntegrityError(self.damage)

    def __iter__(self) -> Iterator[bytes]:
        if self._whole is not None:
            yield self._whole
            return
        yield from self._chunks()

    def _chunks(self) -> Iterator[bytes]:
        left = self.size
        try:
            with closing(self._reader.open(self._content)) as source:
                for chunk in source.chunks():
                    if len(chunk) > left:
                        raise IntegrityError("its content is longer than the store says")
                    left -= len(chunk)
                    yield chunk
        except IntegrityError as error:
            self.damage = str(error)
        if left:
            self.damage = self.damage or "its content is shorter than the store says"
        while left:
            yield _ZEROS[:left]
            left -= len(_ZEROS[:left])


def _missing(entry: Entry) -> str:
    if entry.content is None:
        return "it could never be read, so the store has no content of it"
    return "its content is not in the store"


def device_numbers(rdev: int) -> tuple[int, int]:
    """Return the major and minor number of a device."""
    return os.major(rdev), os.minor(rdev)
