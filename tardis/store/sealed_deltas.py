"""Deltas and signatures of encrypted stores: taken in and checked without a key, read with one.

The server can neither make the signature of what it cannot read, nor put a content together
that came as a delta, so both sides of that are the client's.  A small delta is one sealed
piece, which begins with the delta's own length; a large one is a file of segments like any
large content.  Their headers tell the size of the content that they make.
"""

import os
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Final

from tardis.crypto import OVERHEAD, DeltaPlace, Seals, check_piece
from tardis.model import (
    SEGMENT,
    SMALL,
    Content,
    IntegrityError,
    RawStore,
    StoredContent,
    TardisError,
)
from tardis.streams import Codec, expand

from .backlog import Backlog
from .chains import SmallContent
from .large import LargeContent, LargeWriter, SegmentFile, stored_size
from .partials import Partial
from .records import SEALED, Kind, parse_record
from .sealed import SealedSegments, check_large


class SealedDeltaUpload:
    """Takes a delta's sealed segments at once; a small delta stays in memory.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        name: What tells it from other uploads, should it be cut off; empty: nothing is kept.

    Attributes:
        size: Plain bytes of the delta so far.
        small: (codec, sealed piece) of a delta that is kept in a pack.
        has_holes: Never; as `Upload` has it.
    """

    has_holes: Final = False

    def __init__(self, path: str, backlog: Backlog, name: bytes = b"") -> None:
        self.size = 0
        self.small: tuple[int, bytes] | None = None
        self._path = path
        self._name: Final = name
        self._backlog = backlog
        self._file: LargeWriter | None = None
        self._segments = self._segment_bytes = 0

    def go_on(self, found: Partial) -> None:
        """Go on behind the segments of *found*, before anything was added."""
        self._path, self.size = found.path, found.parts * SEGMENT
        self._segments, self._segment_bytes = found.parts, found.stored
        self._backlog.put(partial(self._go_on, found), 0)

    @property
    def stored(self) -> int:
        """Bytes that it takes in the store, without the header."""
        if self.small is not None:
            return len(self.small[1])
        return stored_size(self._segment_bytes, self._segments)

    @property
    def codec(self) -> int:
        """As the catalog tells it: none of a file, whose segments have each their own."""
        return int(Codec.NONE) if self.small is None else self.small[0]

    def header_size(self, size: int) -> int:
        """Return the plain size that the header tells: *size*, of the content that it makes."""
        return size

    def add(self, codec: int, size: int, data: bytes, mark: bytes = b"") -> None:
        """Append one segment of *size* plain bytes, sealed to *data*.

        Args:
            codec: How it was compressed before it was sealed.
            size: Its plain bytes.
            data: The sealed piece.
            mark: See `SealedUpload.add_at`.

        Raises:
            TardisError: Something before could not be kept.
        """
        if not self._segments and size <= SMALL and len(data) <= SMALL + OVERHEAD:
            self.small = codec, data
        else:
            self._put(codec, data, mark)
        self.size += size
        self._segments += 1
        self._segment_bytes += len(data)

    def end(self, piece: bytes) -> None:
        """Take the last *piece* of a delta that is to be a file; empty for one in a pack.

        Raises:
            IntegrityError: What has arrived cannot be the one that it is said to be.
            TardisError: Something before could not be kept.
        """
        if not piece:
            if self.small is None:
                raise IntegrityError("a large delta has no last piece")
            return
        if self.small is not None:
            self._put(*self.small)
            self.small = None
        self._put(Codec.NONE, piece)
        self._segments += 1
        self._segment_bytes += len(piece)

    def keep(self, content: StoredContent, basis: bytes, path: str | None) -> list[str]:
        """Let the delta that makes *content* have the name *path*; its reader proves that it does.

        Args:
            content: As it will stand in the catalog.
            basis: Digest of what it stands on.
            path: None for a small delta, which goes into a pack.

        Returns:
            The files that this makes.

        Raises:
            TardisError: Something before could not be kept, or is damaged.
        """
        self._backlog.put(partial(self._keep, content, basis, path), 0)
        self.abandon()  # if that never happens
        return [] if path is None else [path]

    def abandon(self) -> None:
        """Remove what has arrived."""
        self._backlog.put(self._abandon, 0, always=True)

    def leave(self) -> str:
        """Keep what has arrived to be gone on with, see `SegmentUpload.leave`."""
        try:
            self._backlog.wait(self._backlog.mark())
        except TardisError:
            self.abandon()
        else:
            self._backlog.put(self._leave, 0, always=True)
        return self._path

    def _put(self, codec: int, data: bytes, mark: bytes = b"") -> None:
        self._backlog.put(partial(self._take, codec, data, mark), len(data))

    def _go_on(self, found: Partial) -> None:
        self._file = LargeWriter.resumed(found)

    def _leave(self) -> None:
        if self._file is not None:
            self._file.leave()
            self._file = None

    def _take(self, codec: int, data: bytes, mark: bytes) -> None:
        check_piece(data)
        if self._file is None:
            self._file = LargeWriter(self._path, upload=self._name)
            self._file.cipher = SEALED
        self._file.add(codec, data, mark)

    def _keep(self, content: StoredContent, basis: bytes, path: str | None) -> None:
        if path is None:
            if self.small is not None:
                check_piece(self.small[1])
        elif self._file is not None:
            self._file.finish(content.size, content.digest, basis)
            os.rename(self._path, path)
            self._file = None

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()
            self._file = None


