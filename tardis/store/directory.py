"""One client's directory as it lies: the `model.RawStore` of the local disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from tardis.crypto import Head
from tardis.model import BackupSet, Entry, Identity, Kinds, Root, StoredContent

from .catalog import encrypting, pruning, reading, searching
from .catalog.connection import connect_reader
from .files import DiskFile
from .keys import ruling
from .layout import Layout
from .packs import PackReader
from .paged import Paged
from .room import free_bytes
from .trouble import store_trouble
from .veil import Veil


class DirectoryStore:
    """See `model.RawStore`. Never writes, takes no lock.

    Args:
        layout: Of the store.

    Raises:
        StoreError: There is none, or it cannot be used.
    """

    def __init__(self, layout: Layout) -> None:
        place = layout.directory
        with store_trouble(place):
            self._db = connect_reader(layout.database)
        path = ruling(layout.keys, partial(encrypting.is_begun, self._db))
        with store_trouble(layout.keys), open(path, "rb") as file:
            keys = file.read()
        with store_trouble(place):
            self._identity = Identity(layout.keys, keys, reading.scheme(self._db))
            self._newest = reading.newest_set(self._db)
        self._layout = layout.of_scheme(self._identity.scheme)
        self._place = place
        self._packs = PackReader(layout)

    def identity(self) -> Identity:
        """See `model.RawStore.identity`."""
        return self._identity

    def sets(self) -> list[BackupSet]:
        """See `model.RawRows.sets`."""
        with store_trouble(self._place):
            return reading.sets(self._db)

    def roots(self, number: int) -> list[Root]:
        """See `model.RawRows.roots`."""
        with store_trouble(self._place):
            return reading.roots(self._db, number)

    def roots_of(self, numbers: Sequence[int]) -> dict[int, list[Root]]:
        """See `model.RawRows.roots_of`."""
        with store_trouble(self._place):
            return reading.roots_of(self._db, numbers)

    def rows(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """See `model.RawRows.rows`."""
        with store_trouble(self._place):
            is_late = 2 * first >= self._newest
            yield from reading.history(self._db, directory, (first, last), is_late)

    def page(
        self, directory: int, first: int, last: int, after: tuple[int, bytes] | None, most: int
    ) -> list[Entry]:
        """Return *most* of what `rows` yields, at the most; fewer only if there are no more.

        Args:
            directory: Whose rows.
            first: See `rows`.
            last: See `rows`.
            after: First set and name of the last row of the page before, None for the first.
            most: How many.
        """
        with store_trouble(self._place):
            is_late = after is None and 2 * first >= self._newest
            page = (after or (0, b""), most)
            return reading.page(self._db, directory, (first, last), page, is_late)

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """See `model.RawRows.child`."""
        with store_trouble(self._place):
            return reading.child(self._db, directory, number, name)

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """See `model.RawRows.names`."""
        with store_trouble(self._place):
            yield from reading.names(self._db, directory, number, 2 * number >= self._newest)

    def kinds(self, directories: Sequence[int], number: int) -> dict[int, Kinds]:
        """See `model.RawRows.kinds`."""
        with store_trouble(self._place):
            return reading.kinds(self._db, directories, number, 2 * number >= self._newest)

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """See `model.RawRows.versions`."""
        with store_trouble(self._place):
            return reading.versions(self._db, directory, name, (first, last))

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """See `model.RawRows.holding`."""
        with store_trouble(self._place):
            return reading.holding(self._db, content)

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """See `model.RawRows.naming`."""
        with store_trouble(self._place):
            return reading.naming(self._db, directory)

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """See `model.RawRows.owners`."""
        with store_trouble(self._place):
            return reading.owners(self._db, number)

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """See `model.RawRows.contents`."""
        with store_trouble(self._place):
            return reading.contents(self._db, ids)

    def find_content(self, digest: bytes) -> StoredContent | None:
        """See `model.RawRows.find_content`."""
        with store_trouble(self._place):
            return reading.content_of(self._db, digest)

    def names_of(self, content: int) -> list[bytes]:
        """See `model.RawRows.names_of`."""
        with store_trouble(self._place):
            return reading.names_of(self._db, content)

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """See `model.RawRows.unsettled`."""
        with store_trouble(self._place):
            return reading.unsettled(self._db, number)

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        """See `model.RawFigures.changed_rows`."""
        with store_trouble(self._place):
            yield from searching.changed_rows(self._db, number, after)

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        """See `model.RawFigures.all_rows`."""
        with store_trouble(self._place):
            yield from searching.all_rows(self._db, limits)

    def newest_complete(self, lineage: bytes) -> tuple[str, int] | None:
        """Return name and end, in ns since 1970, of the newest complete set of a lineage."""
        with store_trouble(self._place):
            return reading.newest_complete(self._db, lineage)

    def heads(self) -> list[Head]:
        """Return what is signed of each set that was ever completed, the newest last."""
        with store_trouble(self._layout.directory):
            return [Head(*one) for one in reading.heads(self._db, 0)]

    def totals(self) -> dict[int, bytes]:
        """See `model.RawFigures.totals`."""
        with store_trouble(self._layout.directory):
            return reading.totals(self._db)

    def rows_from(self, key: tuple[int, int, bytes], count: int) -> list[tuple[int, Entry]]:
        """Return (directory, row) of the next *count* rows of all; see `StoreReader.rows_from`."""
        with store_trouble(self._layout.directory):
            return searching.rows_from(self._db, key, count)

    def paged(self, veil: Veil | None) -> Paged:
        """Return what answers in pages, for as long as this is open."""
        return Paged(self._db, self._place, veil)

    def changed_page(
        self, number: int, after: int, key: tuple[int, int, bytes]
    ) -> tuple[list[tuple[int, Entry]], tuple[int, int, bytes] | None]:
        """Return what `changed_rows` yields next behind *key*, and the key to go on with."""
        with store_trouble(self._place):
            return searching.changed_page(self._db, number, after, key)

    def all_page(
        self, limits: tuple[int, int, int, int], key: tuple[int, int, bytes]
    ) -> tuple[list[tuple[int, Entry]], tuple[int, int, bytes] | None]:
        """Return what `all_rows` yields next behind *key*, and the key to go on with."""
        with store_trouble(self._place):
            return searching.all_page(self._db, limits, key)

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """See `model.RawFigures.only_needed`."""
        with store_trouble(self._place):
            return searching.only_needed(self._db, numbers)

    def tags(self) -> dict[str, int]:
        """See `model.RawFigures.tags`."""
        with store_trouble(self._place):
            return searching.tags(self._db)

    def free_bytes(self) -> int:
        """See `model.RawFigures.free_bytes`."""
        return free_bytes(self._layout)

    def waste(self) -> tuple[int, int]:
        """See `model.RawFigures.waste`."""
        with store_trouble(self._place):
            return searching.waste(self._db)

    def usage(self) -> tuple[int, int, int]:
        """See `model.RawFigures.usage`."""
        with store_trouble(self._place):
            return reading.usage(self._db)

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """See `model.RawFigures.freed_by`."""
        with store_trouble(self._place):
            return pruning.freed_by(self._db, numbers)

    def record(self, pack: int, place: int, stored: int) -> bytes:
        """See `model.RawStore.record`."""
        return self._packs.data(pack, place, stored)

    def pack(self, number: int) -> DiskFile:
        """Open a pack, for who sends many of its records; the caller closes it.

        Raises:
            IntegrityError: It cannot be opened.
        """
        return DiskFile(self._layout.pack(number))

    def file(self, digest: bytes, place: int) -> DiskFile:
        """See `model.RawStore.file`."""
        return DiskFile(self._layout.large(digest, place))

    def close(self) -> None:
        """See `model.RawStore.close`."""
        self._packs.close()
        self._db.close()
