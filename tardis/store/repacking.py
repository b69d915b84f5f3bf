"""Copies what lives in packs into packs of its own, so that the old ones can go.

Records that lie one after another are read and written as one piece, as they are: what
proves the bytes behind a header is their digest, whoever reads them.  A record that is not
where its row says keeps its pack, until a repair has marked its content as damaged.  Then
what is left of it goes to the quarantine, the content lies nowhere, and the pack may go.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tardis.model import IntegrityError

from .catalog import forgetting, pruning, signing
from .catalog.connection import transaction
from .catalog.pruning import PackedRow
from .flush import replace_durably
from .journal import content_line
from .packs import MAX_RECORD, PACK_BYTES, PackWriter
from .records import HEADER, Record, parse_header
from .writer import GROUP_BYTES, StoreWriter

PIECE: Final = 1 << 20
"""Bytes that are read and written at once, at the most, unless one record is larger."""


class Repacking:
    """Empties packs; nothing of a pack that it is told to leave is lost.

    Args:
        writer: Of the store; nothing that it gathered is waiting.
        keeps_damaged: Put what is left of damaged records into the quarantine.

    Attributes:
        moved: Contents that were copied.
        damaged: Packs that were left as they are because a record in them is damaged.
        given_up: Contents known to be damaged that lie nowhere now.
        written: Bytes that the copies take.
    """

    def __init__(self, writer: StoreWriter, *, keeps_damaged: bool = True) -> None:
        self.moved = self.damaged = self.given_up = self.written = 0
        self._writer = writer
        self._db = writer.writing_db
        self._layout = writer.layout
        self._keeps_damaged = keeps_damaged
        self._moves: list[tuple[int, int, int]] = []
        self._lines: list[str] = []
        self._waiting = 0

    def empty(self, number: int, target: PackWriter) -> bool:
        """Copy what lives in pack *number*; tell whether nothing is left in it.

        Raises:
            OSError: The copies cannot be written; what was not committed is dead.
        """
        try:
            pack = os.open(self._layout.pack(number), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # a disk may be away, and come back with all that is missing
            is_needed = bool(pruning.records_of(self._db, number))
            self.damaged += is_needed
            return not is_needed
        try:
            return self._move_contents(number, pack, target) and self._move_rest(
                number, pack, target
            )
        finally:
            os.close(pack)

    def _move_contents(self, number: int, pack: int, target: PackWriter) -> bool:
        lost: list[PackedRow] = []
        is_whole = True
        for run, records, data in _pieces(pack, pruning.records_of(self._db, number), target):
            if data:
                self._add(target, run, records, data)
            elif run[0].is_damaged:
                lost += run
            else:
                self.damaged += 1
                is_whole = False
                break
        self._commit(target)
        if is_whole:
            self._give_up(number, pack, lost)
        return is_whole

    def _add(
        self, target: PackWriter, run: Sequence[PackedRow], records: Sequence[Record], data: bytes
    ) -> None:
        """Append a run of records, and note where they will lie."""
        target.begin_record()
        shift = target.append_raw(data) - run[0].place
        pack = target.number
        for row, record in zip(run, records, strict=True):
            place = row.place + shift
            self._moves.append((pack, place, row.content))
            basis = () if record.basis is None else (record.basis,)
            where = (row.digest, record.codec, pack, place, record.size, row.stored, *basis)
            self._lines.append(content_line(where, record.cipher))
        self._waiting += len(data)
        if self._waiting >= GROUP_BYTES:
            self._commit(target)

    def _commit(self, target: PackWriter) -> None:
        """Make the copies durable, then true."""
        if not self._moves:
            return
        lengths = target.seal()
        self._writer.journal.append("".join(self._lines))
        files = [self._layout.journal, *map(self._layout.pack, lengths)]
        self._writer.flush(files, [self._layout.packs])
        with transaction(self._db):
            pruning.add_packs(self._db, lengths.items())
            pruning.move_contents(self._db, self._moves)
        self.moved += len(self._moves)
        self.written += self._waiting
        self._moves.clear()
        self._lines.clear()
        self._waiting = 0

    def _move_rest(self, number: int, pack: int, target: PackWriter) -> bool:
        """Copy the signatures of a pack; one that is damaged is made anew when it is wanted."""
        moves: list[tuple[int, int, int]] = []
        damaged: list[int] = []
        for run, _, data in _pieces(pack, signing.records_of(self._db, number), target):
            if not data:
                damaged += [row.content for row in run]
                continue
            target.begin_record()
            shift = target.append_raw(data) - run[0].place
            moves += [(target.number, row.place + shift, row.content) for row in run]
        if moves or damaged:
            lengths = target.seal()
            self._writer.flush([self._layout.pack(one) for one in lengths], [self._layout.packs])
            with transaction(self._db):
                pruning.add_packs(self._db, lengths.items())
                signing.move(self._db, moves)
                signing.delete(self._db, damaged)
        return True

    def _give_up(self, number: int, pack: int, lost: Sequence[PackedRow]) -> None:
        """Let contents that are marked as damaged lie nowhere."""
        if not lost:
            return
        if self._keeps_damaged:
            os.makedirs(self._layout.quarantine, mode=0o700, exist_ok=True)
            for row in lost:
                if rest := _read(pack, row.place, HEADER.size + row.stored):
                    name = f"{number}.pack+{row.place}"
                    replace_durably(os.path.join(self._layout.quarantine, name), rest, 0o600)
        with transaction(self._db):
            for row in lost:
                forgetting.lose(self._db, row.content)
        self.given_up += len(lost)


def _pieces(
    pack: int, rows: Iterable[PackedRow], target: PackWriter
) -> Iterator[tuple[list[PackedRow], list[Record], bytes]]:
    """Yield (rows, headers, bytes) of records that lie one after another; no bytes for a bad one.

    Args:
        pack: Open for reading.
        rows: By place.
        target: What each piece is appended to before the next is asked for.
    """
    for run in _runs(rows, target):
        records, data = _records(pack, run)
        if data or len(run) == 1:
            yield run, records, data
            continue
        for row in run:
            yield [row], *_records(pack, [row])


def _runs(rows: Iterable[PackedRow], target: PackWriter) -> Iterator[list[PackedRow]]:
    """Yield the rows of records without a gap; none begins where the target is full by then."""
    run: list[PackedRow] = []
    end = length = most = 0
    for row in rows:
        size = HEADER.size + row.stored
        if run and (row.place != end or length + size > most):
            yield run
            run = []
        if not run:
            length, most = 0, min(PIECE, PACK_BYTES - target.offset)
        run.append(row)
        length += size
        end = row.place + size
    if run:
        yield run


def _records(pack: int, run: Sequence[PackedRow]) -> tuple[list[Record], bytes]:
    """Return the headers and bytes of a run of records, none unless all are as their rows say."""
    data = _read(pack, run[0].place, sum(HEADER.size + row.stored for row in run))
    records, at = [], 0
    for row in run:
        try:
            record = parse_header(data[at : at + HEADER.size])
        except IntegrityError:
            return [], b""
        at += HEADER.size + row.stored
        if (record.digest, record.stored) != (row.digest, row.stored):
            return [], b""
        records.append(record)
    return (records, data) if at == len(data) else ([], b"")


def _read(pack: int, place: int, length: int) -> bytes:
    """Return what lies at *place*, less than *length* bytes where that is not there."""
    if not 0 <= length <= max(PIECE, HEADER.size + MAX_RECORD):
        return b""
    try:
        return os.pread(pack, length, place)
    except (OSError, OverflowError):
        return b""
