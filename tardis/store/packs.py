"""Packs: many small records, one after another, in append-only files of about 64 MiB.

A pack is only ever appended to beyond its real end.  Bytes that no committed row names
are dead; they are neither trusted nor cut off.  A pack that is longer than its committed
length was left by a failed or killed run, and gets nothing more.
"""

import os
from collections.abc import Callable
from typing import Final

from tardis.model import IntegrityError

from .flush import write_all
from .layout import Layout
from .records import GROUP_ALIGNMENT, HEADER, Kind, Record, pack_header, parse_header

PACK_BYTES: Final = 64 << 20
"""A pack that has grown to this many bytes is closed."""

_BATCH_BYTES: Final = 1 << 20
_BATCH_PARTS: Final = 512
_MAX_RECORD: Final = 64 << 20


class PackWriter:
    """Appends records to one pack after the other.

    Args:
        layout: Of the store.
        last: Number and committed length of the pack to go on with; (0, 0) begins one.
        next_number: Returns a pack number that was never used, each time it is called.
        head: Keys text for the head of every new pack.
    """

    def __init__(
        self, layout: Layout, last: tuple[int, int], next_number: Callable[[], int], head: bytes
    ) -> None:
        self._layout = layout
        self._head = head
        self._next_number = next_number
        self._parts: list[bytes] = []
        self._waiting = 0
        self._touched: dict[int, int] = {}
        self._descriptor = -1
        self.number = 0
        self.offset = 0
        self._open(*last)

    def append(self, kind: int, codec: int, size: int, digest: bytes, payload: bytes) -> int:
        """Append one record; return its offset in pack `number`."""
        place = self.offset
        header = pack_header(kind, codec, size, digest, len(payload))
        self._parts += (header, payload)
        length = len(header) + len(payload)
        self.offset = place + length
        self._waiting += length
        if self._waiting >= _BATCH_BYTES or len(self._parts) >= _BATCH_PARTS:
            self._write()
        return place

    def begin_record(self) -> None:
        """Change to a new pack where the present one is full; call before `append`."""
        if self.offset >= PACK_BYTES:
            self._write()
            self._close()
            self._open(self._next_number(), 0)

    def seal(self) -> dict[int, int]:
        """Write out all that waits; return the lengths of the packs written, by number.

        What comes afterwards starts at a fresh boundary.
        """
        self._write()
        self._touched[self.number] = self.offset
        lengths, self._touched = self._touched, {}
        gap = -self.offset % GROUP_ALIGNMENT
        if gap:
            self._parts.append(bytes(gap))
            self._waiting += gap
            self.offset += gap
        return lengths

    def close(self) -> None:
        """Close the file; what was not sealed is dead."""
        self._parts.clear()
        self._close()

    def _open(self, number: int, length: int) -> None:
        """Go on with pack *number* if it has that *length*, else with the next unused one."""
        while not (number and self._has_opened(number, length)):
            number, length = self._next_number(), 0
        self.number, self.offset, self._waiting = number, length, 0
        if length == 0:
            self.append(Kind.KEYS, 0, len(self._head), b"", self._head)
        gap = -self.offset % GROUP_ALIGNMENT
        self._parts.append(bytes(gap))
        self._waiting += gap
        self.offset += gap

    def _has_opened(self, number: int, length: int) -> bool:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | (0 if length else os.O_CREAT)
        try:
            self._descriptor = os.open(self._layout.pack(number), flags, 0o666)
        except FileNotFoundError:
            if not length:
                raise
            return False
        if os.fstat(self._descriptor).st_size == length:
            return True
        self._close()
        return False

    def _write(self) -> None:
        if self._parts:
            written = os.writev(self._descriptor, self._parts)
            if written != self._waiting:
                write_all(self._descriptor, b"".join(self._parts)[written:])
            self._parts.clear()
            self._waiting = 0
        self._touched[self.number] = self.offset

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


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
        if stored > _MAX_RECORD:
            raise IntegrityError(f"pack {number} cannot hold a record of {stored} bytes")
        try:
            data = os.pread(self._descriptor(number), HEADER.size + stored, place)
        except OSError as error:
            raise IntegrityError(f"pack {number} cannot be read: {error.strerror}") from error
        record = parse_header(data)
        payload = data[HEADER.size :]
        if record.stored != stored or len(payload) != stored:
            raise IntegrityError(f"pack {number} holds another record at {place}")
        return record, payload

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
