"""Writing contents and manifests in the classic scheme: a file each, no packs.

A content is ``ab/cd/<MD5>``, raw or as one compressed stream, with ``<MD5>.meta`` beside
it; another content with that MD5, or another representation, is ``<MD5>-<n>``.  Deltas lie
under the same names; what they stand on has ``<MD5>.sig`` beside it.  A manifest is
``manifests/<set>-<n>``.
"""

from functools import partial
from typing import Final

from .backlog import Backlog
from .catalog.group import Group
from .classic_sealed import split_piece
from .classic_walk import iter_manifests
from .layout import Layout
from .meta import SUFFIX, Meta, meta_text
from .names import Names
from .packs import Proof
from .streamed import write_file

_BATCH_BYTES: Final = 1 << 20
_BATCH_FILES: Final = 64

_Waiting = tuple[str, int, int, bytes, bytes]
"""(path, codec, plain size, digest, stored bytes) of a content."""


class ContentFiles:
    """Writes small contents, a file each; see `records.RecordWriter`.

    Args:
        names: Gives each its name.
        backlog: Where they are written.
        prove: Compares bytes with their digest before; None: they come as sealed pieces.

    Attributes:
        number: None, for there are no packs.
    """

    number: None = None

    def __init__(self, names: Names, backlog: Backlog, prove: Proof | None) -> None:
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
        self,
        kind: int,
        codec: int,
        size: int,
        digest: bytes,
        payload: bytes | memoryview,
        basis: bytes = b"",
    ) -> int:
        """Let one content be written; return its place, the n of its name."""
        place, path = self._names.take(digest)
        self._files += (path, path + SUFFIX)
        self._batch.append((path, codec, size, digest, bytes(payload)))
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
        self,
        kind: int,
        codec: int,
        size: int,
        digest: bytes,
        payload: bytes | memoryview,
        basis: bytes = b"",
    ) -> int:
        """Write the record of the set that *digest* numbers; return its place, the n."""
        number = int.from_bytes(digest, "big")
        if self._next[0] != number:
            self._next = (number, _behind_all(self._layout, digest))
        place = self._next[1]
        path = self._layout.manifest(number, place)
        write_file(path, bytes(payload))
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


def _behind_all(layout: Layout, name: bytes) -> int:
    """Return an n above those of all manifests of set *name*: the later ones are told by it."""
    return 1 + max((one.place for one in iter_manifests(layout) if one.name == name), default=-1)


def _write_batch(batch: list[_Waiting], prove: Proof | None) -> None:
    for path, codec, size, digest, payload in batch:
        stored: bytes | memoryview = payload
        check = b""
        if prove is None:
            stored, check = split_piece(payload)
        else:
            prove(codec, size, digest, payload)
        write_file(path, stored)
        meta = Meta(digest, codec, size, len(stored), check=check)
        write_file(path + SUFFIX, meta_text(meta))
