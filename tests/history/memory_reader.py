"""A store in memory, and hands to fill it; it believes whatever it is told.

It checks digests when it reads, as a reader must, and nothing else: entries may have any
names, sizes and ids, which is how hostile stores are made.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tardis.crypto import digest
from tardis.model import (
    OPEN,
    Ancestor,
    BackupSet,
    Content,
    Entry,
    IntegrityError,
    Repository,
    Root,
    StoredContent,
)

KEY = bytes(32)
CHUNK = 1 << 20


def backup_set(number: int, **more: Any) -> BackupSet:
    """Return a complete set that began *number* hours after 1970."""
    fields: dict[str, Any] = dict.fromkeys(BackupSet._fields, 0)
    fields |= {
        "number": number,
        "name": f"Set-{number}",
        "format": None,
        "is_complete": True,
        "is_full": False,
        "is_locked": False,
        "started_ns": number * 3600 * 10**9,
        "ended_ns": number * 3600 * 10**9 + 90 * 10**9,
        "session": "",
        "client_version": "",
        "server_version": "",
        "client_address": "",
        "command_line": b"",
        "client_config": b"",
    }
    return BackupSet(**(fields | more))


def ancestor(name: bytes, mode: int = 0o755, **more: Any) -> Ancestor:
    """Return metadata of a directory above or at a root."""
    owner = {"uid": os.geteuid(), "gid": os.getegid()}
    fields = owner | {"mtime": 1_000_000, "mtime_ns": 1} | more
    return Ancestor(name, stat.S_IFDIR | mode, **fields)


@dataclass
class MemoryContent:
    """Plain bytes that may not be what the digest says."""

    data: bytes
    wanted: bytes
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), CHUNK):
            yield self.data[start : start + CHUNK]
        if digest(KEY, self.data) != self.wanted:
            raise IntegrityError("the content is damaged")

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        for number, chunk in enumerate(self.chunks()):
            yield number * CHUNK, chunk

    def close(self) -> None:
        pass


@dataclass
class MemoryStore:
    """What a store holds; readers of it share it.

    Attributes:
        calls: Names of the reader's methods, as they were called.
    """

    sets: list[BackupSet] = field(default_factory=lambda: [backup_set(1)])
    roots: dict[int, list[Root]] = field(default_factory=dict)
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    owners: dict[tuple[bool, int], bytes] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)
    contents: dict[int, StoredContent] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    opened: int = 0
    tags: dict[str, int] = field(default_factory=dict)

    def reader(self) -> "MemoryReader":
        """Open it."""
        self.opened += 1
        return MemoryReader(self)

    def root(self, path: bytes, directory: int = 1, *, number: int = 1, name: Any = None) -> None:
        """Add a root whose ancestors are plain directories."""
        known = tuple(ancestor(part) for part in path.split(b"/") if part)
        self.roots.setdefault(number, []).append(Root(path, name, directory, known))
        self.roots[number].sort(key=lambda root: root.path)

    def add_content(self, data: bytes, *, is_large: bool = False, **more: Any) -> int:
        """Store *data*, or something else under its digest if *more* says so."""
        number = len(self.contents) + 1
        shape: dict[str, Any] = {
            "digest": digest(KEY, data),
            "size": len(data),
            "stored": len(data),
            "codec": 0,
            "cipher": 0,
            "basis": None,
            "chain": 0,
            "pack": None if is_large else 1,
            "place": number * 4096,
            "is_damaged": False,
        }
        self.contents[number] = StoredContent(number, **(shape | more))
        self.data[number] = data
        return number

    def damage(self, content: int, data: bytes) -> None:
        """Put *data* in the place of a content."""
        self.data[content] = data

    def _add(self, directory: int, name: bytes, mode: int, **more: Any) -> Entry:
        fields: dict[str, Any] = {
            "uid": os.geteuid(),
            "gid": os.getegid(),
            "size": 0,
            "mtime": 1_500_000_000,
            "mtime_ns": 123_456_789,
            "ctime": 0,
            "ctime_ns": 0,
            "filesystem": 1,
            "inode": 0,
            "nlink": 1,
            "rdev": 0,
            "child": None,
            "content": None,
            "target": None,
            "first_set": 1,
            "last_set": OPEN,
        }
        entry = Entry(name, mode, **(fields | more))
        self.entries.setdefault(directory, []).append(entry)
        return entry

    def file(
        self, directory: int, name: bytes, data: bytes | None = b"", mode: int = 0o644, **more: Any
    ) -> Entry:
        """Add a regular file; its content too, unless *more* names one or there is none."""
        if data is not None and "content" not in more:
            more["content"] = self.add_content(data)
        more.setdefault("size", len(data or b""))
        return self._add(directory, name, stat.S_IFREG | mode, **more)

    def link(self, directory: int, name: bytes, target: bytes | None, **more: Any) -> Entry:
        """Add a symbolic link."""
        return self._add(directory, name, stat.S_IFLNK | 0o777, target=target, **more)

    def folder(
        self, directory: int, name: bytes, child: int | None, mode: int = 0o755, **more: Any
    ) -> Entry:
        """Add a directory whose entries have the id *child*."""
        return self._add(directory, name, stat.S_IFDIR | mode, child=child, nlink=0, **more)

    def node(self, directory: int, name: bytes, mode: int, **more: Any) -> Entry:
        """Add anything, by its whole mode."""
        return self._add(directory, name, mode, **more)

    def close_entry(self, directory: int, name: bytes, last_set: int) -> None:
        """Let an entry be true up to *last_set* only."""
        rows = self.entries[directory]
        self.entries[directory] = [
            row._replace(last_set=last_set) if row.name == name else row for row in rows
        ]

    def resize(self, content: int, size: int) -> None:
        """Let the store lie about the size of a content."""
        self.contents[content] = self.contents[content]._replace(size=size)

    def rename_set(self, number: int, **more: Any) -> None:
        """Change fields of a set."""
        self.sets = [one._replace(**more) if one.number == number else one for one in self.sets]


class MemoryReader:
    """Implements `tardis.model.Reader` on a `MemoryStore`."""

    ring = None  # a store in clear has no keys

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.is_closed = False

    def repository(self) -> Repository:
        return Repository(bytes(16), "modern", KEY)

    def sets(self) -> list[BackupSet]:
        return list(self._store.sets)

    def tags(self) -> Mapping[str, int]:
        return self._store.tags

    def roots(self, number: int) -> list[Root]:
        return list(self._store.roots.get(number, []))

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        self._store.calls.append("children")
        for entry in self._store.entries.get(directory, []):
            if entry.first_set <= number <= entry.last_set:
                yield entry

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        self._store.calls.append("child")
        return next((e for e in self.children(directory, number) if e.name == name), None)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        return ((one.name, one.child) for one in self.children(directory, number))

    def kinds(self, directories: Sequence[int], number: int) -> None:
        self._store.calls.append("kinds")

    def history(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        self._store.calls.append("history")
        for entry in self._store.entries.get(directory, []):
            if entry.first_set <= last and entry.last_set >= first:
                yield entry

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        self._store.calls.append("versions")
        found = [one for one in self.history(directory, first, last) if one.name == name]
        return sorted(found, key=lambda one: one.first_set)

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        return [
            (directory, one)
            for directory, rows in self._store.entries.items()
            for one in rows
            if one.content == content
        ]

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        return [
            (above, one)
            for above, rows in self._store.entries.items()
            for one in rows
            if one.child == directory
        ]

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        return self._store.owners

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        self._store.calls.append("contents")
        found = {}
        for number in ids:
            with suppress(KeyError):
                found[number] = self._store.contents[number]
        return found

    def find_content(self, digest: bytes) -> StoredContent | None:
        found = (one for one in self._store.contents.values() if one.digest == digest)
        return next(found, None)

    def names_of(self, content: int) -> list[bytes]:
        rows = [row for rows in self._store.entries.values() for row in rows]
        named = [row for row in rows if row.content == content]
        named.sort(key=lambda row: (-row.last_set, -row.first_set, row.name))
        return [row.name for row in named]

    def read_small(self, content: StoredContent) -> bytes:
        self._store.calls.append("read_small")
        data = self._store.data.get(content.id)
        if data is None or digest(KEY, data) != content.digest:
            raise IntegrityError("the content is damaged")
        return data

    def open(self, content: StoredContent) -> Content:
        self._store.calls.append("open")
        if content.id not in self._store.data:
            raise IntegrityError("the content is gone")
        return MemoryContent(self._store.data[content.id], content.digest, content.size)

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        return []

    def close(self) -> None:
        self.is_closed = True
