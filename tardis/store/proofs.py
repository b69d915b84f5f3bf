"""The digest of a large content, made segment by segment."""

from tardis.crypto import Digester, HoledDigester
from tardis.model import IntegrityError
from tardis.streams import ExtentOrder


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
