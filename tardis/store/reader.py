"""Reading one store's past from its directory: the `model.Reader` of the local disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from tardis.crypto import Envelope, Head, KeyRing, Seals, content_key
from tardis.crypto import digest as content_digest
from tardis.model import (
    CLASSIC,
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

from .catalog import encrypting, pruning, reading, searching
from .catalog.connection import connect_reader
from .chains import Held, SmallContent, links_of, open_chain, open_delta
from .classic_files import check_sealed
from .classic_reading import ClassicContent, ProvenContent, StreamFile
from .holed import HoledContent
from .keys import check_scheme, present_keys
from .large import LargeContent
from .layout import Layout
from .packs import PackReader
from .paged import Paged
from .records import Kind
from .room import free_bytes
from .sealed import open_large
from .sealed_deltas import check_links, look_at_links, open_sealed_delta
from .trouble import store_trouble
from .veil import Veil


class StoreReader:
    """See `model.Reader`; also a context manager. Never writes, takes no lock.

    Args:
        layout: Of the store.
        ring: Keys of an encrypted one; without them it tells of sets, and of where contents
            lie, and raises AuthenticationError when it is asked for names or bytes.
    """

    def __init__(self, layout: Layout, ring: KeyRing | None = None) -> None:
        with store_trouble(layout.directory):
            self._db = connect_reader(layout.database)
        is_begun = partial(encrypting.is_begun, self._db)
        self._repository = present_keys(layout.keys, is_begun).repository
        scheme = self._repository.scheme
        check_scheme(self._repository, reading.scheme(self._db), layout.keys)
        self._layout = layout.of_scheme(scheme)
        if ring is not None:
            self._repository = replace(self._repository, digest_key=ring.contents)
        is_sealed = self._repository.is_sealed
        self._veil = Veil(Seals(ring) if ring is not None else None) if is_sealed else None
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
            found = reading.sets(self._db)
        return found if self._veil is None else list(map(self._veil.backup, found))

    def newest_complete(self, lineage: bytes) -> tuple[str, int] | None:
        """Return name and end, in ns since 1970, of the newest complete set of a lineage."""
        with store_trouble(self._layout.directory):
            return reading.newest_complete(self._db, lineage)

    def heads(self) -> list[Head]:
        """Return what is signed of each set that was ever completed, the newest last."""
        with store_trouble(self._layout.directory):
            return [Head(*one) for one in reading.heads(self._db, 0)]

    def roots(self, number: int) -> list[Root]:
        """See `model.Reader.roots`."""
        with store_trouble(self._layout.directory):
            found = reading.roots(self._db, number)
        return found if self._veil is None else list(map(self._veil.root, found))

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        """See `model.Reader.children`."""
        with store_trouble(self._layout.directory):
            is_late = 2 * number >= self._newest
            yield from self._plain(reading.children(self._db, directory, number, is_late))

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """See `model.Reader.child`."""
        with store_trouble(self._layout.directory):
            found = reading.child(self._db, directory, number, self._sealed(name))
        return found if self._veil is None or found is None else self._veil.entry(found)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """See `model.Reader.names`."""
        with store_trouble(self._layout.directory):
            found = reading.names(self._db, directory, number, 2 * number >= self._newest)
            if self._veil is None:
                yield from found
            else:
                yield from ((self._veil.name(name), child) for name, child in found)

    def history(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """See `model.Reader.history`."""
        is_late = 2 * first >= self._newest
        with store_trouble(self._layout.directory):
            yield from self._plain(reading.history(self._db, directory, (first, last), is_late))

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """See `model.Reader.versions`."""
        with store_trouble(self._layout.directory):
            found = reading.versions(self._db, directory, self._sealed(name), (first, last))
        return list(self._plain(found))

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.holding`."""
        with store_trouble(self._layout.directory):
            found = reading.holding(self._db, content)
        return found if self._veil is None else self._veil.placed(found)

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.naming`."""
        with store_trouble(self._layout.directory):
            found = reading.naming(self._db, directory)
        return found if self._veil is None else self._veil.placed(found)

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """See `model.Reader.owners`."""
        with store_trouble(self._layout.directory):
            found = reading.owners(self._db, number)
        veil = self._veil
        return found if veil is None else {who: veil.owner(one) for who, one in found.items()}

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
            found = reading.names_of(self._db, content)
        return found if self._veil is None else list(map(self._veil.name, found))

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """See `model.Reader.unsettled`."""
        with store_trouble(self._layout.directory):
            found = reading.unsettled(self._db, number)
        if self._veil is None:
            return found
        return [(directory, self._veil.name(name), why) for directory, name, why in found]

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of what set *number* shows and set *after* did not yet."""
        with store_trouble(self._layout.directory):
            yield from self._in_plain_words(searching.changed_rows(self._db, number, after))

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of everything: least and greatest size, first and last mtime."""
        with store_trouble(self._layout.directory):
            yield from self._in_plain_words(searching.all_rows(self._db, limits))

    def rows_from(self, key: tuple[int, int, bytes], count: int) -> list[tuple[int, Entry]]:
        """Return (directory, row) of the next *count* rows of all, and how to go on.

        Args:
            key: Directory, first set and stored name of the row before; zeros to begin.
            count: How many at the most; fewer mean that there are no more.
        """
        with store_trouble(self._layout.directory):
            return searching.rows_from(self._db, key, count)

    def in_plain_words(self, row: Entry) -> Entry:
        """Return a row of `rows_from` with its names opened."""
        return row if self._veil is None else self._veil.entry(row)

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Return contents, plain and stored bytes that go with each of all sets, by number."""
        with store_trouble(self._layout.directory):
            return searching.only_needed(self._db, numbers)

    def tags(self) -> dict[str, int]:
        """Return the number of the set that each tag names."""
        with store_trouble(self._layout.directory):
            return searching.tags(self._db)

    def free_bytes(self) -> int:
        """Return the bytes that are free on the file system of the store."""
        return free_bytes(self._layout)

    def waste(self) -> tuple[int, int]:
        """Return files that are doomed, and bytes in packs that nobody needs."""
        with store_trouble(self._layout.directory):
            return searching.waste(self._db)

    def usage(self) -> tuple[int, int, int]:
        """Return the bytes that contents take, and how many rows and damages; looks at all."""
        with store_trouble(self._layout.directory):
            return reading.usage(self._db)

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

    def prove(self, content: StoredContent) -> None:
        """Read all of a content and compare it with its digest.

        Of an encrypted one whose keys are not at hand, each piece is compared with its checksum.

        Raises:
            IntegrityError: It is damaged or gone.
        """
        is_classic = self._layout.is_classic
        is_clear = self._veil is None or (is_classic and not content.cipher)
        if is_clear or (self._veil is not None and self._veil.is_open):
            with closing(self.open(content)) as opened:
                for _ in opened.pieces():
                    pass  # the digest is compared at the end
        elif is_classic:
            for one in links_of(content, self.contents):
                for _ in check_sealed(self._layout.large(one.digest, one.place), one.stored):
                    pass
        else:
            check_links(self._layout, self._packs, links_of(content, self.contents))

    def look_at(self, content: StoredContent) -> None:
        """Make sure by headers that an encrypted content is there, and all it stands on.

        Raises:
            IntegrityError: Something is gone, or is another one.
        """
        look_at_links(self._layout, self._packs, links_of(content, self.contents))

    def paged(self) -> Paged:
        """Return what answers in pages, for as long as this is open."""
        return Paged(self._db, self._layout.directory, self._veil)

    def close(self) -> None:
        """See `model.Reader.close`."""
        self._packs.close()
        self._db.close()

    def _plain(self, rows: Iterable[Entry]) -> Iterable[Entry]:
        return rows if self._veil is None else map(self._veil.entry, rows)

    def _in_plain_words(self, rows: Iterable[tuple[int, Entry]]) -> Iterator[tuple[int, Entry]]:
        for directory, row in rows:
            yield directory, row if self._veil is None else self._veil.entry(row)

    def _sealed(self, name: bytes) -> bytes:
        return name if self._veil is None else self._veil.sealed(name)

    def _moved(self, content: StoredContent) -> StoredContent | None:
        """Return where *content* lies now, None when that is where it was looked for."""
        found = self.contents([content.id]).get(content.id)
        if found is None or found == content or found.digest != content.digest:
            return None
        return found

    def _open_at(self, content: StoredContent) -> Held:
        if content.basis is not None:
            links = links_of(content, self.contents)
            return open_chain(links, self._open_whole, self._open_delta, self._key_of(content))
        return self._open_whole(content)

    def _open_whole(self, content: StoredContent) -> Held:
        if content.pack is not None:
            return SmallContent(self._read_record(content), content.codec)
        path = self._layout.large(content.digest, content.place)
        if self._layout.is_classic:
            key = self._key_of(content)
            return ClassicContent(path, content, key, self._envelope(content))
        if self._veil is not None:
            return open_large(path, content, self._key, self._veil.seals)
        kind = HoledContent if content.has_holes else LargeContent
        return kind(path, content, self._key)

    def _key_of(self, content: StoredContent) -> bytes:
        """Return what a content is digested with; a store may be encrypted only in part."""
        is_clear = self._layout.is_classic and not content.cipher
        return content_key(CLASSIC, b"") if is_clear else self._key

    def _envelope(self, content: StoredContent) -> Envelope | None:
        """Return what a classic content is sealed by, None for one that is not."""
        if not content.cipher or self._veil is None:
            return None
        return self._veil.seals.envelope

    def _open_delta(self, content: StoredContent, basis: StoredContent) -> Content:
        if self._layout.is_classic:
            path = self._layout.large(content.digest, content.place)
            facts = (content.stored, content.codec, None, content.size)
            return StreamFile(path, *facts, self._envelope(content))
        if self._veil is not None:
            chain = (content, basis)
            return open_sealed_delta(self._layout, self._packs, chain, self._key, self._veil.seals)
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
        if self._veil is not None:
            seals = self._veil.seals
            payload = seals.open_small(content.codec, content.size, content.digest, payload)
        plain = expand(content.codec, payload, content.size)
        if content_digest(self._key, plain) != content.digest:
            raise IntegrityError("stored bytes do not match their digest")
        return plain

    def _read_file(self, content: StoredContent) -> bytes:
        if not 0 <= content.size <= SMALL:
            raise IntegrityError("a content is not small")
        with closing(self._open_at(content)) as found:
            return b"".join(found.chunks())
