"""What lies in a store's packs and files, found out by looking at every record's header.

Nothing that a catalog says is asked.  A record that is cut off or damaged is passed over:
the scan goes on at the next place where a group may begin.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tardis.model import DIGEST_SIZE, IntegrityError
from tardis.streams import StreamExpander, expand, unpack

from .layout import Layout
from .manifest import END, FORMAT
from .packs import PackReader
from .records import GROUP_ALIGNMENT, HEADER, Kind, Record, parse_header

MOST_PLAIN: Final = 512 << 20
"""Bytes that a manifest may have when expanded: far more than a group or a page has."""

_PACK: Final = re.compile(r"(\d{1,15})\.pack")
_LARGE: Final = re.compile(rf"([0-9a-f]{{{2 * DIGEST_SIZE}}})(?:-(\d{{1,9}}))?")
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_BATCH: Final = 2000

Found = tuple[Any, ...]
"""(digest, kind, codec, cipher, size, stored, basis, flags, pack, place) of a content's record."""


class Manifest(NamedTuple):
    """One manifest record, by where it lies.

    Attributes:
        pack, place: Where it lies; of a classic store the set's number and the n of its name.
        number: Of its set.
        mark: Empty for a group, ``SET`` for the end of a set, else the table of a page.
        pages: Of the last page of a full manifest: how many there are before it.
        last_set: Of that page: the highest set number that was ever given out by then.
    """

    pack: int
    place: int
    stored: int
    number: int
    sequence: int
    mark: str
    pages: int = 0
    last_set: int = 0

    @property
    def where(self) -> tuple[int, int]:
        """Tell where it lies; later records lie at higher places."""
        return (self.pack, self.place)


SET: Final = "."
"""Mark of the record that ends a set."""


@dataclass(slots=True)
class Scan:
    """What was found beside the contents.

    Attributes:
        ends: Pack number → end of its last whole record, bytes.
        manifests: In the order in which they were written.
        keys: Keys texts by pack number.
        files: Large contents seen.
        unreadable: Manifest records that could not be read.
        sealed: Contents of a classic store that are encrypted.
    """

    ends: dict[int, int] = field(default_factory=dict)
    manifests: list[Manifest] = field(default_factory=list)
    keys: dict[int, bytes] = field(default_factory=dict)
    files: int = 0
    unreadable: int = 0
    sealed: int = 0


def scan_store(layout: Layout, keep: Callable[[list[Found]], object]) -> Scan:
    """Look at every record; hand those of contents to *keep*, some thousand at a time.

    Raises:
        OSError: A directory of the store cannot be listed.
    """
    scan, batch = Scan(), list[Found]()
    with closing(PackReader(layout)) as reader:
        for number in pack_numbers(layout):
            scan.ends[number] = 0
            for place, record in iter_headers(layout.pack(number)):
                scan.ends[number] = place + HEADER.size + record.stored
                if record.kind in (Kind.DATA, Kind.DELTA):
                    batch.append(_found(record, number, place))
                else:
                    _note(scan, reader, (number, place), record)
                if len(batch) >= _BATCH:
                    keep(batch)
                    batch = []
    for digest, place, record in iter_large(layout):
        scan.files += 1
        if record.digest == digest:
            batch.append(_found(record, None, place))
    keep(batch)
    return scan


def pack_numbers(layout: Layout) -> list[int]:
    """Return the numbers of all packs that are there, in order."""
    with suppress(FileNotFoundError):
        names = map(_PACK.fullmatch, os.listdir(layout.packs))
        return sorted(int(name[1]) for name in names if name)
    return []


