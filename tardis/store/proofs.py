"""What shows of a large content, segment by segment, that it is what it is said to be."""

from typing import TypeAlias

from tardis.crypto import NO_PIECES, Digester, HoledDigester, check_piece, link_piece
from tardis.model import IntegrityError
from tardis.streams import Codec, ExtentOrder, expand


class SegmentProof:
    """Digests the segments of one content, and checks that they follow each other.

    Args:
        key: The repository's digest key.
        has_holes: They are those of a file with holes.

    Attributes:
        has_holes: As given.
        data_bytes: Bytes of the segments so far, expanded.
    """

    def __init__(self, key: bytes, *, has_holes: bool) -> None:
        self.has_holes = has_holes
        self.data_bytes = 0
        self._plain = Digester(key)
        self._holed = HoledDigester(key)
        self._order = ExtentOrder()

    def add(self, segment: bytes) -> int:
        """Add a whole segment, expanded; return where its first extent begins.

        Raises:
            IntegrityError: It is none, or cannot come next.
        """
        start = 0
        if self.has_holes:
            extents, _ = self._order.follow(segment)
            self._holed.update(segment)
            start = extents[0][0]
        else:
            self._plain.update(segment)
        self.data_bytes += len(segment)
        return start

    def take(self, codec: int, size: int, data: bytes) -> int:
        """Add a segment of *size* bytes as it is stored; return where its first extent begins.

        Raises:
            IntegrityError: It is damaged, or cannot come next.
        """
        is_plain = codec == Codec.NONE and len(data) == size
        return self.add(data if is_plain else expand(codec, data, size))

    def so_far(self) -> bytes:
        """Return the 32 bytes that stand for the segments so far."""
        return self._holed.so_far() if self.has_holes else self._plain.digest()

    def check(self, digest: bytes, size: int) -> None:
        """Make sure that the segments are all of the content *digest*, *size* plain bytes.

        Raises:
            IntegrityError: They are not.
        """
        found = self._holed.digest(size) if self.has_holes else self._plain.digest()
        if found != digest:
            raise IntegrityError("an upload does not match its digest")
        if self._order.end > size:
            raise IntegrityError("an upload has extents beyond the end of its file")


class PieceProof:
    """Looks at the sealed segments of one content; what they hold their reader proves.

    Args:
        has_holes: They are those of a file with holes.

    Attributes:
        has_holes: As given.
        data_bytes: Bytes of the segments so far, expanded.
    """

    def __init__(self, *, has_holes: bool) -> None:
        self.has_holes = has_holes
        self.data_bytes = 0
        self._pieces = NO_PIECES

    def take(self, _codec: int, size: int, data: bytes) -> int:
        """Add a segment of *size* bytes as it is stored; return 0.

        Raises:
            IntegrityError: It is damaged.
        """
        check_piece(data)
        self._pieces = link_piece(self._pieces, data)
        self.data_bytes += size
        return 0

    def so_far(self) -> bytes:
        """Return the 32 bytes that stand for the pieces so far, see `crypto.link_piece`."""
        return self._pieces

    def check(self, _digest: bytes, _size: int) -> None:
        """Do nothing: that needs the key."""


Proof: TypeAlias = SegmentProof | PieceProof
"""Of a large content on its way: read here, or sealed."""


def begin_proof(key: bytes, *, has_holes: bool, is_sealed: bool) -> Proof:
    """Return what looks at the segments of one content, none of which was added so far."""
    return PieceProof(has_holes=has_holes) if is_sealed else SegmentProof(key, has_holes=has_holes)
