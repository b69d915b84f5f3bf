"""Everything that one encrypted repository seals with, in one hand."""

import os
from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

from tardis.model import IntegrityError

from .classic_names import ClassicNameSealer
from .digests import derive, fingerprint
from .entries import EntrySigner
from .envelope import Envelope, EnvelopeSealing
from .keys import KeyRing
from .names import NameSealer
from .sealing import OVERHEAD, Sealer, end_context, part_context, whole_context

DATA, DELTA, SIGNATURE = 1, 2, 3
"""Kinds of the records that are sealed: whole contents, deltas, signatures."""

_END = Struct("<16sQQ32s")
_ROW = Struct("<QQ")
_LENGTH = Struct("<Q")


class DeltaPlace(NamedTuple):
    """What a small delta is bound to.

    Attributes:
        codec: How it was compressed before.
        size: Plain bytes of the content that it makes.
        digest: Of that content.
        basis: Digest of the content that it stands on.
    """

    codec: int
    size: int
    digest: bytes
    basis: bytes


class End(NamedTuple):
    """What the last piece of a large content tells of the others.

    Attributes:
        whole: 16 random bytes that they share.
        size: Plain bytes of the content; of a delta its own.
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
        entries: Makes and checks the codes of entries, None for a classic one.
    """

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.envelope = Envelope(ring.content) if ring.is_classic else None
        self.entries = None if ring.is_classic else EntrySigner(ring)
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

    def seal_delta(self, place: DeltaPlace, size: int, data: bytes) -> bytes:
        """Return a delta of *size* plain bytes, compressed to *data*, as a sealed piece."""
        context = whole_context(DELTA, *place)
        return self._contents.seal(_LENGTH.pack(size) + data, context)

    def open_delta(self, place: DeltaPlace, piece: bytes) -> tuple[int, bytes]:
        """Return what `seal_delta` was given: plain bytes, and the delta as it was compressed.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        packed = self._contents.open(piece, whole_context(DELTA, *place))
        if len(packed) < _LENGTH.size:
            raise IntegrityError("a sealed delta does not say how long it is")
        return _LENGTH.unpack_from(packed)[0], packed[_LENGTH.size :]

    def seal_signature(self, digest: bytes, signature: bytes) -> bytes:
        """Return the *signature* of the content *digest* as a sealed piece."""
        context = whole_context(SIGNATURE, 0, len(signature), digest)
        return self._contents.seal(signature, context)

    def open_signature(self, digest: bytes, piece: bytes) -> bytes:
        """Return what `seal_signature` was given.

        Raises:
            IntegrityError: It is another content's, or was changed.
        """
        context = whole_context(SIGNATURE, 0, max(0, len(piece) - OVERHEAD), digest)
        return self._contents.open(piece, context)

    def open_end(self, digest: bytes, piece: bytes, basis: bytes = b"") -> End:
        """Return what the last piece of a large content, or of a large delta, tells.

        Args:
            digest: Of the content.
            piece: Sealed.
            basis: Digest of what a delta stands on.

        Raises:
            IntegrityError: It is another one's, or was changed.
        """
        packed = self._contents.open(piece, end_context(_kind(basis), digest, basis))
        if len(packed) != _END.size:
            raise IntegrityError("the last piece of a sealed content has the wrong length")
        return End._make(_END.unpack(packed))

    def open_part(
        self, codec: int, size: int, place: tuple[int, int], whole: bytes, piece: bytes
    ) -> bytes:
        """Return the compressed bytes of one segment of a content; see `part_context`.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        return self._contents.open(piece, part_context(DATA, codec, size, place, whole))

    def open_delta_part(
        self, codec: int, size: int, place: tuple[int, int], whole: bytes, piece: bytes
    ) -> bytes:
        """Return what `open_part` does, of a delta.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        return self._contents.open(piece, part_context(DELTA, codec, size, place, whole))

    def begin(self, basis: bytes = b"") -> "Sealing | EnvelopeSealing":
        """Return what seals the segments of one large content, or of a delta against *basis*."""
        contents = self._contents
        return contents.begin() if isinstance(contents, Envelope) else Sealing(contents, basis)

    def lineage(self, lineage: bytes) -> bytes:
        """Return what stands for *lineage*, which names paths or a job."""
        return b"sealed:" + fingerprint(self.ring.digest, [b"lineage\0", lineage])


class Sealing:
    """Seals one large content, or a large delta, segment by segment."""

    def __init__(self, contents: Sealer, basis: bytes = b"") -> None:
        self._contents = contents
        self._basis = basis
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
        context = part_context(_kind(self._basis), codec, size, place, self._whole)
        return self._contents.seal(data, context)

    def end(self, digest: bytes, size: int) -> bytes:
        """Return the last piece, now that all is known.

        Args:
            digest: Of the content.
            size: Plain bytes of what was sealed.
        """
        packed = _END.pack(self._whole, size, len(self._places), places_digest(self._places))
        context = end_context(_kind(self._basis), digest, self._basis)
        return self._contents.seal(packed, context)


def places_digest(places: Iterable[tuple[int, int]]) -> bytes:
    """Return 32 bytes that stand for (plain bytes, first offset) of each segment in order."""
    return derive(bytes(32), b"".join(_ROW.pack(*one) for one in places), 32)


def _kind(basis: bytes) -> int:
    return DELTA if basis else DATA
