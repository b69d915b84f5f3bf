"""Writing contents and manifests in the classic scheme: a file each, no packs.

A content is ``ab/cd/<MD5>``, raw or as one compressed stream, with ``<MD5>.meta`` beside
it; another content with that MD5, or another representation, is ``<MD5>-<n>``.  Deltas are
to lie under the same names, with ``<MD5>.sig`` beside; sealed contents too.  A manifest is
``manifests/<set>-<n>``.
"""

import os
from functools import partial
from typing import Final

from tardis.crypto import Digester
from tardis.model import IntegrityError
from tardis.streams import Codec, StreamExpander

from .backlog import Backlog
from .catalog.group import Group
from .flush import write_all
from .layout import Layout
from .meta import SUFFIX, meta_text
from .names import Names
from .packs import Proof

_BATCH_BYTES: Final = 1 << 20
_BATCH_FILES: Final = 64

_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

_Waiting = tuple[str, int, int, bytes, bytes]
"""(path, codec, plain size, digest, stored bytes) of a content."""


class ContentFiles:
    """Writes small contents, a file each; see `records.RecordWriter`.

    Args:
        names: Gives each its name.
        backlog: Where they are written.
        prove: Compares bytes with their digest before.

    Attributes:
        number: None, for there are no packs.
    """

    number: None = None

    def __init__(self, names: Names, backlog: Backlog, prove: Proof) -> None:
        self._names = names
        self._backlog = backlog
        self._prove = prove
        self._batch: list[_Waiting] = []
        self._waiting = 0
        self._files: list[str] = []

    def begin_record(self) -> None:
        """Do nothing: there is always room."""

    def begin_pack(self) -> None:
        """Do nothing: each record lies apart."""

    def append(  # noqa: PLR0913, PLR0917 - see `records.RecordWriter`
        self, kind: int, codec: int, size: int, digest: bytes, payload: bytes, basis: bytes = b""
    ) -> int:
        """Let one content be written; return its place, the n of its name."""
        place, path = self._names.take(digest)
        self._files += (path, path + SUFFIX)
        self._batch.append((path, codec, size, digest, payload))
        self._waiting += len(payload)
        if self._waiting >= _BATCH_BYTES or len(self._batch) >= _BATCH_FILES:
            self.write()
        return place

    def write(self) -> None:
        """Hand over what waits."""
        if self._batch:
            self._backlog.put(partial(_write_batch, self._batch, self._prove), self._waiting)
            self._batch, self._waiting = [], 0

    def seal_into(self, group: Group, holds: str) -> None:
        """Hand over what waits, and tell *group* which files that makes."""
        self.write()
        group.files += self._files
        self._files = []

    def close(self) -> None:
        """Drop what was not handed over."""
        self._batch.clear()


class ManifestFiles:
    """Writes manifests, a file each; see `records.RecordWriter`.

    Args:
        layout: Of the store.
    """

    number: None = None

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._files: list[str] = []
        self._next = (-1, 0)

    def begin_record(self) -> None:
        """Do nothing: there is always room."""

    def begin_pack(self) -> None:
        """Do nothing: each record lies apart."""

    def append(  # noqa: PLR0913, PLR0917 - see `records.RecordWriter`
        self, kind: int, codec: int, size: int, digest: bytes, payload: bytes, basis: bytes = b""
    ) -> int:
        """Write the record of the set that *digest* numbers; return its place, the n."""
        number = int.from_bytes(digest, "big")
        place = self._next[1] if self._next[0] == number else 0
        while os.path.lexists(path := self._layout.manifest(number, place)):
            place += 1
        _write_file(path, payload)
        self._files.append(path)
        self._next = (number, place + 1)
        return place

    def write(self) -> None:
        """Do nothing: all is written."""

    def seal_into(self, group: Group, holds: str) -> None:
        """Tell *group* which files were written since the last time."""
        group.files += self._files
        group.folders |= {self._layout.manifests, self._layout.directory}
        self._files = []

    def close(self) -> None:
        """Do nothing: no file is left open."""


class ClassicUpload:
    """A large content on its way into a classic store; see `uploads.SegmentUpload`.

    All its segments are pieces of one compressed stream, or of the plain bytes.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        key: See `crypto.content_key`.
        has_holes: Tells nothing here: holes are kept as the zeros that they are.

    Attributes:
        size: Plain bytes so far.
        stored: Bytes that it takes in the store, so far.
        codec: Of the stream.
    """

    has_holes: Final = False

    def __init__(self, path: str, backlog: Backlog, key: bytes, *, has_holes: bool = False) -> None:
        self.size = self.stored = 0
        self.codec = int(Codec.NONE)
        self._path: Final = path
        self._backlog = backlog
        self._digester = Digester(key)
        self._expander: StreamExpander | None = None
        self._descriptor = -1
        self._plain = 0

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append what the stream has grown by when *size* more plain bytes went into it.

        Raises:
            IntegrityError: It changes its compression on the way.
            TardisError: An earlier segment, or something before, could not be kept.
        """
        if self.size and codec != self.codec:
            raise IntegrityError("an upload changes its compression on the way")
        self.codec = codec
        self.size += size
        self.stored += len(data)
        self._backlog.put(partial(self._add, self.size, data), len(data))

    @property
    def data_bytes(self) -> int:
        """Bytes of its segments, expanded."""
        return self.size

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
        self._backlog.put(self._abandon, 0, always=True)

    def leave(self) -> str:
        """Remove what has arrived: one stream cannot be gone on with; return its path."""
        self.abandon()
        return self._path

    def _add(self, declared: int, data: bytes) -> None:
        if self._expander is None:
            self._expander = StreamExpander(self.codec)
            self._descriptor = os.open(self._path, _FRESH, 0o666)
        for piece in self._expander.feed(data):
            self._plain += len(piece)
            if self._plain > declared:
                raise IntegrityError("an upload stands for more bytes than it declares")
            self._digester.update(piece)
        write_all(self._descriptor, data)

    def _prove(self, digest: bytes) -> None:
        if self._expander is not None:
            self._expander.finish()
        if self._plain != self.size or self._digester.digest() != digest:
            raise IntegrityError("an upload does not match its digest")

    def _keep(self, digest: bytes, path: str) -> None:
        if self._descriptor >= 0:
            self._close()
            os.rename(self._path, path)
            _write_file(path + SUFFIX, meta_text(digest, self.codec, self.size, self.stored))

    def _abandon(self) -> None:
        if self._descriptor >= 0:
            self._close()
            os.unlink(self._path)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)


def _write_batch(batch: list[_Waiting], prove: Proof) -> None:
    for path, codec, size, digest, payload in batch:
        prove(codec, size, digest, payload)
        _write_file(path, payload)
        _write_file(path + SUFFIX, meta_text(digest, codec, size, len(payload)))


def _write_file(path: str, data: bytes) -> None:
    """Make the file *path*, which nothing may have made before."""
    descriptor = os.open(path, _FRESH, 0o666)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
