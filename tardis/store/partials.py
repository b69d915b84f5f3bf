"""Large contents that were cut off on their way in, kept so that the next run can go on.

Beside what has arrived lies ``<name>.parts``: which upload it is, and a row of the index for
each segment.  Neither is flushed, and no row of the catalog names them: before anybody
relies on a segment it is read from the disk again, expanded and digested.  What cannot be
used, and what a complete set or a purge finds left, is removed.
"""

import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tardis.model import RESUMABLE, SEGMENT, IntegrityError
from tardis.streams import HOLED_SEGMENT, expand

from .proofs import SegmentProof
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


class PartsList:
    """The list of segments beside a content that is on its way.

    Args:
        path: Of the content's temporary file.
        upload: Which upload it is, 32 bytes.
        rows: Of the segments so far.
        has_holes: It is the content of a file with holes.
    """

    def __init__(self, path: str, upload: bytes, rows: bytes, *, has_holes: bool) -> None:
        self._path = path + PARTS
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o666)
        self.add(_pack_head(upload, has_holes) + rows)

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
        rows: Of its segments, those that are whole.
        parts: How many segments these are.
        stored: Bytes that they take.
        codec: The highest of theirs.
        proof: Has digested them.
    """

    path: str
    upload: bytes
    rows: bytes
    parts: int
    stored: int
    codec: int
    proof: SegmentProof

    @property
    def has_holes(self) -> bool:
        """Whether it is the content of a file with holes."""
        return self.proof.has_holes


class Partials:
    """What runs that were cut off have left of large contents.

    Args:
        folder: Where contents arrive; what is of no use there is removed now.
        key: The repository's digest key.

    Raises:
        OSError: The directory cannot be looked into, or cleared.
    """

    def __init__(self, folder: str, key: bytes) -> None:
        self._folder = folder
        self._key = key
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
            upload = _upload_of(path)
            if upload is not None and upload not in self._paths and len(self._paths) < MOST:
                self._paths[upload] = path
        kept = {one for path in self._paths.values() for one in (path, path + PARTS)}
        for path in paths:
            if path not in kept:
                os.unlink(path)


def _pack_head(upload: bytes, has_holes: bool) -> bytes:
    flags = HAS_HOLES if has_holes else 0
    head = _HEAD.pack(_MAGIC, flags, upload, 0)
    return _HEAD.pack(_MAGIC, flags, upload, zlib.crc32(head))


def _read_list(path: str) -> tuple[bytes, bool, bytes] | None:
    """Return (upload, has holes, rows) of the list beside *path*, None where it is none."""
    try:
        with open(path + PARTS, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    _, flags, upload, _ = _HEAD.unpack_from(data)
    if data[: _HEAD.size] != _pack_head(upload, bool(flags)):
        return None
    return upload, bool(flags), data[_HEAD.size :]


def _upload_of(path: str) -> bytes | None:
    found = _read_list(path)
    return None if found is None else found[0]


def _digest(path: str, upload: bytes, key: bytes, pulse: Callable[[], None]) -> Partial | None:
    """Read what is there of a content; None where that is too little to be of use."""
    told = _read_list(path)
    if told is None or told[0] != upload:
        return None
    _, has_holes, rows = told
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = _digest_open(descriptor, rows, SegmentProof(key, has_holes=has_holes), pulse)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    parts, stored, codec, proof = found
    if parts < RESUMABLE:
        return None
    row = HOLED_INDEX if has_holes else INDEX
    return Partial(path, upload, rows[: parts * row.size], parts, stored, codec, proof)


def _digest_open(
    descriptor: int, rows: bytes, proof: SegmentProof, pulse: Callable[[], None]
) -> tuple[int, int, int, SegmentProof]:
    """Return (segments, stored bytes, highest codec, proof) of those that are whole.

    What is in memory is not believed: an earlier failure to write may have left it there.

    Raises:
        OSError: It cannot be written out, or not be read.
    """
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    row = HOLED_INDEX if proof.has_holes else INDEX
    parts, place, highest = 0, HEADER.size, 0
    whole = len(rows) - len(rows) % row.size
    for length, checksum, codec, *rest in row.iter_unpack(rows[:whole]):
        pulse()
        size = rest[0] if rest else SEGMENT
        if length > HOLED_SEGMENT or not SEGMENT <= size <= HOLED_SEGMENT:
            break
        data = os.pread(descriptor, length, place)
        if len(data) != length or zlib.crc32(data) != checksum:
            break
        try:
            proof.add(expand(codec, data, size))
        except IntegrityError:
            break
        parts, place, highest = parts + 1, place + length, max(highest, codec)
    return parts, place - HEADER.size, highest, proof
