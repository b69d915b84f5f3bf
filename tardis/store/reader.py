"""Reading one store's past: a `model.Reader` over what a store holds as it lies."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Self

from tardis.crypto import Envelope, Head, KeyRing, KeysFile, Seals, content_key
from tardis.crypto import digest as content_digest
from tardis.model import (
    CLASSIC,
    SMALL,
    BackupSet,
    Content,
    Entry,
    IntegrityError,
    Kinds,
    RawStore,
    Repository,
    Root,
    StoredContent,
    StoreError,
    content_id,
)
from tardis.streams import expand

from .chains import Held, SmallContent, links_of, open_chain, open_delta
from .classic_files import check_sealed
from .classic_reading import ClassicContent, ProvenContent, StreamFile
from .directory import DirectoryStore
from .holed import HoledContent
from .keys import check_scheme
from .large import LargeContent
from .layout import Layout
from .paged import Paged
from .parts import Parts
from .records import Kind, Record, parse_record
from .sealed import open_large
from .sealed_deltas import check_links, look_at_links, open_sealed_delta
from .veil import Veil


class StoreReader:
    """See `model.Reader`; also a context manager. Never writes, takes no lock.

    Args:
        layout: Of a store on the local disk.
        ring: Keys of an encrypted one; without them it tells of sets, and of where contents
            lie, and raises AuthenticationError when it is asked for names or bytes.
    """

    def __init__(self, layout: Layout, ring: KeyRing | None = None) -> None:
        self._begin(DirectoryStore(layout), ring)

    @classmethod
    def over(cls, raw: RawStore, ring: KeyRing | None = None) -> Self:
        """Return a reader of any store; *raw* is closed with it.

        Raises:
            StoreError: Its keys file is damaged, or belongs to another store.
        """
        made = cls.__new__(cls)
        with ExitStack() as stack:
            stack.callback(raw.close)
            made._begin(raw, ring)
            stack.pop_all()
        return made

    def _begin(self, raw: RawStore, ring: KeyRing | None) -> None:
        self._raw = raw
        identity = raw.identity()
        self._repository = KeysFile.parse(identity.keys, identity.label).repository
        scheme = self._repository.scheme
        check_scheme(self._repository, identity.scheme, identity.label)
        self._is_classic = scheme == CLASSIC
        if ring is not None:
            self._repository = replace(self._repository, digest_key=ring.contents)
        is_sealed = self._repository.is_sealed
        self._veil = Veil(Seals(ring) if ring is not None else None) if is_sealed else None
        self._key = content_key(scheme, self._repository.digest_key)
        self._parts = Parts(raw, self.contents, self._read_record, self._key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def repository(self) -> Repository:
        """See `model.Reader.repository`."""
        return self._repository

    def sets(self) -> list[BackupSet]:
        """See `model.Reader.sets`."""
        found = self._raw.sets()
        return found if self._veil is None else list(map(self._veil.backup, found))

    def tell_faults(self, on_fault: Callable[[str], None]) -> None:
        """Have *on_fault* called with a sentence for each row that is not what was backed up."""
        if self._veil is not None:
            self._veil.on_fault = on_fault

    def newest_complete(self, lineage: bytes) -> tuple[str, int] | None:
        """Return name and end, in ns since 1970, of the newest complete set of a lineage."""
        return self._directory().newest_complete(lineage)

    def heads(self) -> list[Head]:
        """Return what is signed of each set that was ever completed, the newest last."""
        return [Head(*one) for one in self._raw.heads()]

    def totals(self) -> dict[int, bytes]:
        """Return what clients have told of the sums of sets, in plain words, by number."""
        return {} if self._veil is None else self._veil.totals(self._raw)

    @property
    def ring(self) -> KeyRing | None:
        """The keys of an encrypted store, None without."""
        return self._veil.seals.ring if self._veil is not None and self._veil.is_open else None

    def roots(self, number: int) -> list[Root]:
        """See `model.Reader.roots`."""
        found = self._raw.roots(number)
        return found if self._veil is None else list(map(self._veil.root, found))

    def roots_of(self, numbers: Sequence[int]) -> dict[int, list[Root]]:
        """Return the roots of each of some sets, by path; see `roots`."""
        found, veil = self._raw.roots_of(numbers), self._veil
        if veil is None:
            return found
        return {number: list(map(veil.root, roots)) for number, roots in found.items()}

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        """See `model.Reader.children`."""
        return self._plain(self._raw.rows(directory, number, number))

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """See `model.Reader.child`."""
        row = self._raw.child(directory, number, self._sealed(name))
        return row and (self._veil.entry(row) if self._veil else row)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """See `model.Reader.names`."""
        found, veil = self._raw.names(directory, number), self._veil
        return found if veil is None else ((veil.name(name), child) for name, child in found)

    def kinds(self, directories: Sequence[int], number: int) -> dict[int, Kinds] | None:
        """See `model.Reader.kinds`; the rows of an encrypted store are to be proved, whole."""
        return self._raw.kinds(directories, number) if self._veil is None else None

    def history(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """See `model.Reader.history`."""
        return self._plain(self._raw.rows(directory, first, last))

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """See `model.Reader.versions`."""
        sealed = self._sealed(name)
        return list(self._plain(iter(self._raw.versions(directory, sealed, first, last))))

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.holding`."""
        found, veil = self._raw.holding(content_id(content)), self._veil
        return found if veil is None else veil.placed(found)

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """See `model.Reader.naming`."""
        found = self._raw.naming(directory)
        return found if self._veil is None else self._veil.placed(found)

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """See `model.Reader.owners`."""
        found, veil = self._raw.owners(number), self._veil
        return found if veil is None else {who: veil.owner(one) for who, one in found.items()}

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """See `model.Reader.contents`."""
        veil = self._veil
        return self._raw.contents(ids) if veil is None else veil.contents(self._raw, ids)

    def find_content(self, digest: bytes) -> StoredContent | None:
        """See `model.Reader.find_content`."""
        return self._raw.find_content(digest)

    def names_of(self, content: int) -> list[bytes]:
        """See `model.Reader.names_of`."""
        found = self._raw.names_of(content_id(content))
        return found if self._veil is None else list(map(self._veil.name, found))

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """See `model.Reader.unsettled`."""
        found, veil = self._raw.unsettled(number), self._veil
        return found if veil is None else [(one, veil.name(name), why) for one, name, why in found]

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of what set *number* shows and set *after* did not yet."""
        yield from self._in_plain_words(self._raw.changed_rows(number, after))

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of everything: least and greatest size, first and last mtime."""
        yield from self._in_plain_words(self._raw.all_rows(limits))

    def rows_from(self, key: tuple[int, int, bytes], count: int) -> list[tuple[int, Entry]]:
        """Return (directory, row) of the next *count* rows of all, and how to go on.

        Args:
            key: Directory, first set and stored name of the row before; zeros to begin.
            count: How many at the most; fewer mean that there are no more.
        """
        return self._directory().rows_from(key, count)

    def in_plain_words(self, row: Entry) -> Entry:
        """Return a row of `rows_from` with its names opened."""
        return row if self._veil is None else self._veil.entry(row)

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Return contents, plain and stored bytes that go with each of all sets, by number."""
        return self._raw.only_needed(numbers)

    def tags(self) -> dict[str, int]:
        """Return the number of the set that each tag names."""
        return self._raw.tags()

    def free_bytes(self) -> int:
        """Return the bytes that are free on the file system of the store."""
        return self._raw.free_bytes()

    def waste(self) -> tuple[int, int]:
        """Return files that are doomed, and bytes in packs that nobody needs."""
        return self._raw.waste()

    def usage(self) -> tuple[int, int, int]:
        """Return the bytes that contents take, and how many rows and damages; looks at all."""
        return self._raw.usage()

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Return how many contents, and stored bytes, only the sets *numbers* need."""
        return self._raw.freed_by(numbers)

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
        opened = self._open_found(content)
        return ProvenContent(opened) if self._is_classic else opened

    def open_unproved(self, content: StoredContent) -> Held:
        """Open a content for whoever proves what is made of its parts; see `open`.

        Its `chunks` are proved by its digest as ever, what else is read of it by nothing.
        """
        return self._open_found(content, is_proved_elsewhere=True)

    def _open_found(self, content: StoredContent, *, is_proved_elsewhere: bool = False) -> Held:
        try:
            return self._open_at(content, is_proved_elsewhere)
        except IntegrityError:
            moved = self._moved(content)
            if moved is None:
                raise
        return self._open_at(moved, is_proved_elsewhere)

    def prove(self, content: StoredContent) -> None:
        """Read all of a content and compare it with its digest.

        Of an encrypted one whose keys are not at hand, each piece is compared with its checksum.

        Raises:
            IntegrityError: It is damaged or gone.
        """
        is_classic = self._is_classic
        is_clear = self._veil is None or (is_classic and not content.cipher)
        if is_clear or (self._veil is not None and self._veil.is_open):
            with closing(self.open(content)) as opened:
                for _ in opened.pieces():
                    pass  # the digest is compared at the end
        elif is_classic:
            for one in links_of(content, self.contents):
                for _ in check_sealed(self._raw.file(one.digest, one.place), one.stored):
                    pass
        else:
            check_links(self._raw, links_of(content, self.contents))

    def look_at(self, content: StoredContent) -> None:
        """Make sure by headers that an encrypted content is there, and all it stands on.

        Raises:
            IntegrityError: Something is gone, or is another one.
        """
        look_at_links(self._raw, links_of(content, self.contents))

    def paged(self) -> Paged:
        """Return what answers in pages, for as long as this is open."""
        return self._directory().paged(self._veil)

    def close(self) -> None:
        """See `model.Reader.close`."""
        self._raw.close()

    def _directory(self) -> DirectoryStore:
        """Return the store on the local disk, which alone can tell what is asked."""
        if not isinstance(self._raw, DirectoryStore):
            raise StoreError("that can be asked of a store on its own machine only")
        return self._raw

    def _plain(self, rows: Iterator[Entry]) -> Iterator[Entry]:
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

    def _open_at(self, content: StoredContent, is_proved_elsewhere: bool = False) -> Held:
        is_part = content.is_part and self._veil is None and not self._is_classic
        if is_part and (part := self._parts.open(content)) is not None:
            return part
        whole = partial(self._open_whole, is_proved_elsewhere=is_proved_elsewhere)
        if content.basis is not None:
            links = links_of(content, self.contents)
            return open_chain(links, whole, self._open_delta, self._key_of(content))
        return whole(content)

    def _open_whole(self, content: StoredContent, *, is_proved_elsewhere: bool) -> Held:
        if content.pack is not None:
            return SmallContent(self._read_record(content), content.codec)
        seals = self._veil.seals if self._veil is not None and content.cipher else None
        file = self._raw.file(content.digest, content.place)
        if self._is_classic:
            return ClassicContent(file, content, self._key_of(content), self._envelope(content))
        if seals is not None:
            return open_large(file, content, self._key, seals)
        if content.has_holes:
            return HoledContent(file, content, self._key)
        return LargeContent(file, content, self._key, is_proved_elsewhere=is_proved_elsewhere)

    def _key_of(self, content: StoredContent) -> bytes:
        """Return what a content is digested with; a store may be encrypted only in part."""
        is_clear = self._is_classic and not content.cipher
        return content_key(CLASSIC, b"") if is_clear else self._key

    def _envelope(self, content: StoredContent) -> Envelope | None:
        """Return what a classic content is sealed by, None for one that is not."""
        if not content.cipher or self._veil is None:
            return None
        return self._veil.seals.envelope

    def _open_delta(self, content: StoredContent, basis: StoredContent) -> Content:
        if self._is_classic:
            file = self._raw.file(content.digest, content.place)
            facts = (content.stored, content.codec, None, content.size)
            return StreamFile(file, *facts, envelope=self._envelope(content))
        if self._veil is not None:
            chain = (content, basis)
            return open_sealed_delta(self._raw, chain, self._key, self._veil.seals)
        return open_delta(self._raw, content, basis, self._key)

    def _read_record(self, content: StoredContent) -> bytes:
        if self._is_classic:
            if not 0 <= content.size <= SMALL:
                raise IntegrityError("a content is not small")
            with closing(self._open_at(content)) as found:
                return b"".join(found.chunks())
        if content.pack is None:
            raise IntegrityError("a content is not in a pack any more")
        if content.basis is not None:
            with closing(self._open_at(content)) as opened:
                return b"".join(opened.chunks())
        record, payload = self._record(content)
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

    def _record(self, content: StoredContent) -> tuple[Record, bytes]:
        where = (content.pack or 0, content.place, content.stored)
        return parse_record(self._raw.record(*where), *where)
