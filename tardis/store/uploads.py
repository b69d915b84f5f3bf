"""A large content on its way into the store, proved and written behind the caller's back."""

import os
from functools import partial
from typing import Final

from tardis.crypto import Digester
from tardis.model import IntegrityError
from tardis.streams import Codec, expand

from .backlog import Backlog
from .large import LargeWriter, stored_size


class SegmentUpload:
    """Takes segments at once; whether they are what they say turns out in the backlog.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        key: See `crypto.content_key`.

    Attributes:
        size: Plain bytes so far.
        codec: None for the whole: each segment has its own.
    """

    codec: Final = int(Codec.NONE)

    def __init__(self, path: str, backlog: Backlog, key: bytes) -> None:
        self.size = 0
        self._path: Final = path
        self._backlog = backlog
        self._digester = Digester(key)
        self._file: LargeWriter | None = None
        self._segments = self._segment_bytes = 0

    @property
    def stored(self) -> int:
        """Bytes that it takes in the store, without the header."""
        return stored_size(self._segment_bytes, self._segments)

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append one segment of *size* plain bytes, stored as *data*.

        Raises:
            TardisError: An earlier segment, or something before, could not be kept.
        """
        self._backlog.put(partial(self._add, codec, size, data), len(data))
        self.size += size
        self._segments += 1
        self._segment_bytes += len(data)

    def prove(self, digest: bytes) -> None:
        """Compare what has arrived with *digest*.

        Raises:
            TardisError: A segment, or something before, could not be kept.
        """
        self._backlog.put(partial(self._prove, digest), 0)

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

    def _add(self, codec: int, size: int, data: bytes) -> None:
        if self._file is None:
            self._file = LargeWriter(self._path)
        plain = data if codec == Codec.NONE and len(data) == size else expand(codec, data, size)
        self._digester.update(plain)
        self._file.add(codec, data)

    def _prove(self, digest: bytes) -> None:
        if self._digester.digest() != digest:
            raise IntegrityError("an upload does not match its digest")

    def _keep(self, digest: bytes, path: str) -> None:
        if self._file is not None:
            self._file.finish(self.size, digest)
            os.rename(self._path, path)
            self._file = None

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()
            self._file = None
