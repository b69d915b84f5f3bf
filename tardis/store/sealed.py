"""Contents of encrypted stores: taken in without a key, read with one."""

from collections.abc import Iterator
from functools import partial

from tardis.crypto import OVERHEAD, Seals, check_piece, places_digest
from tardis.model import SEGMENT, SMALL, IntegrityError, RawFile, StoredContent
from tardis.streams import Codec, expand

from .holed import HoledContent
from .large import LargeContent, SegmentFile
from .records import SEALED
from .uploads import SegmentUpload


class SealedUpload(SegmentUpload):
    """Takes sealed segments, and proves of each that it arrived as it was sealed.

    What it holds is proved by whoever reads it.  Its proof is a `PieceProof`.
    """

    cipher = SEALED

    def add(self, codec: int, size: int, data: bytes) -> None:
        """See `SegmentUpload.add`; the content has no holes."""
        self.add_at(0, codec, size, data)

    def add_at(self, offset: int, codec: int, size: int, data: bytes, mark: bytes = b"") -> None:
        """Append one segment whose first extent begins at *offset*; see `add`.

        Args:
            offset: 0 where the content has no holes.
            codec: How it was compressed before it was sealed.
            size: Its plain bytes.
            data: The sealed piece.
            mark: By which the client knows it and all before again; empty: it cannot.
        """
        self._put(partial(self._take, (offset, mark), codec, size, data), size, len(data))

    def end(self, piece: bytes, digest: bytes, size: int) -> None:
        """Append the last piece, which tells what the content of *size* bytes is.

        Raises:
            TardisError: A segment, or something before, could not be kept.
        """
        self.add_at(0, Codec.NONE, 0, piece)
        self.prove(digest, size)

    def _take(self, told: tuple[int, bytes], codec: int, size: int, data: bytes) -> None:
        offset, mark = told
        self._proof.take(codec, size, data)
        if self.has_holes:
            self._begun().add_holed(codec, data, size, offset, mark)
        else:
            self._begun().add(codec, data, mark)


def check_small(size: int, data: bytes | memoryview) -> None:
    """Make sure that *data* can be a sealed content of *size* plain bytes.

    Raises:
        IntegrityError: It cannot.
    """
    if not (0 <= size <= SMALL and OVERHEAD <= len(data) <= SMALL + OVERHEAD):
        raise IntegrityError("a small content has an impossible size")


class SealedSegments(SegmentFile):
    """The file of a sealed content, open for reading; see `SegmentFile`.

    Args:
        file: See `SegmentFile`.
        content: What the catalog says of it.
        seals: Of the repository.
        basis: Digest of what the content stands on, whose delta the file holds.

    Attributes:
        size: Plain bytes; of a delta its own.

    Raises:
        IntegrityError: The file is absent, or is not that content, or is not whole.
    """

    def __init__(
        self, file: str | RawFile, content: StoredContent, seals: Seals, basis: bytes | None = None
    ) -> None:
        super().__init__(file, content, basis)
        self._seals = seals
        self._basis = basis or b""
        self._open_part = seals.open_delta_part if basis else seals.open_part
        try:
            self._open_end(content)
        except BaseException:
            self.close()
            raise

    def segment(self, number: int, size: int) -> bytes:
        """See `SegmentFile.segment`."""
        codec, piece = self.raw(number)
        place = (number, self._place(number)[1])
        data = self._open_part(codec, size, place, self._end.whole_of(number), piece)
        return expand(codec, data, size)

    def parts(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield codec, plain bytes, first offset and compressed bytes of each segment.

        Raises:
            IntegrityError: One of them is damaged, or was changed.
        """
        for number in range(self.count):
            size, offset = self._place(number)
            codec, piece = self.raw(number)
            whole = self._end.whole_of(number)
            yield codec, size, offset, self._open_part(codec, size, (number, offset), whole, piece)

    def _open_end(self, content: StoredContent) -> None:
        """Learn from the last piece which segments belong together, and that all are there."""
        if not self.count:
            raise IntegrityError("a sealed content has no last piece")
        end = self._seals.open_end(content.digest, self.raw(self.count - 1)[1], self._basis)
        self.count -= 1
        if self._basis:
            self.size = end.size  # the header tells that of the content which it makes
        places = [self._place(number) for number in range(self.count)]
        if (end.size, end.segments, end.places) != (self.size, self.count, places_digest(places)):
            raise IntegrityError("a sealed content is not whole")
        self._end = end

    def _place(self, number: int) -> tuple[int, int]:
        if self.has_holes:
            return self.place_of(number)
        return min(SEGMENT, self.size - number * SEGMENT), 0


def check_large(
    raw: str | RawFile, content: StoredContent, basis: bytes | None = None
) -> Iterator[int]:
    """Compare each piece of a large content with its checksum, without a key; yield their bytes.

    Args:
        raw: The file, or its path.
        content: What the catalog says of it.
        basis: Digest of what it stands on, if it is kept as a delta.

    Raises:
        IntegrityError: The file is absent, is another one, or is damaged.
    """
    file = SegmentFile(raw, content, basis)
    try:
        for number in range(file.count):
            _, piece = file.raw(number)
            check_piece(piece)
            yield len(piece)
    finally:
        file.close()


def open_large(
    raw: str | RawFile, content: StoredContent, key: bytes, seals: Seals
) -> LargeContent | HoledContent:
    """Open a sealed content that is a file of its own.

    Raises:
        IntegrityError: It is absent, is another one, or is not whole.
    """
    file = SealedSegments(raw, content, seals)
    kind = HoledContent if content.has_holes else LargeContent
    return kind(file, content, key)
