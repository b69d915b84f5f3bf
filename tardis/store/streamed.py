"""Large contents and deltas on their way into a classic store: each becomes one stream."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Final

from tardis.crypto import Digester
from tardis.model import SEGMENT, Content, IntegrityError, StoredContent
from tardis.streams import Codec, StreamExpander, compress, iter_stream

from .backlog import Backlog
from .chains import Held
from .classic_reading import StreamFile
from .delta_uploads import KEEPS_PLAIN, DeltaUpload
from .flush import write_all
from .meta import BASIS, SUFFIX, Meta, meta_text

FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
"""Flags to make a file by, which nothing may have made before."""

_ZEROS: Final = bytes(SEGMENT)


class StreamWriter:
    """Writes one stream to a temporary file, and expands it on the way.

    Args:
        path: Of the file.

    Attributes:
        plain: Bytes that it stands for so far.
    """

    def __init__(self, path: str) -> None:
        self.plain = self._skipped = 0
        self._path: Final = path
        self._expander: StreamExpander | None = None
        self._descriptor = -1
        self._is_there = False

    def add(self, codec: int, declared: int, data: bytes, see: Callable[[bytes], object]) -> None:
        """Append a part; *see* gets the plain bytes that it brings.

        Args:
            codec: Of the stream.
            declared: Plain bytes that it stands for with this part, at the most.
            data: The part.
            see: Called any number of times.

        Raises:
            IntegrityError: It is damaged, or stands for more.
        """
        for piece in self._begun(codec).feed(data):
            self.plain += len(piece)
            if self.plain > declared:
                raise IntegrityError("an upload stands for more bytes than it declares")
            see(piece)
        write_all(self._descriptor, data)
        self._skipped = 0

    def put(self, data: bytes) -> None:
        """Append bytes of which only who has a key knows what they stand for."""
        self._begun(Codec.NONE)
        write_all(self._descriptor, data)

    def skip(self, size: int, see: Callable[[bytes], object]) -> None:
        """Leave a hole of *size* bytes, at most 1 MiB, in a file of plain bytes; see `add`."""
        self._begun(Codec.NONE)
        os.lseek(self._descriptor, size, os.SEEK_CUR)
        see(_ZEROS[:size])
        self.plain += size
        self._skipped = size

    def finish(self) -> None:
        """Make sure that the stream has come to its end, and close the file.

        Raises:
            IntegrityError: It has not.
        """
        if self._expander is not None:
            self._expander.finish()
        if self._skipped and self._descriptor >= 0:
            os.ftruncate(self._descriptor, self.plain)
        self._close()

    def rename(self, path: str) -> None:
        """Give the finished file its name."""
        os.rename(self._path, path)
        self._is_there = False

    def abandon(self) -> None:
        """Remove the file unless it has got its name."""
        self._close()
        if self._is_there:
            os.unlink(self._path)
            self._is_there = False

    def _begun(self, codec: int) -> StreamExpander:
        if self._expander is None:
            self._expander = StreamExpander(codec)
            self._descriptor = os.open(self._path, FRESH, 0o666)
            self._is_there = True
        return self._expander

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class ClassicUpload:
    """A large content on its way into a classic store; see `uploads.SegmentUpload`.

    All its segments are pieces of one compressed stream, or of the plain bytes.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        key: See `crypto.content_key`.
        has_holes: Its zeros are to be holes where it is restored.

    Attributes:
        cipher: 0, or `SEALED`.
        has_holes: Never: its segments are not those of extents.
        is_sparse: What was said of holes.
        size: Plain bytes so far.
        stored: Bytes that it takes in the store, so far.
        codec: Of the stream.
    """

    has_holes: Final = False
    cipher = 0

    def __init__(self, path: str, backlog: Backlog, key: bytes, *, has_holes: bool = False) -> None:
        self.is_sparse = has_holes
        self.size = self.stored = 0
        self.codec = int(Codec.NONE)
        self._backlog = backlog
        self._digester = Digester(key)
        self._path: Final = path
        self._file = StreamWriter(path)

    @property
    def data_bytes(self) -> int:
        """Bytes of its segments, expanded."""
        return self.size

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append what the stream has grown by when *size* more plain bytes went into it.

        No *data* where nothing is compressed stands for zeros that are a hole.

        Raises:
            IntegrityError: It changes its compression on the way.
            TardisError: An earlier segment, or something before, could not be kept.
        """
        self.codec = same_codec(self.codec if self.size else codec, codec)
        self.size += size
        see = self._digester.update
        if self.is_sparse and codec == Codec.NONE and not data:
            self.stored += size
            self._backlog.put(partial(self._file.skip, size, see), size)
        else:
            self.stored += len(data)
            self._backlog.put(partial(self._file.add, codec, self.size, data, see), len(data))

    def prove(self, digest: bytes, size: int) -> None:
        """Compare what has arrived with *digest*; see `uploads.SegmentUpload.prove`."""
        if size != self.size:
            raise IntegrityError("an upload is not as long as it should be")
        self._backlog.put(partial(self._prove, digest), 0)

    def keep(self, digest: bytes, path: str) -> list[str]:
        """Let the content, which was proved, have the name *path*; return the files made."""
        self._backlog.put(partial(self._keep, digest, path), 0)
        self.abandon()  # if that never happens
        return [path, path + SUFFIX]

    def abandon(self) -> None:
        """Remove what has arrived."""
        self._backlog.put(self._file.abandon, 0, always=True)

    def leave(self) -> str:
        """Remove what has arrived: one stream cannot be gone on with; return its path."""
        self.abandon()
        return self._path

    def _prove(self, digest: bytes) -> None:
        self._file.finish()
        if self._file.plain != self.size or self._digester.digest() != digest:
            raise IntegrityError("an upload does not match its digest")

    def _keep(self, digest: bytes, path: str) -> None:
        self._file.finish()
        self._file.rename(path)
        write_file(path + SUFFIX, meta_text(self._meta(digest)))

    def _meta(self, digest: bytes) -> Meta:
        return Meta(digest, self.codec, self.size, self.stored)


