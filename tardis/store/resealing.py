"""Seals anew, with the newest key, what was sealed before the keys were rotated.

Records go one by one into packs of their own, large contents each into another file: a batch is
made durable, then its rows switch, then goes what nothing names any more.  A sealed piece tells
by itself with which key it was sealed.  So whatever ends this, the next call goes on, and
everybody can read and write in between.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from tardis.crypto import Seals, whole_context
from tardis.model import IntegrityError, StoredContent, StoreError

from .catalog import encrypting, pruning, signing
from .catalog.connection import transaction
from .catalog.group import Group
from .catalog.pruning import PackedRow
from .journal import content_line
from .large import LargeWriter
from .names import Names
from .packs import PackReader, PackWriter
from .pruning import Pruning
from .records import HEADER, SEALED, parse_header
from .sealed import SealedSegments
from .trouble import store_trouble
from .twinning import put_segment
from .writer import GROUP_BYTES, StoreWriter

_SWEEP: Final = 1 << 30
"""Bytes that were sealed anew and still lie there as they were, at the most or a little more."""


@dataclass(slots=True)
class Resealed:
    """What was done.

    Attributes:
        contents: That are sealed with the newest key now, and were not.
        size_bytes: Their stored bytes.
        signatures: The same of signatures.
        damaged: Contents and signatures that could not be read, and are as they were.
    """

    contents: int = 0
    size_bytes: int = 0
    signatures: int = 0
    damaged: int = 0


class Resealing:
    """One call that seals anew what older keys have sealed.

    Args:
        writer: Of an encrypted store of the modern format, with nothing gathered.
        seals: Of it, with all its keys.

    Attributes:
        done: What was done so far.
    """

    def __init__(self, writer: StoreWriter, seals: Seals) -> None:
        if writer.layout.is_classic or not writer.cipher:
            raise StoreError("only an encrypted backup of the modern format has older keys")
        self.done = Resealed()
        self._writer = writer
        self._db = writer.writing_db
        self._layout = writer.layout
        self._seals = seals
        self._names = Names(writer.layout)
        self._sweeping = Pruning(writer)
        self._waiting = 0

    def run(self) -> None:
        """Seal it all anew; what was done stays when this is ended.

        Raises:
            StoreError: The store cannot be written.
        """
        with store_trouble(self._layout.directory):
            self._renew_packs()
            self._renew_files()
            self._sweeping.sweep()
            self._writer.partials.clear()  # what goes on with them would have older pieces

    def _renew_packs(self) -> None:
        with (
            closing(PackReader(self._layout)) as reader,
            closing(self._writer.new_packs()) as target,
        ):
            for number, _, live in pruning.packs(self._db):
                if live and pruning.pack_holds(self._db, number) == "contents":
                    self._renew_contents(number, reader, target)
                    self._renew_signatures(number, reader, target)
                    if pruning.has_doomed(self._db, number):  # what older keys open must go
                        self._sweeping.empty_pack(number, target)
                    self._sweep_if_due()

    def _renew_contents(self, number: int, reader: PackReader, target: PackWriter) -> None:
        moves: list[tuple[int | None, int, int]] = []
        lines: list[str] = []
        size = 0
        rows = pruning.records_of(self._db, number)
        for content, raw in self._renewed(number, rows, reader):
            target.begin_record()
            place = target.append_raw(raw)
            moves.append((target.number, place, content))
            record = parse_header(raw)
            basis = () if record.basis is None else (record.basis,)
            where = (record.digest, record.codec, target.number, place, record.size, record.stored)
            lines.append(content_line((*where, *basis), SEALED))
            size += len(raw)
            self._count(1, record.stored)
            if size >= GROUP_BYTES:
                self._commit(moves, lines, target.seal())
                moves, lines, size = [], [], 0
        self._commit(moves, lines, target.seal() if moves else {})

    def _renew_signatures(self, number: int, reader: PackReader, target: PackWriter) -> None:
        moves = []
        rows = signing.records_of(self._db, number)
        for content, raw in self._renewed(number, rows, reader):
            target.begin_record()
            place = target.append_raw(raw)
            moves.append((target.number, place, content))
        if moves:
            lengths = target.seal()
            files = [self._layout.pack(one) for one in lengths]
            self._writer.flush(files, [self._layout.packs])
            with transaction(self._db):
                pruning.add_packs(self._db, lengths.items())
                signing.move(self._db, moves)
            self.done.signatures += len(moves)

    def _renewed(
        self, number: int, rows: Iterable[PackedRow], reader: PackReader
    ) -> Iterator[tuple[int, bytes]]:
        """Yield id and whole new record of those in a pack that an older key has sealed.

        Sealed bytes have one length under all keys, so the header stays.
        """
        for row in rows:
            try:
                raw, record = reader.raw(number, row.place, row.stored, row.digest)
                facts = (record.kind, record.codec, record.size, record.digest)
                context = whole_context(*facts, record.basis or b"")
                piece = self._seals.renewed(raw[HEADER.size :], context)
            except IntegrityError:
                self.done.damaged += 1  # it stays, and checking the store tells of it
                continue
            if piece is not None:
                yield row.content, raw[: HEADER.size] + piece

    def _renew_files(self) -> None:
        last = 0
        while page := encrypting.iter_sealed(self._db, last):
            last = page[-1][0].id
            for content, basis in page:
                if content.pack is None:
                    self._renew_file(content, basis)

    def _renew_file(self, content: StoredContent, basis: bytes | None) -> None:
        """Let a large content have a new file, unless the newest key has sealed it."""
        path = self._layout.large(content.digest, content.place)
        try:
            with closing(SealedSegments(path, content, self._seals, basis)) as source:
                pieces = (source.raw(number)[1] for number in range(source.count + 1))
                if all(map(self._seals.is_newest, pieces)):
                    return
                made, stored = self._written(source, content, basis or b"")
        except IntegrityError:
            self.done.damaged += 1  # it stays, and checking the store tells of it
            return
        place, path = self._names.take(content.digest)
        os.rename(made, path)
        below = () if basis is None else (basis,)
        where = (content.digest, content.codec, None, place, content.size, stored)
        self._make_durable([content_line((*where, *below), SEALED)], [path])
        with transaction(self._db):
            pruning.move_file(self._db, content.id, place, stored)
        self._count(1, stored)
        self._sweep_if_due()

    def _written(
        self, source: SealedSegments, content: StoredContent, basis: bytes
    ) -> tuple[str, int]:
        """Write the new file of a content; return its path so far, and its stored bytes."""
        has_holes, is_direct = bool(content.has_holes), self._writer.is_direct
        target = LargeWriter(self._writer.incoming(), has_holes=has_holes, is_direct=is_direct)
        target.cipher = SEALED
        sealing = self._seals.begin(basis)
        try:
            for codec, size, offset, data in source.parts():
                piece = sealing.part(codec, size, offset, data)
                put_segment(target, (codec, piece), (size, offset) if has_holes else None)
            end = sealing.end(content.digest, source.size)
            put_segment(target, (0, end), (0, 0) if has_holes else None)
        except BaseException:
            target.abandon()
            raise
        return target.path, target.finish(content.size, content.digest, basis)

    def _commit(
        self, moves: list[tuple[int | None, int, int]], lines: list[str], lengths: dict[int, int]
    ) -> None:
        """Make records durable, then let rows name them."""
        if not moves:
            return
        self._make_durable(lines, [self._layout.pack(number) for number in lengths])
        with transaction(self._db):
            pruning.add_packs(self._db, lengths.items())
            pruning.move_contents(self._db, moves)

    def _make_durable(self, lines: Iterable[str], files: Iterable[str]) -> None:
        group = Group()
        self._names.seal_into(group)
        self._writer.journal.append("".join(lines))
        folders = sorted({*group.folders, self._layout.packs})
        self._writer.flush([*files, self._layout.journal], folders)

    def _count(self, contents: int, size: int) -> None:
        self.done.contents += contents
        self.done.size_bytes += size
        self._waiting += size

    def _sweep_if_due(self) -> None:
        """Remove what nothing names any more, once that is much."""
        if self._waiting >= _SWEEP:
            self._waiting = 0
            self._sweeping.sweep()
