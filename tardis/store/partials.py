"""Large contents that were cut off on their way in, kept so that the next run can go on.

Beside what has arrived lies ``<name>.parts``: which upload it is, and a row of the index for
each segment.  Neither is flushed, and no row of the catalog names them: before anybody
relies on a segment it is read from the disk again, expanded and digested.  What cannot be
used, and what a complete set or a purge finds left, is removed.

Of sealed segments the server can only see that they are as they came.  Behind the row of each
lies the *mark* that its client sent with it, sealed too: by the newest of them the client
tells whether they are the beginning of its file, and goes on.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from tardis.crypto import OVERHEAD
from tardis.model import RESUMABLE, SEGMENT, IntegrityError
from tardis.streams import HOLED_SEGMENT

from .proofs import Proof, begin_proof
from .records import HAS_HOLES, HEADER

PARTS: Final = ".parts"
"""Ends the name of the list that lies beside a content that may be resumed."""

MOST: Final = 8
"""Contents that are kept at the most, the newest."""

INDEX: Final = struct.Struct("<IIB")
"""``stored u32 · checksum u32 · codec u8`` of a segment."""

HOLED_INDEX: Final = struct.Struct("<IIBIQ")
"""The same of one with holes, and ``plain u32 · first offset u64``."""

_HEAD = struct.Struct("<4sB32sI")
_MAGIC: Final = b"TdP1"
_SEALED: Final = 2
"""Flag beside `HAS_HOLES`: segments are sealed, and behind each row lies a mark."""

_LENGTH = struct.Struct("<H")


def pack_mark(mark: bytes) -> bytes:
    """Return what lies behind the row of a sealed segment."""
    return _LENGTH.pack(len(mark)) + mark


class PartsList:
    """The list of segments beside a content that is on its way.

    Args:
        path: Of the content's temporary file.
        upload: Which upload it is, 32 bytes.
        rows: Of the segments so far, with their marks where they are sealed.
        has_holes: It is the content of a file with holes.
        is_sealed: Its segments are sealed.
    """

    def __init__(
        self, path: str, upload: bytes, rows: bytes, *, has_holes: bool, is_sealed: bool
    ) -> None:
        self._path = path + PARTS
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o666)
        told = HAS_HOLES * has_holes | _SEALED * is_sealed
        self.add(_pack_head(upload, told) + rows)

    def add(self, row: bytes) -> None:
        """Append the row of a segment that has been written; a cut one is found out later."""
        os.write(self._descriptor, row)

    def close(self) -> None:
        """Let it lie there."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Remove it."""
        self.close()
        os.unlink(self._path)


@dataclass(frozen=True, slots=True)
class Partial:
    """The beginning of a content, read and digested.

    Attributes:
        path: Of its file.
        upload: Which upload it is.
        rows: Of its segments, those that are whole, as the list has them.
        index: The same as the index has them.
        parts: How many segments these are.
        stored: Bytes that they take.
        codec: The highest of theirs.
        proof: Has looked at them.
        mark: By which the client knows them, of segments that are sealed; else empty.
    """

    path: str
    upload: bytes
    rows: bytes
    index: bytes
    parts: int
    stored: int
    codec: int
    proof: Proof
    mark: bytes

    @property
    def has_holes(self) -> bool:
        """Whether it is the content of a file with holes."""
        return self.proof.has_holes

    @property
    def is_sealed(self) -> bool:
        """Whether its segments are sealed."""
        return bool(self.mark)