def iter_headers(path: str) -> Iterator[tuple[int, Record]]:
    """Yield (place, header) of every record of a pack that is not cut off."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        end, place = os.fstat(descriptor).st_size, 0
        while place + HEADER.size <= end:
            record = _header_at(descriptor, place)
            behind = place + HEADER.size + (record.stored if record else 0)
            if record is None or behind > end:
                place = (place // GROUP_ALIGNMENT + 1) * GROUP_ALIGNMENT
                continue
            yield place, record
            place = behind
    finally:
        os.close(descriptor)


def iter_large(layout: Layout) -> Iterator[tuple[bytes, int, Record]]:
    """Yield (digest by name, n of the name, header) of every large content's file."""
    for folder in sorted(os.listdir(layout.directory)):
        if not _FOLDER.fullmatch(folder):
            continue
        for name in sorted(os.listdir(os.path.join(layout.directory, folder))):
            match = _LARGE.fullmatch(name)
            path = os.path.join(layout.directory, folder, name)
            record = _large_header(path) if match and name.startswith(folder) else None
            if match and record is not None:
                yield bytes.fromhex(match[1]), int(match[2] or 0), record


def read_manifest(reader: PackReader, one: Manifest) -> tuple[Any, ...]:
    """Return the value of a manifest, see `manifest`.

    Raises:
        IntegrityError: It is damaged, or was written by a newer program.
    """
    record, payload = reader.record(one.pack, one.place, one.stored)
    return _value(record, payload)


def value_of(codec: int, payload: bytes, size: int | None) -> tuple[Any, ...]:
    """Return the value that a manifest's stored bytes stand for.

    Args:
        codec: Of its compression.
        payload: The stored bytes.
        size: Plain bytes; None where nothing tells them.

    Raises:
        IntegrityError: It is damaged, or was written by a newer program.
    """
    try:
        value = unpack(_expanded(codec, payload, size))
    except ValueError as error:
        raise IntegrityError(f"a manifest cannot be read: {error}") from error
    match value:
        case (int(form), int(), int(), None | tuple() | str(), tuple(), tuple()) if form == FORMAT:
            return tuple(value)
    raise IntegrityError("a manifest of another form")


def _expanded(codec: int, payload: bytes, size: int | None) -> bytes:
    if size is not None:
        return expand(codec, payload, size)
    stream, parts, total = StreamExpander(codec), list[bytes](), 0
    for piece in stream.feed(payload):
        total += len(piece)
        if total > MOST_PLAIN:
            raise IntegrityError("a manifest is far too large")
        parts.append(piece)
    stream.finish()
    return b"".join(parts)


def _header_at(descriptor: int, place: int) -> Record | None:
    try:
        return parse_header(os.pread(descriptor, HEADER.size, place))
    except (IntegrityError, OSError):
        return None


def _large_header(path: str) -> Record | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        record = _header_at(descriptor, 0)
        is_whole = record and os.fstat(descriptor).st_size >= HEADER.size + record.stored
        return record if is_whole else None
    finally:
        os.close(descriptor)


def _found(record: Record, pack: int | None, place: int) -> Found:
    return (
        record.digest, record.kind, record.codec, record.cipher, record.size, record.stored,
        record.basis, record.flags, pack, place,
    )  # fmt: skip


def _note(scan: Scan, reader: PackReader, where: tuple[int, int], record: Record) -> None:
    """Keep what a record says that is no content."""
    pack, place = where
    try:
        if record.kind == Kind.KEYS:
            scan.keys[pack] = reader.record(pack, place, record.stored)[1]
        elif record.kind == Kind.MANIFEST:
            value = _value(*reader.record(pack, place, record.stored))
            facts = (pack, place, record.stored, value[1], value[2])
            scan.manifests.append(Manifest(*facts, *mark_of(value)))
    except IntegrityError:
        scan.unreadable += 1


def _value(record: Record, payload: bytes) -> tuple[Any, ...]:
    if record.cipher or record.size > MOST_PLAIN:
        raise IntegrityError("a manifest that is sealed, or far too large")
    return value_of(record.codec, payload, record.size)


def mark_of(value: tuple[Any, ...]) -> tuple[str, int, int]:
    """Return the mark of a manifest's value; pages and highest set of the last page."""
    if value[3] is None:
        return "", 0, 0
    if isinstance(value[3], tuple):
        return SET, 0, 0
    match value[4]:
        case ((int(pages), int(last), *_),) if value[3] == END:
            return END, pages, last
    return value[3], 0, 0
