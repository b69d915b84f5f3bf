"""Everything that one encrypted repository seals with, in one hand."""

import os
from collections.abc import Iterable
from struct import Struct
from typing import Final, NamedTuple

from tardis.model import IntegrityError

from .classic_names import ClassicNameSealer
from .digests import derive, fingerprint
from .envelope import Envelope, EnvelopeSealing
from .keys import KeyRing
from .names import NameSealer
from .sealing import Sealer, end_context, part_context, whole_context

DATA: Final = 1
"""Kind of the records that are sealed so far: whole contents."""

_END = Struct("<16sQQ32s")
_ROW = Struct("<QQ")


class End(NamedTuple):
    """What the last piece of a large content tells of the others.

    Attributes:
        whole: 16 random bytes that they share.
        size: Plain bytes of the content.
        segments: How many it has.
        places: Of the (plain bytes, first offset) of each, see `places_digest`.
    """

    whole: bytes
    size: int
    segments: int
    places: bytes


class Seals:
    """Seals and opens what belongs to one repository.

    Args:
        ring: Its keys.

    Attributes:
        names: Seals names and what belongs to them.
        envelope: What a classic repository seals its objects with, None for a modern one.
    """

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.envelope = Envelope(ring.content) if ring.is_classic else None
        self._contents = self.envelope or Sealer(ring.content, older=ring.older)
        self.names = (
            NameSealer(ring.names)
            if self.envelope is None
            else ClassicNameSealer(ring.names, self.envelope)
        )

    def seal_small(self, codec: int, size: int, digest: bytes, data: bytes) -> bytes:
        """Return a content of *size* plain bytes, compressed to *data*, as a sealed piece."""
        return self._contents.seal(data, whole_context(DATA, codec, size, digest))

    def open_small(self, codec: int, size: int, digest: bytes, piece: bytes) -> bytes:
        """Return what `seal_small` was given.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        return self._contents.open(piece, whole_context(DATA, codec, size, digest))

    def open_end(self, digest: bytes, piece: bytes) -> End:
        """Return what the last piece of the large content *digest* tells.

        Raises:
            IntegrityError: It is another one's, or was changed.
        """
        packed = self._contents.open(piece, end_context(DATA, digest))
        if len(packed) != _END.size:
            raise IntegrityError("the last piece of a sealed content has the wrong length")
        return End._make(_END.unpack(packed))

    def open_part(
        self, codec: int, size: int, place: tuple[int, int], whole: bytes, piece: bytes
    ) -> bytes:
        """Return the compressed bytes of one segment; see `part_context`.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        return self._contents.open(piece, part_context(DATA, codec, size, place, whole))

    def begin(self) -> "Sealing | EnvelopeSealing":
        """Return what seals the segments of one large content."""
        contents = self._contents
        return contents.begin() if isinstance(contents, Envelope) else Sealing(contents)

    def lineage(self, lineage: bytes) -> bytes:
        """Return what stands for *lineage*, which names paths or a job."""
        return b"sealed:" + fingerprint(self.ring.digest, [b"lineage\0", lineage])


class Sealing:
    """Seals one large content, segment by segment."""

    def __init__(self, contents: Sealer) -> None:
        self._contents = contents
        self._whole = os.urandom(16)
        self._places: list[tuple[int, int]] = []

    def part(self, codec: int, size: int, offset: int, data: bytes) -> bytes:
        """Return the next segment as a sealed piece.

        Args:
            codec: How *data* was compressed.
            size: Its plain bytes.
            offset: Where its first extent begins; 0 where the content has no holes.
            data: To be sealed.
        """
        place = (len(self._places), offset)
        self._places.append((size, offset))
        context = part_context(DATA, codec, size, place, self._whole)
        return self._contents.seal(data, context)

    def end(self, digest: bytes, size: int) -> bytes:
        """Return the last piece, now that *digest* and *size* of the content are known."""
        packed = _END.pack(self._whole, size, len(self._places), places_digest(self._places))
        return self._contents.seal(packed, end_context(DATA, digest))


def places_digest(places: Iterable[tuple[int, int]]) -> bytes:
    """Return 32 bytes that stand for (plain bytes, first offset) of each segment in order."""
    return derive(bytes(32), b"".join(_ROW.pack(*one) for one in places), 32)