class Partials:
    """What runs that were cut off have left of large contents.

    Args:
        folder: Where contents arrive; what is of no use there is removed now.
        key: The repository's digest key.
        is_sealed: Contents arrive sealed.

    Raises:
        OSError: The directory cannot be looked into, or cleared.
    """

    def __init__(self, folder: str, key: bytes, *, is_sealed: bool = False) -> None:
        self._folder = folder
        self._key = key
        self._is_sealed = is_sealed
        self._paths: dict[bytes, str] = {}
        self._found: dict[bytes, Partial] = {}
        self._scan()

    def __len__(self) -> int:
        return len(self._paths)

    def find(self, upload: bytes, pulse: Callable[[], None]) -> Partial | None:
        """Return what is there of an upload; it is read and digested when first asked for.

        Args:
            upload: 32 bytes that tell it from others.
            pulse: Called for each segment; may raise.
        """
        if upload in self._found:
            return self._found[upload]
        path = self._paths.get(upload)
        if path is None:
            return None
        found = _digest(path, upload, self._key, pulse)
        if found is None:
            self._drop(upload)
        else:
            self._found[upload] = found
        return found

    def add(self, upload: bytes, path: str) -> None:
        """Take up what this run has just left of an upload."""
        self._paths[upload] = path
        self._found.pop(upload, None)

    def take(self, upload: bytes) -> Partial | None:
        """Return what `find` has returned, for good: the caller goes on writing it."""
        self._paths.pop(upload, None)
        return self._found.pop(upload, None)

    def clear(self) -> int:
        """Remove all; return the bytes that took."""
        return sum(self._drop(upload) for upload in list(self._paths))

    def _drop(self, upload: bytes) -> int:
        path = self._paths.pop(upload)
        self._found.pop(upload, None)
        with suppress(FileNotFoundError):
            size = os.stat(path).st_size
            os.unlink(path)
            os.unlink(path + PARTS)
            return size
        return 0

    def _scan(self) -> None:
        """Remember what can be resumed; remove everything else."""
        names = os.listdir(self._folder)
        paths = [os.path.join(self._folder, name) for name in names]
        lists = {path for path in paths if path.endswith(PARTS)}
        whole = [path for path in paths if path + PARTS in lists]
        whole.sort(key=lambda path: os.stat(path).st_mtime_ns, reverse=True)
        for path in whole:
            told = _read_list(path)
            if told is None or told.is_sealed != self._is_sealed or len(self._paths) >= MOST:
                continue
            self._paths.setdefault(told.upload, path)
        kept = {one for path in self._paths.values() for one in (path, path + PARTS)}
        for path in paths:
            if path not in kept:
                os.unlink(path)


class _List(NamedTuple):
    """What the list beside a content says."""

    upload: bytes
    flags: int
    rows: bytes

    @property
    def has_holes(self) -> bool:
        return bool(self.flags & HAS_HOLES)

    @property
    def is_sealed(self) -> bool:
        return bool(self.flags & _SEALED)

    def iter_rows(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield row of the index, mark, and the end in *rows* of each segment."""
        size = HOLED_INDEX.size if self.has_holes else INDEX.size
        end, rows = 0, self.rows
        while end + size <= len(rows):
            row, mark = rows[end : end + size], b""
            end += size
            if self.is_sealed:
                begin = end + _LENGTH.size
                if begin > len(rows):
                    return
                end = begin + _LENGTH.unpack_from(rows, end)[0]
                if end > len(rows):
                    return
                mark = rows[begin:end]
            yield row, mark, end


def _pack_head(upload: bytes, flags: int) -> bytes:
    head = _HEAD.pack(_MAGIC, flags, upload, 0)
    return _HEAD.pack(_MAGIC, flags, upload, zlib.crc32(head))


def _read_list(path: str) -> _List | None:
    """Return the list beside *path*, None where it is none."""
    try:
        with open(path + PARTS, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    _, flags, upload, _ = _HEAD.unpack_from(data)
    if data[: _HEAD.size] != _pack_head(upload, flags):
        return None
    return _List(upload, flags, data[_HEAD.size :])


def _digest(path: str, upload: bytes, key: bytes, pulse: Callable[[], None]) -> Partial | None:
    """Read what is there of a content; None where that is too little to be of use."""
    told = _read_list(path)
    if told is None or told.upload != upload:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _digest_open(descriptor, path, told, key, pulse)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _digest_open(
    descriptor: int, path: str, told: _List, key: bytes, pulse: Callable[[], None]
) -> Partial | None:
    """Return what is whole; see `_digest`.

    What is in memory is not believed: an earlier failure to write may have left it there.

    Raises:
        OSError: It cannot be written out, or not be read.
    """
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    proof = begin_proof(key, has_holes=told.has_holes, is_sealed=told.is_sealed)
    shape = HOLED_INDEX if told.has_holes else INDEX
    index, last, end, stored, highest, parts = bytearray(), b"", 0, 0, 0, 0
    for row, mark, behind in told.iter_rows():
        pulse()
        length, checksum, codec, *rest = shape.unpack(row)
        size = rest[0] if rest else SEGMENT
        if length > HOLED_SEGMENT + OVERHEAD or not SEGMENT <= size <= HOLED_SEGMENT:
            break
        if told.is_sealed and parts + 1 >= RESUMABLE and not mark:
            break  # the client could not tell what it is: it is the last one
        data = os.pread(descriptor, length, HEADER.size + stored)
        if len(data) != length or zlib.crc32(data) != checksum:
            break
        try:
            proof.take(codec, size, data)
        except IntegrityError:
            break
        index += row
        last, end, stored = mark, behind, stored + length
        highest, parts = max(highest, codec), parts + 1
    if parts < RESUMABLE:
        return None
    found = (told.rows[:end], bytes(index), parts, stored, highest, proof, last)
    return Partial(path, told.upload, *found)
