"""A large content on its way into the store, proved and written behind the caller's back."""

import os
from collections.abc import Callable
from functools import partial
from typing import Final, Self

from tardis.model import TardisError
from tardis.streams import Codec

from .backlog import Backlog
from .large import LargeWriter, stored_size
from .partials import Partial
from .proofs import Proof


class SegmentUpload:
    """Takes segments at once; whether they are what they say turns out in the backlog.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        proof: Of the segments, none of which was added so far.
        name: What tells it from other uploads, should it be cut off; empty: nothing is kept.
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
        proof: Proof,
        *,
        name: bytes = b"",
        is_direct: bool = False,
    ) -> None:
        self.has_holes = proof.has_holes
        self.data_bytes = proof.data_bytes
        self.size = 0 if self.has_holes else self.data_bytes
        self._path: Final = path
        self._name: Final = name
        self._is_direct: Final = is_direct
        self._backlog = backlog
        self._proof = proof
        self._file: LargeWriter | None = None
        self._segments = self._segment_bytes = 0

    @classmethod
    def resumed(cls, found: Partial, backlog: Backlog, *, is_direct: bool = False) -> Self:
        """Return what goes on behind the segments of *found*, sealed or not as this is."""
        self = cls(found.path, backlog, found.proof, name=found.upload, is_direct=is_direct)
        self._segments, self._segment_bytes = found.parts, found.stored
        backlog.put(partial(self._go_on, found), 0)
        return self

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
        self._put(partial(self._add, codec, size, data), size, len(data))

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

    def leave(self) -> str:
        """Keep what has arrived to be gone on with; return its path.

        It is removed if that is too little, or if something has failed.
        """
        try:
            self._backlog.wait(self._backlog.mark())
        except TardisError:
            self.abandon()
        else:
            self._backlog.put(self._leave, 0, always=True)
        return self._path

    def _put(self, job: Callable[[], object], size: int, stored: int) -> None:
        """Let *job* take a segment of *size* plain bytes, *stored* as they travel."""
        self._backlog.put(job, stored)
        self.size += 0 if self.has_holes else size
        self.data_bytes += size
        self._segments += 1
        self._segment_bytes += stored

    def _add(self, codec: int, size: int, data: bytes) -> None:
        file = self._begun()
        offset = self._proof.take(codec, size, data)
        if self.has_holes:
            file.add_holed(codec, data, size, offset)
        else:
            file.add(codec, data)

    def _prove(self, digest: bytes, size: int) -> None:
        self._proof.check(digest, size)

    def _keep(self, digest: bytes, path: str) -> None:
        self._begun().finish(self.size, digest)
        os.rename(self._path, path)
        self._file = None

    def _begun(self) -> LargeWriter:
        """Return the file, made now unless there is one: a file may be one single hole."""
        if self._file is None:
            self._file = LargeWriter(
                self._path,
                has_holes=self.has_holes,
                upload=self._name,
                is_direct=self._is_direct,
            )
            self._file.cipher = self.cipher
        return self._file

    def _go_on(self, found: Partial) -> None:
        self._file = LargeWriter.resumed(found, is_direct=self._is_direct)

    def _leave(self) -> None:
        if self._file is not None:
            self._file.leave()
            self._file = None

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()
            self._file = None
