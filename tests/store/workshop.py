"""Stores made and written without a daemon: groups and rows by hand."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tardis.crypto import content_key, digest
from tardis.model import MODERN, OPEN, SEGMENT, BackupSet
from tardis.store import (
    Claim,
    DirectoryStore,
    Flushers,
    Place,
    SetEnd,
    SetWish,
    StoreReader,
    StoreWriter,
    complete_set,
    create_store,
    open_raw,
    open_reader,
    open_set,
    open_writer,
)
from tardis.store.layout import Layout

BOX = "box"
CLAIM = Claim("a test")
WISH = SetWish("set one", b"roots:top", "", 3, False, 0, "s1", "client", "server", "here", b"", b"")
END = SetEnd(1, 1, 0, 0, 0, ())


@dataclass
class Workshop:
    """A base directory with one store."""

    base: Path
    flushers: Flushers = field(default_factory=Flushers)
    scheme: str = MODERN

    def place(self, **more: Any) -> Place:
        return Place(str(self.base), **more)

    @property
    def home(self) -> Path:
        return self.base / BOX

    @property
    def layout(self) -> Layout:
        return self.place().layout(BOX).of_scheme(self.scheme)

    def create(self, **more: Any) -> "Workshop":
        create_store(self.place(**more), BOX, scheme=self.scheme)
        return self

    def writer(self, claim: Claim = CLAIM) -> StoreWriter:
        return open_writer(self.place(), BOX, claim, self.flushers)

    def reader(self) -> StoreReader:
        return open_reader(self.place(), BOX)

    def raw(self) -> DirectoryStore:
        return open_raw(self.place(), BOX)

    @contextmanager
    def running(self, **wish: Any) -> Iterator[StoreWriter]:
        """Open a set; what the test gathers is committed only if it asks for that."""
        with closing(self.writer()) as writer:
            open_set(writer, replace(WISH, **wish))
            yield writer

    def complete(self, writer: StoreWriter, **more: Any) -> BackupSet:
        name = more.pop("name", f"set {writer.number}")
        return complete_set(writer, replace(END, **more), lambda others, this: (name, None, 1))[0]

    def run(self, files: dict[bytes, bytes], **wish: Any) -> BackupSet:
        """Make a set with *files* in one directory; those of the set before are closed."""
        with self.running(**wish) as writer:
            fill(writer, files)
            return self.complete(writer)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "tardis.db")) as db:
            return db.execute(query, values).fetchall()

    def execute(self, query: str, *values: object) -> None:
        with closing(sqlite3.connect(self.home / "tardis.db")) as db, db:
            db.execute(query, values)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Open the catalog for statements that are committed together."""
        with closing(sqlite3.connect(self.home / "tardis.db")) as db, db:
            yield db

    def packs(self) -> dict[str, int]:
        """Return the size of every pack, by name."""
        return {path.name: path.stat().st_size for path in self.layout_packs()}

    def layout_packs(self) -> list[Path]:
        return sorted(Path(self.layout.packs).glob("*.pack"))


def name_of(writer: StoreWriter, data: bytes) -> bytes:
    """Return the digest of *data* in the writer's store."""
    repository = writer.repository
    return digest(content_key(repository.scheme, repository.digest_key), data)


def put(writer: StoreWriter, data: bytes, codec: int = 0, stored: bytes | None = None) -> int:
    """Store a small content; return its id."""
    name = name_of(writer, data)
    known = writer.find_contents([name])
    if name in known:
        return known[name]
    return writer.add_small(name, len(data), codec, data if stored is None else stored)


def put_large(writer: StoreWriter, data: bytes) -> int:
    file = writer.begin_large()
    for start in range(0, len(data), SEGMENT):
        part = data[start : start + SEGMENT]
        file.add(0, len(part), part)
    return writer.keep_large(file, name_of(writer, data))


def row(name: bytes, content: int | None, directory: int, number: int, size: int = 0) -> Any:
    """Return a row for `Group.opened`."""
    listed = (0o100644, 1000, 1000, size, 5, 6, 7, 8, 1, 99, 1, 0)
    return (directory, name, *listed, None, content, None, number, 0, None)


def root(writer: StoreWriter, directory: int = 1, path: bytes = b"top") -> None:
    writer.group.roots.append((writer.number, path, None, directory, b"\x90"))


def fill(writer: StoreWriter, files: dict[bytes, bytes], directory: int = 1) -> None:
    """Let one directory hold *files* from this set on."""
    group = writer.group
    if not writer.ask.knows_directories():
        group.filesystems.append((1, "ext4", b"disk", 1, 1))
        group.new_directories.append((writer.new_directory(), 1, 2, 0))
    before = writer.ask.open_rows(directory, b"", None)
    for name, old in before.items():
        if old.first_set == writer.number:
            group.deleted.append((directory, name))
        else:
            group.closed.append((writer.number - 1, directory, name))
    for name, data in files.items():
        content = put(writer, data)
        group.opened.append(row(name, content, directory, writer.number, len(data)))
    root(writer, directory)


def shown(reader: StoreReader, number: int, directory: int = 1) -> dict[bytes, bytes]:
    """Return name and bytes of every file of a directory in a set."""
    found = {}
    for one in reader.children(directory, number):
        assert one.content is not None and one.first_set <= number <= one.last_set <= OPEN
        content = reader.open(reader.contents([one.content])[one.content])
        with closing(content):
            found[one.name] = b"".join(content.chunks())
    return found


def descriptors() -> set[str]:
    """Return what this process has open."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return found
