"""A store in memory as it would lie on a disk: rows as they are, records and files made up."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tardis.crypto import KeysFile
from tardis.model import (
    MODERN,
    SEGMENT,
    SMALL,
    BackupSet,
    Entry,
    Identity,
    IntegrityError,
    Repository,
    Root,
    StoredContent,
)
from tardis.store.files import DiskFile
from tardis.store.large import LargeWriter, stored_size
from tardis.store.records import Kind, pack_header
from tests.history.memory_reader import KEY, MemoryReader, MemoryStore

Key = tuple[int, int, bytes]


class MemoryRaw:
    """Implements `tardis.model.RawStore`, and the pages of a directory's, on a `MemoryStore`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._reader = MemoryReader(store)

    def identity(self) -> Identity:
        keys = KeysFile(Repository(bytes(16), MODERN, KEY))
        return Identity("memory", keys.text(), MODERN)

    def sets(self) -> list[BackupSet]:
        return self._reader.sets()

    def roots(self, number: int) -> list[Root]:
        return self._reader.roots(number)

    def roots_of(self, numbers: Sequence[int]) -> dict[int, list[Root]]:
        found = {number: self._reader.roots(number) for number in numbers}
        return {number: roots for number, roots in found.items() if roots}

    def rows(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        return self._reader.history(directory, first, last)

    def page(
        self, directory: int, first: int, last: int, after: tuple[int, bytes] | None, most: int
    ) -> list[Entry]:
        rows = list(self.rows(directory, first, last))
        keys = [(one.first_set, one.name) for one in rows]
        start = keys.index(after) + 1 if after is not None else 0
        return rows[start : start + most]

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        return self._reader.child(directory, number, name)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        return self._reader.names(directory, number)

    def kinds(self, directories: Sequence[int], number: int) -> None:
        return self._reader.kinds(directories, number)

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        return self._reader.versions(directory, name, first, last)

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        return self._reader.holding(content)

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        return self._reader.naming(directory)

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        return self._reader.owners(number)

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        found = self._reader.contents(ids)
        return {number: self._as_it_lies(one) for number, one in found.items()}

    def find_content(self, digest: bytes) -> StoredContent | None:
        found = self._reader.find_content(digest)
        return None if found is None else self._as_it_lies(found)

    def names_of(self, content: int) -> list[bytes]:
        return self._reader.names_of(content)

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        return self._reader.unsettled(number)

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        for directory, rows in self._store.entries.items():
            for one in rows:
                if after < one.first_set <= number <= one.last_set:
                    yield directory, one

    def changed_page(
        self, number: int, after: int, key: Key
    ) -> tuple[list[tuple[int, Entry]], Key | None]:
        return list(self.changed_rows(number, after)), None

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        return ((at, one) for at, rows in self._store.entries.items() for one in rows)

    def all_page(
        self, limits: tuple[int, int, int, int], key: Key
    ) -> tuple[list[tuple[int, Entry]], Key | None]:
        return list(self.all_rows(limits)), None

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        return dict.fromkeys(numbers, (1, 2, 3))

    def totals(self) -> dict[int, bytes]:
        return {}

    def heads(self) -> Sequence[tuple[int, int, bytes, bytes, bytes]]:
        return [(number, 7 - number, b"\0", b"facts", b"\xff") for number in (1, 2)]

    def tags(self) -> dict[str, int]:
        return {"tagged": 1}

    def free_bytes(self) -> int:
        return 4096

    def waste(self) -> tuple[int, int]:
        return 1, 2

    def usage(self) -> tuple[int, int, int]:
        return 1, 2, 3

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        return len(numbers), 5

    def record(self, pack: int, place: int, stored: int) -> bytes:
        [content] = [one for one in self._store.contents.values() if one.place == place]
        data = self._store.data.get(content.id)
        if data is None:
            raise IntegrityError("there is no such record")
        head = pack_header(Kind.DATA, content.codec, len(data), content.digest, stored)
        return head + data

    def pack(self, number: int) -> "MemoryPack":
        return MemoryPack(self, self._store)

    def file(self, digest: bytes, place: int) -> DiskFile:
        found = self._reader.find_content(digest)
        if found is None or found.id not in self._store.data:
            raise IntegrityError("there is no such file")
        data = self._store.data[found.id]
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "content")
            writer = LargeWriter(path)
            for start in range(0, len(data), SEGMENT):
                writer.add(0, data[start : start + SEGMENT])
            writer.finish(found.size, digest)
            return DiskFile(path)

    def close(self) -> None:
        self._reader.close()

    def _as_it_lies(self, content: StoredContent) -> StoredContent:
        """Return what the catalog of a real store would say."""
        if content.pack is not None and content.size <= SMALL:
            return content
        size = len(self._store.data.get(content.id, b""))
        stored = stored_size(size, -(-size // SEGMENT))
        return content._replace(pack=None, stored=stored)


class MemoryPack:
    """A pack in which a record begins at the place of each content; all else cannot be read."""

    name = "a pack in memory"

    def __init__(self, raw: MemoryRaw, store: MemoryStore) -> None:
        self._raw, self._store = raw, store

    def length(self) -> int:
        return 1 << 40

    def read_at(self, length: int, offset: int) -> bytes:
        stored = [one.stored for one in self._store.contents.values() if one.place == offset]
        if not stored:
            raise IntegrityError("no record begins there")
        return self._raw.record(1, offset, stored[0])[:length]

    def close(self) -> None:
        pass
