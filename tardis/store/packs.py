"""Packs: many small records, one after another, in append-only files of about 64 MiB.

A pack is only ever appended to beyond its real end.  Bytes that no committed row names
are dead; they are neither trusted nor cut off.  A pack that is longer than its committed
length was left by a failed or killed run, and gets nothing more.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Final

from tardis.model import IntegrityError

from .appending import Appender
from .backlog import Backlog
from .catalog.group import Group
from .layout import Layout
from .records import GROUP_ALIGNMENT, HEADER, Kind, Record, pack_header, parse_record

PACK_BYTES: Final = 64 << 20
"""A pack that has grown to this many bytes is closed."""

Proof = Callable[[int, int, bytes, bytes | memoryview], object]
"""(codec, plain size, digest, stored bytes) → IntegrityError when they are not what they say."""

_BATCH_BYTES: Final = 1 << 20
_BATCH_RECORDS: Final = 256
"""What is handed over at once, at the most."""

_Waiting = tuple[int, int, int, bytes, bytes | memoryview, bytes] | bytes
"""(kind, codec, plain size, digest, stored bytes, basis) of a record; a whole one, or a gap."""

_SEALED: Final = (Kind.DATA, Kind.DELTA, Kind.SIGNATURE)
"""Kinds of records that are sealed where contents are."""

MAX_RECORD: Final = 64 << 20
"""Stored bytes of a record in a pack, at the most."""


class PackWriter:
    """Appends records to one pack after the other.

    Args:
        layout: Of the store.
        last: Number and committed length of the pack to go on with; (0, 0) begins one.
        next_number: Returns a pack number that was never used, each time it is called.
        head: Keys text for the head of every new pack.
        later: The backlog where batches are written while the next one is gathered, and what
            proves records of contents before; None: they are written at once, unproved.
        is_direct: Write past the page cache.

    Attributes:
        cipher: Of the contents that are appended.
    """

    def __init__(  # noqa: PLR0913 - what tells one sort of packs from another
        self,
        layout: Layout,
        last: tuple[int, int],
        next_number: Callable[[], int],
        head: bytes,
        later: tuple[Backlog, Proof] | None = None,
        *,
        is_direct: bool = False,
    ) -> None:
        self._layout = layout
        self._head = head
        self._next_number = next_number
        self._backlog: Backlog | None = later[0] if later else None
        self._prove: Proof | None = later[1] if later else None
        self._batch: list[_Waiting] = []
        self._waiting = 0
        self._touched: dict[int, int] = {}
        self._is_direct = is_direct
        self.cipher = 0
        self._descriptor = -1
        self.number = 0
        self.offset = 0
        self._open(*last)

    def append(  # noqa: PLR0913, PLR0917 - the fields of a header, in their order
        self,
        kind: int,
        codec: int,
        size: int,
        digest: bytes,
        payload: bytes | memoryview,
        basis: bytes = b"",
    ) -> int:
        """Append one record; return its offset in pack `number`."""
        place = self.offset
        self._batch.append((kind, codec, size, digest, payload, basis))
        length = HEADER.size + len(payload)
        self.offset = place + length
        self._waiting += length
        if self._waiting >= _BATCH_BYTES or len(self._batch) >= _BATCH_RECORDS:
            self.write()
        return place

    def append_raw(self, record: bytes) -> int:
        """Append a whole record as another pack holds it; return its offset in `number`."""
        place = self.offset
        self._batch.append(record)
        self.offset += len(record)
        self._waiting += len(record)
        if self._waiting >= _BATCH_BYTES or len(self._batch) >= _BATCH_RECORDS:
            self.write()
        return place

    def begin_record(self) -> None:
        """Change to a new pack where the present one is full; call before `append`."""
        if self.offset >= PACK_BYTES:
            self.begin_pack()

    def begin_pack(self) -> None:
        """Change to a new pack, also where the last one was closed."""
        if self._descriptor >= 0:
            self.write()
            self._do(self._appender.flush)
            self._close()
        self._open(self._next_number(), 0)

    def seal(self) -> dict[int, int]:
        """Write out all that waits; return the lengths of the packs written, by number.

        What comes afterwards starts at a fresh boundary.  With a backlog all is written
        once the jobs that it has now are done.
        """
        self.write()
        self._do(self._appender.flush)
        lengths, self._touched = self._touched, {}
        self._add_gap()
        return lengths

    def seal_into(self, group: Group, holds: str) -> None:
        """Seal, and tell *group* which packs were written, that hold contents or manifests."""
        for number, length in self.seal().items():
            group.packs.append((number, holds, length))
            group.files.append(self._layout.pack(number))
        group.folders.add(self._layout.packs)

    def close(self) -> None:
        """Close the file; what was not sealed is dead."""
        self._batch.clear()
        if self._descriptor >= 0:
            _close(self._appender, self._descriptor)
            self._descriptor = -1

    def _open(self, number: int, length: int) -> None:
        """Go on with pack *number* if it has that *length*, else with the next unused one."""
        while not (number and self._has_opened(number, length)):
            number, length = self._next_number(), 0
        self.number, self.offset, self._waiting = number, length, 0
        if length == 0:
            self.append(Kind.KEYS, 0, len(self._head), b"", self._head)
        self._add_gap()

    def _add_gap(self) -> None:
        gap = -self.offset % GROUP_ALIGNMENT
        if gap:
            self._batch.append(bytes(gap))
            self._waiting += gap
            self.offset += gap

    def _has_opened(self, number: int, length: int) -> bool:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | (0 if length else os.O_CREAT)
        try:
            descriptor = os.open(self._layout.pack(number), flags, 0o666)
        except FileNotFoundError:
            if not length:
                raise
            return False
        if os.fstat(descriptor).st_size == length:
            self._descriptor = descriptor
            self._appender = Appender(descriptor, length, is_direct=self._is_direct)
            return True
        os.close(descriptor)
        return False

    def write(self) -> None:
        """Hand over what was appended, to be proved and written with what follows."""
        if self._batch:
            job = partial(_write_batch, self._appender, self._batch, self._prove, self.cipher)
            self._do(job, self._waiting)
            self._batch, self._waiting = [], 0
        self._touched[self.number] = self.offset

    def _do(self, job: Callable[[], object], size: int = 0) -> None:
        if self._backlog is None:
            job()
        else:
            self._backlog.put(job, size)

    def _close(self) -> None:
        """Close the file once all of it is written."""
        job = partial(_close, self._appender, self._descriptor)
        self._descriptor = -1
        if self._backlog is None:
            job()
        else:
            self._backlog.put(job, 0, always=True)


def _close(appender: Appender, descriptor: int) -> None:
    appender.close()
    os.close(descriptor)


def _write_batch(
    appender: Appender, batch: list[_Waiting], prove: Proof | None, cipher: int
) -> None:
    add = appender.add
    for one in batch:
        if isinstance(one, bytes):
            add(one)
            continue
        kind, codec, size, digest, payload, basis = one
        if prove is not None and kind == Kind.DATA:
            prove(codec, size, digest, payload)
        own = cipher if kind in _SEALED else 0
        add(pack_header(kind, codec, size, digest, len(payload), basis, own))
        add(payload)


class PackReader:
    """Reads records from packs, keeping a few open.

    Args:
        layout: Of the store.
    """

    _KEPT: Final = 16

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._open: dict[int, int] = {}

    def record(self, number: int, place: int, stored: int) -> tuple[Record, bytes]:
        """Return header and stored bytes of the record of *stored* bytes at *place*.

        Raises:
            IntegrityError: There is no such record.  The bytes behind its header are proved
                by their digest alone.
        """
        return parse_record(self.data(number, place, stored), number, place, stored)

    def raw(self, number: int, place: int, stored: int, digest: bytes) -> tuple[bytes, Record]:
        """Return the whole record of *digest* as it lies there, and its header.

        Raises:
            IntegrityError: There is no such record.
        """
        data = self.data(number, place, stored)
        record, _ = parse_record(data, number, place, stored)
        if record.digest != digest:
            raise IntegrityError(f"pack {number} holds another content at {place}")
        return data, record

    def data(self, number: int, place: int, stored: int) -> bytes:
        """Return what lies where a record of *stored* bytes should, its header in front.

        Raises:
            IntegrityError: It cannot be read, or no record is that long.
        """
        if stored > MAX_RECORD:
            raise IntegrityError(f"pack {number} cannot hold a record of {stored} bytes")
        try:
            return os.pread(self._descriptor(number), HEADER.size + stored, place)
        except (OSError, OverflowError) as error:
            raise IntegrityError(f"pack {number} cannot be read: {_why(error)}") from error

    def close(self) -> None:
        """Close all files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _descriptor(self, number: int) -> int:
        found = self._open.get(number)
        if found is None:
            if len(self._open) >= self._KEPT:
                os.close(self._open.pop(next(iter(self._open))))
            path = self._layout.pack(number)
            found = self._open[number] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return found


def _why(error: OSError | OverflowError) -> str:
    return getattr(error, "strerror", None) or str(error)