class ClassicDeltaUpload(DeltaUpload):
    """A delta on its way into a classic store: one stream, and a file however small it is.

    Attributes:
        linked: Path of the file that it stands on, for a link beside it; empty for none.
    """

    def __init__(
        self, path: str, backlog: Backlog, key: bytes, basis: Held, name: bytes = b""
    ) -> None:
        super().__init__(path, backlog, key, basis, name)
        self.linked = ""
        self._stream = StreamWriter(path)

    @property
    def stored(self) -> int:
        """Bytes that it takes in the store."""
        return self._segment_bytes

    @property
    def codec(self) -> int:
        """Of the stream."""
        return self._codec

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append what the stream has grown by when *size* more plain bytes went into it.

        Raises:
            IntegrityError: It changes its compression on the way.
            TardisError: Something before could not be kept.
        """
        self._codec = same_codec(self._codec if self._segments else codec, codec)
        self.size += size
        self._segments += 1
        self._segment_bytes += len(data)
        self._backlog.put(partial(self._stream.add, codec, self.size, data, len), len(data))

    def keep(self, content: StoredContent, basis: bytes, path: str | None) -> list[str]:
        """See `DeltaUpload.keep`.

        Raises:
            IntegrityError: The delta is larger than what it makes.
        """
        if self.size > content.size:  # nothing else tells a reader how much it may expand
            raise IntegrityError("a delta is larger than the content that it makes")
        files = super().keep(content, basis, path)
        return [*files, *(one + SUFFIX for one in files)]

    def leave(self) -> str:
        """Remove what has arrived: one stream cannot be gone on with; return its path."""
        self.abandon()
        return self._path

    def _open_delta(self, content: StoredContent, basis: bytes) -> Content:
        self._stream.finish()
        if not self._segments or self._stream.plain != self.size:
            raise IntegrityError("a delta is not as long as it should be")
        return StreamFile(self._path, self.stored, self._codec, self.size)

    def _place(self, content: StoredContent, basis: bytes, path: str) -> None:
        self._stream.rename(path)
        meta = Meta(content.digest, self._codec, content.size, self.stored, basis)
        write_file(path + SUFFIX, meta_text(meta))
        if self.linked:
            _link(path + BASIS, self.linked)

    def _segments_of(self, chunks: Iterable[bytes], codec: int) -> Iterator[tuple[int, int, bytes]]:
        return stream_segments(chunks, codec)

    def _abandon(self) -> None:
        self._basis.close()
        self._stream.abandon()


def _link(path: str, target: str) -> None:
    """Make a link at *path* to the file *target*, where the file system has links."""
    with suppress(OSError):
        os.unlink(path)
    with suppress(OSError):
        os.symlink(os.path.relpath(target, os.path.dirname(path)), path)


def stream_segments(chunks: Iterable[bytes], codec: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (codec, plain size, stored bytes) of each of *chunks*, as pieces of one stream.

    The first of them, compressed alone, shows whether it pays.
    """
    rest = iter(chunks)
    first = next(rest, b"")
    if codec != Codec.NONE and len(compress(codec, first)) > KEEPS_PLAIN * len(first):
        codec = Codec.NONE
    for data, stored in iter_stream(codec, chain((first,), rest)):
        yield codec, len(data), stored


def write_file(path: str, data: bytes | memoryview) -> None:
    """Make the file *path*, which nothing may have made before."""
    descriptor = os.open(path, FRESH, 0o666)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def same_codec(before: int, codec: int) -> int:
    """Return *codec*, that of a stream which had the one *before*.

    Raises:
        IntegrityError: It is another one.
    """
    if codec != before:
        raise IntegrityError("an upload changes its compression on the way")
    return codec