def open_sealed_delta(
    raw: RawStore,
    chain: tuple[StoredContent, StoredContent],
    key: bytes,
    seals: Seals,
) -> Content:
    """Open the delta itself that a content is kept as.

    Args:
        raw: The store as it lies.
        chain: The content, and what it stands on.
        key: See `crypto.content_key`.
        seals: Of the repository.

    Raises:
        IntegrityError: It is absent, or is another one, or was changed.
    """
    content, basis = chain
    if content.pack is None:
        file = raw.file(content.digest, content.place)
        return LargeContent(SealedSegments(file, content, seals, basis.digest), content, key)
    codec, piece = _small_delta(raw, content, basis)
    place = DeltaPlace(codec, content.size, content.digest, basis.digest)
    size, data = seals.open_delta(place, piece)
    if size > SMALL:
        raise IntegrityError("a small delta has an impossible size")
    return SmallContent(expand(codec, data, size))


def check_links(raw: RawStore, links: Sequence[StoredContent]) -> None:
    """Compare each piece of a sealed content, and of all it stands on, with its checksum.

    Args:
        raw: The store as it lies.
        links: What stands on what, the whole copy last.

    Raises:
        IntegrityError: Something is absent, is another one, or is damaged.
    """
    for content, basis in zip(links, [*links[1:], None], strict=True):
        if content.pack is None:
            file = raw.file(content.digest, content.place)
            for _ in check_large(file, content, None if basis is None else basis.digest):
                pass
        elif basis is not None:
            check_piece(_small_delta(raw, content, basis)[1])
        else:
            data = raw.record(content.pack, content.place, content.stored)
            record, payload = parse_record(data, content.pack, content.place, content.stored)
            if (record.kind, record.digest) != (Kind.DATA, content.digest):
                raise IntegrityError(f"pack {content.pack} holds another content")
            check_piece(payload)


def look_at_links(raw: RawStore, links: Sequence[StoredContent]) -> None:
    """Make sure, by headers alone, that a sealed content and all it stands on are there.

    Raises:
        IntegrityError: Something is absent, or is another one.
    """
    for content, basis in zip(links, [*links[1:], None], strict=True):
        if content.pack is None:
            file = raw.file(content.digest, content.place)
            with closing(SegmentFile(file, content, None if basis is None else basis.digest)):
                pass
        elif basis is not None:
            _small_delta(raw, content, basis)


def _small_delta(raw: RawStore, content: StoredContent, basis: StoredContent) -> tuple[int, bytes]:
    """Return codec and sealed piece of a delta that lies in a pack."""
    number = content.pack or 0
    data = raw.record(number, content.place, content.stored)
    record, piece = parse_record(data, number, content.place, content.stored)
    wanted = (Kind.DELTA, SEALED, content.size, content.digest, basis.digest)
    if (record.kind, record.cipher, record.size, record.digest, record.basis) != wanted:
        raise IntegrityError(f"pack {number} holds another delta at {content.place}")
    return record.codec, piece
