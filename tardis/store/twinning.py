"""Makes the sealed twin of every content of a modern store that is kept in clear.

Twins lie where the contents of the sealed store will: small ones in packs of their own, large
ones under the names that they will have.  Until the store is sealed its catalog names none of
them, so to everybody else they are dead bytes.  What was compressed stays as it is; deltas stay
deltas.  Every content is compared with its digest on the way.
"""

import os
from contextlib import closing, suppress
from typing import Any, Final

from tardis.crypto import DeltaPlace, Digester, HoledDigester, KeysFile, Sealing, Seals, digest
from tardis.model import SEGMENT, IntegrityError, StoredContent
from tardis.streams import Codec, expand

from .catalog import twins
from .catalog.connection import transaction
from .catalog.group import Group
from .heads import padded
from .large import LargeWriter, SegmentFile
from .names import Names
from .packs import PackReader
from .reader import StoreReader
from .records import HEADER, SEALED, Kind
from .writer import StoreWriter

_BATCH_BYTES: Final = 64 << 20
_BATCH: Final = 4096
"""Contents that become durable together, at the most."""


class TwinMaker:
    """Makes what twins are missing; close it afterwards.

    Args:
        writer: Of the store, with the file of twins attached to its catalog.
        keys: Of the sealed store, for the heads of its packs.
        seals: That go with them.

    Attributes:
        made: Twins that were made.
    """

    def __init__(self, writer: StoreWriter, keys: KeysFile, seals: Seals) -> None:
        self.made = 0
        self._writer = writer
        self._db = writer.writing_db
        self._layout = writer.layout
        self._seals = seals
        self._clear, self._sealed = writer.key, seals.ring.contents
        self._names = Names(writer.layout)
        self._records = PackReader(writer.layout)
        self._reader = StoreReader(writer.layout)
        self._packs = writer.new_packs(padded(keys.text()))
        self._packs.cipher = SEALED
        self._batch: list[twins.Twin] = []
        self._files: list[str] = []
        self._bytes = 0

    def close(self) -> None:
        """Close what is open; what is not durable is dead."""
        self._packs.close()
        self._reader.close()
        self._records.close()

    def run(self) -> None:
        """Make the twin of each content that has none and can be read.

        What was made stays when this is ended; the next call goes on.
        """
        for page in twins.iter_waiting(self._db):
            if page[0].basis is not None:
                self._commit()  # what deltas stand on is looked up
            for content in page:
                with suppress(IntegrityError):  # whoever counts what is missing tells of it
                    self._add(content, *self._twin(content))
        self._commit()

    def _twin(
        self, content: StoredContent
    ) -> tuple[bytes | None, bytes, int, int, int | None, int]:
        """Write a twin; return basis, name, stored bytes, codec, pack and place.

        Raises:
            IntegrityError: The content cannot be read.
        """
        if content.basis is None:
            if content.pack is not None:
                return (None, *self._small(content))
            return (None, *self._large(content))
        below = twins.names_below(self._db, content)
        if below is None:
            raise IntegrityError("what a delta stands on cannot be read")
        if content.pack is not None:
            return (below[0], *self._small_delta(content, below))
        return (below[0], *self._large_delta(content, below))

    def _add(self, content: StoredContent, basis: bytes | None, *where: Any) -> None:
        self._batch.append(twins.Twin(content.digest, basis, *where))
        self._bytes += content.stored + HEADER.size
        if self._bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH:
            self._commit()

    def _commit(self) -> None:
        """Make durable what was written, then note it."""
        if not self._batch:
            return
        group = Group()
        self._names.seal_into(group)
        lengths = self._packs.seal()
        packs = [self._layout.pack(number) for number in lengths]
        folders = sorted({*group.folders, self._layout.packs})
        self._writer.flush([*self._files, *packs], folders)
        with transaction(self._db):
            twins.keep(self._db, self._batch, lengths.items())
        self.made += len(self._batch)
        self._batch, self._files, self._bytes = [], [], 0

    def _small(self, content: StoredContent) -> tuple[bytes, int, int, int, int]:
        codec, size = content.codec, content.size
        _, payload = self._record(content, Kind.DATA)
        plain = expand(codec, payload, size)
        if digest(self._clear, plain) != content.digest:
            raise IntegrityError("a content does not match its digest")
        name = digest(self._sealed, plain)
        piece = self._seals.seal_small(codec, size, name, payload)
        self._packs.begin_record()
        place = self._packs.append(Kind.DATA, codec, size, name, piece)
        return name, len(piece), codec, self._packs.number, place

    def _small_delta(
        self, content: StoredContent, below: tuple[bytes, bytes]
    ) -> tuple[bytes, int, int, int, int]:
        own_size, payload = self._record(content, Kind.DELTA)
        name, codec = self._name(content), content.codec
        where = DeltaPlace(codec, content.size, name, below[1])
        piece = self._seals.seal_delta(where, own_size, payload)
        self._packs.begin_record()
        place = self._packs.append(Kind.DELTA, codec, content.size, name, piece, below[1])
        return name, len(piece), codec, self._packs.number, place

    def _record(self, content: StoredContent, kind: Kind) -> tuple[int, bytes]:
        """Return plain size and stored bytes of the record of a content.

        Raises:
            IntegrityError: It is another one.
        """
        number = content.pack or 0
        record, payload = self._records.record(number, content.place, content.stored)
        if (record.kind, record.digest, record.codec) != (kind, content.digest, content.codec):
            raise IntegrityError(f"pack {number} holds another content at {content.place}")
        return record.size, payload

    def _name(self, content: StoredContent) -> bytes:
        """Return what a content is called once it is sealed; reading it proves it."""
        state = Digester(self._sealed)
        with closing(self._reader.open(content)) as opened:
            for piece in opened.chunks():
                state.update(piece)
        return state.digest()

    def _large(self, content: StoredContent) -> tuple[bytes, int, int, None, int]:
        kind = HoledDigester if content.has_holes else Digester
        clear, sealed = kind(self._clear), kind(self._sealed)
        sealing = self._begun()
        path = self._layout.large(content.digest, content.place)
        with closing(SegmentFile(path, content)) as source:
            target = self._target(content)
            try:
                for number in range(source.count):
                    size, offset = _span(source, number)
                    codec, data = source.raw(number)
                    plain = expand(codec, data, size)
                    clear.update(plain)
                    sealed.update(plain)
                    part = codec, sealing.part(codec, size, offset, data)
                    put_segment(target, part, (size, offset) if content.has_holes else None)
                ends = [
                    one.digest(content.size) if isinstance(one, HoledDigester) else one.digest()
                    for one in (clear, sealed)
                ]
                if ends[0] != content.digest:
                    raise IntegrityError("a large content does not match its digest")
                last = Codec.NONE, sealing.end(ends[1], content.size)
                put_segment(target, last, (0, 0) if content.has_holes else None)
            except BaseException:
                target.abandon()
                raise
        return self._keep(content, target, ends[1])

    def _large_delta(
        self, content: StoredContent, below: tuple[bytes, bytes]
    ) -> tuple[bytes, int, int, None, int]:
        name = self._name(content)
        sealing = self._begun(below[1])
        path = self._layout.large(content.digest, content.place)
        with closing(SegmentFile(path, content, below[0])) as source:
            target = self._target(content)
            try:
                for number in range(source.count):
                    size, _ = _span(source, number)
                    codec, data = source.raw(number)
                    target.add(codec, sealing.part(codec, size, 0, data))
                target.add(Codec.NONE, sealing.end(name, source.size))
            except BaseException:
                target.abandon()
                raise
        return self._keep(content, target, name, below[1])

    def _begun(self, basis: bytes = b"") -> Sealing:
        sealing = self._seals.begin(basis)
        assert isinstance(sealing, Sealing), "modern"
        return sealing

    def _target(self, content: StoredContent) -> LargeWriter:
        has_holes, is_direct = bool(content.has_holes), self._writer.is_direct
        target = LargeWriter(self._writer.incoming(), has_holes=has_holes, is_direct=is_direct)
        target.cipher = SEALED
        return target

    def _keep(
        self, content: StoredContent, target: LargeWriter, name: bytes, basis: bytes = b""
    ) -> tuple[bytes, int, int, None, int]:
        stored = target.finish(content.size, name, basis)
        place, path = self._names.take(name)
        os.rename(target.path, path)
        self._files.append(path)
        return name, stored, content.codec, None, place


def _span(source: SegmentFile, number: int) -> tuple[int, int]:
    """Return plain bytes and first offset of a segment, as they are sealed."""
    if source.has_holes:
        return source.place_of(number)
    return min(SEGMENT, source.size - number * SEGMENT), 0


def put_segment(
    target: LargeWriter, part: tuple[int, bytes], place: tuple[int, int] | None
) -> None:
    """Append (codec, sealed bytes) of a segment, with its *place* where there are holes."""
    if place is None:
        target.add(*part)
    else:
        target.add_holed(*part, *place)
