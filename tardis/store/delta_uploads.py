"""A delta on its way into the store: proved against its basis before its content counts."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Final

from tardis.model import SEGMENT, SMALL, Content, IntegrityError, StoredContent, TardisError
from tardis.streams import Codec, compress, expand

from .backlog import Backlog
from .chains import DeltaContent, Held, SmallContent
from .large import LargeContent, LargeWriter, stored_size
from .partials import Partial

KEEPS_PLAIN: Final = 0.8
"""A segment of a rebuilt content stays as it is unless it shrinks to this part."""


class DeltaUpload:
    """Takes a delta's segments at once; small deltas stay in memory.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        key: See `crypto.content_key`.
        basis: The content it stands on, open; closed with this.
        name: What tells it from other uploads, should it be cut off; empty: nothing is kept.

    Attributes:
        size: Plain bytes of the delta so far.
        small: (codec, stored bytes) of a delta that is kept in a pack.
        has_holes: Never; as `Upload` has it.
    """

    has_holes: Final = False

    def __init__(
        self, path: str, backlog: Backlog, key: bytes, basis: Held, name: bytes = b""
    ) -> None:
        self.size = 0
        self.small: tuple[int, bytes] | None = None
        self._path = path
        self._name: Final = name
        self._backlog = backlog
        self._key = key
        self._basis = basis
        self._file: LargeWriter | None = None
        self._segments = self._segment_bytes = 0
        self._codec = int(Codec.NONE)

    def go_on(self, found: Partial) -> None:
        """Go on behind the segments of *found*, before anything was added."""
        self._path, self._codec = found.path, found.codec
        self.size = found.parts * SEGMENT
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

    def header_size(self, _size: int) -> int:
        """Return the plain size that the header tells: the delta's own."""
        return self.size

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append one segment of *size* plain bytes, stored as *data*.

        Raises:
            TardisError: Something before could not be kept.
        """
        self._codec = max(self._codec, codec)
        if not self._segments and size <= SMALL and len(data) <= SMALL:
            self.small = codec, data
        else:
            self._backlog.put(partial(self._add, codec, size, data), len(data))
        self.size += size
        self._segments += 1
        self._segment_bytes += len(data)

    def keep(self, content: StoredContent, basis: bytes, path: str | None) -> list[str]:
        """Prove that the delta makes *content*, then let it have the name *path*.

        Args:
            content: As it will stand in the catalog.
            basis: Digest of what it stands on.
            path: None for a small delta, which goes into a pack.

        Returns:
            The files that this makes.

        Raises:
            TardisError: Something before could not be kept, or did not match.
        """
        self._backlog.put(partial(self._keep, content, basis, path), 0)
        self.abandon()  # if that never happens
        return [] if path is None else [path]

    def rebuild(self, content: StoredContent, basis: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield the segments of the whole content: (codec, plain size, stored bytes).

        Waits for what was handed over; the digest is verified at the end.

        Raises:
            IntegrityError: The delta does not make *content* of its basis.
        """
        self._backlog.wait(self._backlog.mark())
        codec = max(self._codec, self._basis.codec)
        with self._opened(content, basis) as made:
            yield from self._segments_of(made.chunks(), codec)

    def abandon(self) -> None:
        """Remove what has arrived, and close the basis."""
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

    def _go_on(self, found: Partial) -> None:
        self._file = LargeWriter.resumed(found)

    def _leave(self) -> None:
        self._basis.close()
        if self._file is not None:
            self._file.leave()
            self._file = None

    def _add(self, codec: int, size: int, data: bytes) -> None:
        if self._file is None:
            self._file = LargeWriter(self._path, upload=self._name)
        expand(codec, data, size)
        self._file.add(codec, data)

    def _keep(self, content: StoredContent, basis: bytes, path: str | None) -> None:
        with self._opened(content, basis) as made:
            try:
                read_all(made)
            except IntegrityError:
                read_all(self._basis)  # is that what is damaged?
                raise
        if path is not None:
            self._place(content, basis, path)

    def _place(self, content: StoredContent, basis: bytes, path: str) -> None:
        os.rename(self._path, path)

    def _opened(self, content: StoredContent, basis: bytes) -> closing[DeltaContent]:
        """Finish the delta, and open what it makes."""
        delta = self._open_delta(content, basis)
        try:
            return closing(DeltaContent(content, delta, self._basis, self._key))
        except IntegrityError:
            delta.close()
            raise

    def _open_delta(self, content: StoredContent, basis: bytes) -> Content:
        if self.small is not None:
            codec, data = self.small
            return SmallContent(expand(codec, data, self.size))
        if self._file is None:
            raise IntegrityError("a delta without a single byte")
        stored = self._file.finish(self.size, content.digest, basis)
        self._file = None
        return LargeContent(self._path, content._replace(stored=stored), self._key, basis)

    def _segments_of(self, chunks: Iterable[bytes], codec: int) -> Iterator[tuple[int, int, bytes]]:
        return segments(chunks, codec)

    def _abandon(self) -> None:
        self._basis.close()
        if self._file is not None:
            self._file.abandon()
            self._file = None
        elif self.small is None and self._segments and os.path.lexists(self._path):
            os.unlink(self._path)


def read_all(content: Content) -> None:
    """Read a content, which proves it.

    Raises:
        IntegrityError: It is damaged.
    """
    for _ in content.chunks():
        pass


def segments(chunks: Iterable[bytes], codec: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (codec, plain size, stored bytes) of each of *chunks*, compressed where it pays."""
    for part in chunks:
        packed = part if codec == Codec.NONE else compress(codec, part)
        if len(packed) > KEEPS_PLAIN * len(part):
            yield Codec.NONE, len(part), part
        else:
            yield codec, len(part), packed
