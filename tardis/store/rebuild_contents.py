"""Finds contents again: each is read and proved by its digest before a row says where it lies."""

from contextlib import closing
from typing import Any

from tardis.crypto import content_key
from tardis.delta import made_size
from tardis.model import CLASSIC, DeltaError, IntegrityError, StoredContent

from .catalog import rebuilding
from .catalog.connection import Connection, transaction
from .chains import open_delta
from .directory import DirectoryStore
from .layout import Layout
from .reader import StoreReader
from .records import HAS_HOLES, Kind

Row = tuple[Any, ...]


class ContentFinder:
    """Looks for the lost contents of a catalog that is rebuilt; close it.

    Args:
        layout: Of the catalog that is rebuilt, its keys beside it.
        db: That catalog, with what a scan has found attached; no transaction is open.
    """

    def __init__(self, layout: Layout, db: Connection) -> None:
        self._db = db
        self._raw = DirectoryStore(layout)
        self._reader = StoreReader.over(self._raw)
        repository = self._reader.repository()
        self._is_classic = repository.scheme == CLASSIC
        self._key = content_key(repository.scheme, repository.digest_key)

    def find_all(self) -> int:
        """Look for every lost content, bases of deltas before what stands on them.

        Returns:
            How many of them something needs and nothing in the store is.
        """
        with transaction(self._db):
            rebuilding.note_lost(self._db)
        while self._add_bases() or self._sweep():
            pass
        with transaction(self._db):
            return rebuilding.give_up(self._db)

    def close(self) -> None:
        """Release the store's files."""
        self._reader.close()

    def _add_bases(self) -> int:
        """Look for what deltas stand on as well; return how many contents that are."""
        digests = rebuilding.missing_bases(self._db)
        with transaction(self._db):
            for digest in digests:
                rebuilding.add_lost(self._db, digest)
        return len(digests)

    def _sweep(self) -> int:
        """Try a record for each lost content that has any; return how many were tried."""
        after = count = 0
        while page := rebuilding.candidates(self._db, after):
            page.sort(key=lambda row: (row[8] or 0, row[9]))
            judged = [(row, self._prove(row)) for row in page]
            with transaction(self._db):
                for row, content in judged:
                    if content is not None:
                        rebuilding.put_content(self._db, content)
                    rebuilding.judge(self._db, row[0], row[1], is_good=content is not None)
            after = max(row[0] for row in page)
            count += len(page)
        return count

    def _prove(self, row: Row) -> StoredContent | None:
        """Return the content of a found record, None when its bytes are not what they should be."""
        try:
            content = self._content(row)
            self._reader.prove(content)
        except (IntegrityError, DeltaError):
            return None
        return content

    def _content(self, row: Row) -> StoredContent:
        number, _, digest, size, stored, codec, cipher, below, pack, place, flags, kind = row
        has_holes = int(flags == HAS_HOLES)
        whole = (number, digest, size, stored, codec, cipher, None, 0, pack, place, 0, has_holes)
        content = StoredContent(*whole)
        if kind != Kind.DELTA:
            return content
        basis = rebuilding.content(self._db, below)
        content = content._replace(basis=basis.id, chain=basis.chain + 1)
        if self._is_classic or cipher:
            return content  # its size is told beside it, or in the header
        with closing(open_delta(self._raw, content, basis, self._key)) as delta:
            made = made_size(delta.read_at, delta.size)
        return content._replace(size=made)
