"""Reading one store's past from its directory: the `model.Reader` of the local disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Self

from tardis.crypto import content_key
from tardis.crypto import digest as content_digest
from tardis.model import (
    SMALL,
    BackupSet,
    Content,
    Entry,
    IntegrityError,
    Repository,
    Root,
    StoredContent,
)
from tardis.streams import expand

from .catalog import pruning, reading
from .catalog.connection import connect_reader
from .chains import Held, SmallContent, links_of, open_chain, open_delta
from .classic_reading import ClassicContent, ProvenContent, StreamFile
from .holed import HoledContent
from .keys import check_scheme, read_keys
from .large import LargeContent
from .layout import Layout
from .packs import PackReader
from .records import Kind
from .trouble import store_trouble


class StoreReader:
    """See `model.Reader`; also a context manager. Never writes, takes no lock."""

    def __init__(self, layout: Layout) -> None:
        with store_trouble(layout.directory):
            self._db = connect_reader(layout.database)
        self._repository = read_keys(layout.keys).repository
        scheme = self._repository.scheme
        check_scheme(self._repository, reading.scheme(self._db), layout.keys)
        self._layout = layout.of_scheme(scheme)
        self._key = content_key(scheme, self._repository.digest_key)
        self._packs = PackReader(layout)
        self._newest = reading.newest_set(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def repository(self) -> Repository:
        """See `model.Reader.repository`."""
        return self._repository

    def sets(self) -> list[BackupSet]:
        """See `model.Reader.sets`."""
        with store_trouble(self._layout.directory):
            return reading.sets(self._db)

    def roots(self, number: int) -> list[Root]:
        """See `model.Reader.roots`."""
        with store_trouble(self._layout.directory):
            return reading.roots(self._db, number)

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        """See `model.Reader.children`."""
        with store_trouble(self._layout.directory):
            yield from reading.children(self._db, directory, number, 2 * number >= self._newest)

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """See `model.Reader.child`."""
        with store_trouble(self._layout.directory):
            return reading.child(self._db, directory, number, name)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """See `model.Reader.names`."""
        with store_trouble(self._layout.directory):
            yield from reading.names(self._db, directory, number, 2 * number >= self._newest)

    def history(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """See `model.Reader.history`."""
        is_late = 2 * first >= self._newest
        with store_trouble(self._layout.directory):
            yield from reading.history(self._db, directory, (first, last), is_late)

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """See `model.Reader.versions`."""
        with store_trouble(self._layout.directory):
            return reading.versions(self._db, directory, name, (first, last))

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.holding`."""
        with store_trouble(self._layout.directory):
            return reading.holding(self._db, content)

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.naming`."""
        with store_trouble(self._layout.directory):
            return reading.naming(self._db, directory)

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """See `model.Reader.owners`."""
        with store_trouble(self._layout.directory):
            return reading.owners(self._db, number)

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """See `model.Reader.contents`."""
        with store_trouble(self._layout.directory):
            return reading.contents(self._db, ids)

    def find_content(self, digest: bytes) -> StoredContent | None:
        """See `model.Reader.find_content`."""
        with store_trouble(self._layout.directory):
            return reading.content_of(self._db, digest)

    def names_of(self, content: int) -> list[bytes]:
        """See `model.Reader.names_of`."""
        with store_trouble(self._layout.directory):
            return reading.names_of(self._db, content)

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """See `model.Reader.unsettled`."""
        with store_trouble(self._layout.directory):
            return reading.unsettled(self._db, number)

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Return how many contents, and stored bytes, only the sets *numbers* need."""
        with store_trouble(self._layout.directory):
            return pruning.freed_by(self._db, numbers)

    def read_small(self, content: StoredContent) -> bytes:
        """See `model.Reader.read_small`."""
        try:
            return self._read_record(content)
        except IntegrityError:
            moved = self._moved(content)
            if moved is None:
                raise
        return self._read_record(moved)

    def open(self, content: StoredContent) -> Held:
        """See `model.Reader.open`."""
        opened = self.open_unproved(content)
        return ProvenContent(opened) if self._layout.is_classic else opened

    def open_unproved(self, content: StoredContent) -> Held:
        """Open a content for whoever proves what is made of its parts; see `open`."""
        try:
            return self._open_at(content)
        except IntegrityError:
            moved = self._moved(content)
            if moved is None:
                raise
        return self._open_at(moved)

    def close(self) -> None:
        """See `model.Reader.close`."""
        self._packs.close()
        self._db.close()

    def _moved(self, content: StoredContent) -> StoredContent | None:
        """Return where *content* lies now, None when that is where it was looked for."""
        found = self.contents([content.id]).get(content.id)
        if found is None or found == content or found.digest != content.digest:
            return None
        return found

    def _open_at(self, content: StoredContent) -> Held:
        if content.basis is not None:
            links = links_of(content, self.contents)
            return open_chain(links, self._open_whole, self._open_delta, self._key)
        return self._open_whole(content)

    def _open_whole(self, content: StoredContent) -> Held:
        if content.pack is not None:
            return SmallContent(self._read_record(content), content.codec)
        path = self._layout.large(content.digest, content.place)
        if self._layout.is_classic:
            return ClassicContent(path, content, self._key)
        kind = HoledContent if content.has_holes else LargeContent
        return kind(path, content, self._key)

    def _open_delta(self, content: StoredContent, basis: StoredContent) -> Content:
        if self._layout.is_classic:
            path = self._layout.large(content.digest, content.place)
            return StreamFile(path, content.stored, content.codec, None, content.size)
        return open_delta(self._layout, self._packs, content, basis, self._key)

    def _read_record(self, content: StoredContent) -> bytes:
        if self._layout.is_classic:
            return self._read_file(content)
        if content.pack is None:
            raise IntegrityError("a content is not in a pack any more")
        if content.basis is not None:
            with closing(self._open_at(content)) as opened:
                return b"".join(opened.chunks())
        record, payload = self._packs.record(content.pack, content.place, content.stored)
        wanted = (Kind.DATA, content.digest)
        if (record.kind, record.digest) != wanted or not 0 <= content.size <= SMALL:
            raise IntegrityError(f"pack {content.pack} holds another content at {content.place}")
        plain = expand(content.codec, payload, content.size)
        if content_digest(self._key, plain) != content.digest:
            raise IntegrityError("stored bytes do not match their digest")
        return plain

    def _read_file(self, content: StoredContent) -> bytes:
        if not 0 <= content.size <= SMALL:
            raise IntegrityError("a content is not small")
        with closing(self._open_at(content)) as found:
            return b"".join(found.chunks())
