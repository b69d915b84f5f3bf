"""Copies what lives in packs into packs of its own, so that the old ones can go.

Records that lie one after another are read and written as one piece, as they are: what
proves the bytes behind a header is their digest, whoever reads them.  A record that is not
where its row says keeps its pack, until a repair has marked its content as damaged.  Then
what is left of it goes to the quarantine, the content lies nowhere, and the pack may go.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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

ENOUGH_BYTES: Final = 8 << 20
"""Bytes that are committed once a pack is done; less waits for the next pack, for a commit costs
several flushes."""


@dataclass(slots=True)
class _Copies:
    """What was appended and is not true yet: (pack, place, content) of each, and the journal."""

    contents: list[tuple[int, int, int]] = field(default_factory=list)
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    bad_signatures: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def has_any(self) -> bool:
        return bool(self.contents or self.signatures or self.bad_signatures or self.lost)


class Repacking:
    """Empties packs in groups; whoever calls it calls `finish` in the end.

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
        self._group = _Copies()

    def empty(self, number: int, target: PackWriter) -> bool:
        """Copy what lives in pack *number*; tell whether nothing is left in it after `finish`.

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
            if not self._move_contents(number, pack, target):
                self.damaged += 1
                return False
            self._move_signatures(number, pack, target)
        finally:
            os.close(pack)
        if self._group.size >= ENOUGH_BYTES:
            self.finish(target)
        return True

    def finish(self, target: PackWriter) -> None:
        """Make all copies durable, then true.

        Raises:
            OSError: They are not durable; nothing of this group became true.
        """
        group, self._group = self._group, _Copies()
        if not group.has_any:
            return
        lengths = target.seal()
        self._writer.journal.append("".join(group.lines))
        files = [self._layout.journal, *map(self._layout.pack, lengths)]
        self._writer.flush(files, [self._layout.packs])
        with transaction(self._db):
            pruning.add_packs(self._db, lengths.items())
            pruning.move_contents(self._db, group.contents)
            signing.move(self._db, group.signatures)
            signing.delete(self._db, group.bad_signatures)
            for content in group.lost:
                forgetting.lose(self._db, content)
        self.moved += len(group.contents)
        self.given_up += len(group.lost)
        self.written += group.size

    def _move_contents(self, number: int, pack: int, target: PackWriter) -> bool:
        lost: list[PackedRow] = []
        for run, records, data in _pieces(pack, pruning.records_of(self._db, number), target):
            if data:
                shift = self._append(run, data, target)
                self._note(run, records, target.number, shift)
            elif run[0].is_damaged:
                lost += run
            else:
                return False
        self._give_up(number, pack, lost)
        return True

    def _append(self, run: Sequence[PackedRow], data: bytes, target: PackWriter) -> int:
        """Append a run of records; return by how much their places are others now."""
        if self._group.size >= GROUP_BYTES:
            self.finish(target)
        target.begin_record()
        self._group.size += len(data)
        return target.append_raw(data) - run[0].place

    def _note(
        self, run: Sequence[PackedRow], records: Sequence[Record], pack: int, shift: int
    ) -> None:
        """Note where a run of contents lies now."""
        contents, lines = self._group.contents, self._group.lines
        for row, record in zip(run, records, strict=True):
            place = row.place + shift
            contents.append((pack, place, row.content))
            basis = () if record.basis is None else (record.basis,)
            where = (row.digest, record.codec, pack, place, record.size, row.stored, *basis)
            lines.append(content_line(where, record.cipher))

    def _move_signatures(self, number: int, pack: int, target: PackWriter) -> None:
        """Copy the signatures of a pack; one that is damaged is made anew when it is wanted."""
        for run, _, data in _pieces(pack, signing.records_of(self._db, number), target):
            if not data:
                self._group.bad_signatures += [row.content for row in run]
                continue
            shift = self._append(run, data, target)
            found = [(target.number, row.place + shift, row.content) for row in run]
            self._group.signatures += found

    def _give_up(self, number: int, pack: int, lost: Sequence[PackedRow]) -> None:
        """Let contents that are marked as damaged lie nowhere."""
        if lost and self._keeps_damaged:
            os.makedirs(self._layout.quarantine, mode=0o700, exist_ok=True)
            for row in lost:
                if rest := _read(pack, row.place, HEADER.size + row.stored):
                    name = f"{number}.pack+{row.place}"
                    replace_durably(os.path.join(self._layout.quarantine, name), rest, 0o600)
        self._group.lost += [row.content for row in lost]


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
