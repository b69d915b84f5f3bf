"""Everything that one encrypted repository seals with, in one hand."""

import os
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final, NamedTuple

from tardis.model import IntegrityError

from .classic_names import ClassicNameSealer
from .digests import derive, fingerprint
from .entries import EntrySigner
from .envelope import Envelope, EnvelopeSealing
from .keys import KeyRing
from .names import NameSealer
from .sealing import (
    NO_PIECES,
    OVERHEAD,
    Sealer,
    end_context,
    link_piece,
    mark_context,
    part_context,
    whole_context,
)

DATA, DELTA, SIGNATURE = 1, 2, 3
"""Kinds of the records that are sealed: whole contents, deltas, signatures."""

MOST_MARK: Final = 4096
"""Bytes of a sealed mark at the most: a content can be gone on with some 150 times."""

_END = Struct("<16sQQ32s")
_MARK = Struct("<Q32s32s")
_LATER = Struct("<Q16s")
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
        later: Where its upload was gone on with: (number of the first segment, 16 random
            bytes that it and those behind it share instead).
    """

    whole: bytes
    size: int
    segments: int
    places: bytes
    later: tuple[tuple[int, bytes], ...] = ()

    def whole_of(self, number: int) -> bytes:
        """Return the random bytes of segment *number*."""
        behind = bisect_right(self.later, number, key=_first)
        return self.later[behind - 1][1] if behind else self.whole


class Mark(NamedTuple):
    """What a client has to know again to go on with an upload that was cut off.

    Attributes:
        parts: Segments so far.
        looks: 32 bytes that stand for these, plain.
        pieces: 32 bytes that stand for these as they were sealed, see `link_piece`.
        wholes: (number of the first segment, random bytes) as in `End`; the first is 0.
    """

    parts: int
    looks: bytes
    pieces: bytes
    wholes: tuple[tuple[int, bytes], ...]


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

    def is_newest(self, piece: bytes) -> bool:
        """Tell whether a *piece* of a modern repository was sealed with its newest key."""
        return isinstance(self._contents, Sealer) and self._contents.is_newest(piece)

    def renewed(self, piece: bytes, context: bytes) -> bytes | None:
        """Return *piece*, which belongs to *context*, sealed with the newest key.

        None: it is already.

        Raises:
            IntegrityError: It is another one, or was changed.
        """
        if self.is_newest(piece):
            return None
        return self._contents.seal(self._contents.open(piece, context), context)

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
        if len(packed) < _END.size or (len(packed) - _END.size) % _LATER.size:
            raise IntegrityError("the last piece of a sealed content has the wrong length")
        whole, size, segments, places = _END.unpack_from(packed)
        return End(whole, size, segments, places, tuple(_LATER.iter_unpack(packed[_END.size :])))

    def open_mark(self, piece: bytes, basis: bytes = b"") -> Mark:
        """Return what `Sealing.mark` has sealed.

        Args:
            piece: Sealed.
            basis: Digest of what a delta stands on.

        Raises:
            IntegrityError: It is another one's, or was changed.
        """
        packed = self._contents.open(piece, mark_context(_kind(basis), basis))
        parts, looks, pieces = _MARK.unpack_from(packed)
        return Mark(parts, looks, pieces, tuple(_LATER.iter_unpack(packed[_MARK.size :])))

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

    def go_on(self, mark: Mark, places: Sequence[tuple[int, int]], basis: bytes = b"") -> "Sealing":
        """Return what seals the segments behind those of *mark*; see `begin`.

        They get random bytes of their own: no two pieces ever belong to one place.

        Args:
            mark: Was opened here, and holds for the file.
            places: (plain bytes, first offset) of the segments that it speaks of.
            basis: Digest of what a delta stands on.

        Raises:
            IntegrityError: This repository's contents are no pieces.
        """
        if isinstance(self._contents, Envelope):
            raise IntegrityError("an object of a classic store is sealed in one go")
        sealing = Sealing(self._contents, basis)
        sealing.continue_from(mark, places)
        return sealing

    def lineage(self, lineage: bytes) -> bytes:
        """Return what stands for *lineage*, which names paths or a job."""
        return b"sealed:" + fingerprint(self.ring.digest, [b"lineage\0", lineage])


class Sealing:
    """Seals one large content, or a large delta, segment by segment.

    Attributes:
        pieces: 32 bytes that stand for what was sealed so far, see `link_piece`.
    """

    def __init__(self, contents: Sealer, basis: bytes = b"") -> None:
        self._contents = contents
        self._basis = basis
        self._wholes = [(0, os.urandom(16))]
        self._places: list[tuple[int, int]] = []
        self.pieces = NO_PIECES

    def continue_from(self, mark: Mark, places: Sequence[tuple[int, int]]) -> None:
        """Go on behind what *mark* speaks of; see `Seals.go_on`."""
        self._wholes = [*mark.wholes, (mark.parts, os.urandom(16))]
        self._places = list(places)
        self.pieces = mark.pieces

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
        whole = self._wholes[-1][1]
        context = part_context(_kind(self._basis), codec, size, place, whole)
        piece = self._contents.seal(data, context)
        self.pieces = link_piece(self.pieces, piece)
        return piece

    def mark(self, looks: bytes) -> bytes:
        """Return what tells of the segments so far, sealed; empty if that is too much by now.

        Args:
            looks: 32 bytes that stand for them, plain.
        """
        packed = _MARK.pack(len(self._places), looks, self.pieces) + _pack_wholes(self._wholes)
        if len(packed) + OVERHEAD > MOST_MARK:
            return b""
        return self._contents.seal(packed, mark_context(_kind(self._basis), self._basis))

    def end(self, digest: bytes, size: int) -> bytes:
        """Return the last piece, now that all is known.

        Args:
            digest: Of the content.
            size: Plain bytes of what was sealed.
        """
        (_, whole), *later = self._wholes
        packed = _END.pack(whole, size, len(self._places), places_digest(self._places))
        context = end_context(_kind(self._basis), digest, self._basis)
        return self._contents.seal(packed + _pack_wholes(later), context)


def places_digest(places: Iterable[tuple[int, int]]) -> bytes:
    """Return 32 bytes that stand for (plain bytes, first offset) of each segment in order."""
    return derive(bytes(32), b"".join(_ROW.pack(*one) for one in places), 32)


def _pack_wholes(wholes: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(_LATER.pack(*one) for one in wholes)


def _first(row: tuple[int, bytes]) -> int:
    return row[0]


def _kind(basis: bytes) -> int:
    return DELTA if basis else DATA
