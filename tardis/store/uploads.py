"""A large content on its way into the store, proved and written behind the caller's back."""

import os
from collections.abc import Callable
from functools import partial
from typing import Final

from tardis.crypto import Digester, HoledDigester
from tardis.model import IntegrityError
from tardis.streams import Codec, ExtentOrder, expand

from .backlog import Backlog
from .large import LargeWriter, stored_size


class SegmentUpload:
    """Takes segments at once; whether they are what they say turns out in the backlog.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        key: See `crypto.content_key`.
        has_holes: Its segments are those of a file with holes.
        is_direct: Write past the page cache.

    Attributes:
        size: Plain bytes so far; of a file with holes known only once it was proved.
        data_bytes: Bytes of its segments, expanded.
        codec: None for the whole: each segment has its own.
        cipher: 0, or `SEALED`.
    """

    codec: Final = int(Codec.NONE)
    cipher = 0

    def __init__(
        self,
        path: str,
        backlog: Backlog,
        key: bytes,
        *,
        has_holes: bool = False,
        is_direct: bool = False,
    ) -> None:
        self.size = self.data_bytes = 0
        self.has_holes = has_holes
        self._path: Final = path
        self._is_direct: Final = is_direct
        self._backlog = backlog
        self._digester = Digester(key)
        self._holed = HoledDigester(key)
        self._order = ExtentOrder()
        self._file: LargeWriter | None = None
        self._segments = self._segment_bytes = 0

    @property
    def is_sparse(self) -> bool:
        """Whether it is the content of a file with holes."""
        return self.has_holes

    @property
    def stored(self) -> int:
        """Bytes that it takes in the store, without the header."""
        return stored_size(self._segment_bytes, self._segments, has_holes=self.has_holes)

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append one segment of *size* plain bytes, stored as *data*.

        Raises:
            TardisError: An earlier segment, or something before, could not be kept.
        """
        self._backlog.put(self._adding(codec, size, data), len(data))
        self.size += 0 if self.has_holes else size
        self.data_bytes += size
        self._segments += 1
        self._segment_bytes += len(data)

    def prove(self, digest: bytes, size: int) -> None:
        """Compare what has arrived, of a file of *size* bytes, with *digest*.

        Raises:
            TardisError: A segment, or something before, could not be kept.
        """
        self.size = size
        self._backlog.put(partial(self._prove, digest, size), 0)

    def keep(self, digest: bytes, path: str) -> list[str]:
        """Let the whole content, which was proved, have the name *path*; return the files made.

        Raises:
            TardisError: Something before could not be kept, or did not match.
        """
        self._backlog.put(partial(self._keep, digest, path), 0)
        self.abandon()  # if that never happens
        return [path]

    def abandon(self) -> None:
        """Remove what has arrived."""
        self._backlog.put(self._abandon, 0, always=True)

    def _adding(self, codec: int, size: int, data: bytes) -> Callable[[], object]:
        """Return the job that takes one segment."""
        return partial(self._add, codec, size, data)

    def _add(self, codec: int, size: int, data: bytes) -> None:
        file = self._begun()
        plain = data if codec == Codec.NONE and len(data) == size else expand(codec, data, size)
        if self.has_holes:
            extents, _ = self._order.follow(plain)
            self._holed.update(plain)
            file.add_holed(codec, data, size, extents[0][0])
        else:
            self._digester.update(plain)
            file.add(codec, data)

    def _prove(self, digest: bytes, size: int) -> None:
        found = self._holed.digest(size) if self.has_holes else self._digester.digest()
        if found != digest:
            raise IntegrityError("an upload does not match its digest")
        if self._order.end > size:
            raise IntegrityError("an upload has extents beyond the end of its file")

    def _keep(self, digest: bytes, path: str) -> None:
        self._begun().finish(self.size, digest)
        os.rename(self._path, path)
        self._file = None

    def _begun(self) -> LargeWriter:
        """Return the file, made now unless there is one: a file may be one single hole."""
        if self._file is None:
            self._file = LargeWriter(
                self._path, has_holes=self.has_holes, is_direct=self._is_direct
            )
            self._file.cipher = self.cipher
        return self._file

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()
            self._file = None
