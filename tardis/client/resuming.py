"""Going on with an upload that was cut off: what the server has must be ours, and as it is now.

Plain segments the server digests itself.  Of sealed ones it can only tell that they are as
they came, and tells back the *mark* that came with the last of them: sealed, so it is ours,
with what stands for the plain segments, and what binds those to come to them.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple, Protocol

from tardis.crypto import EnvelopeSealing, Sealing, Seals
from tardis.model import RESUMABLE, IntegrityError, RemoteProtocolError
from tardis.protocol.messages import UploadHeld
from tardis.streams import parse_extents

MOST_HELD: Final = 1000
"""Files of which the server may have the beginning."""


class Seen(Protocol):
    """What comes in segments, and is digested on the way: a file, or a delta of it."""

    @property
    def has_holes(self) -> bool:
        """Whether its segments tell of extents."""

    def so_far(self) -> bytes:
        """Return the 32 bytes that stand for the segments so far."""


class Sent(NamedTuple):
    """How far an upload has come.

    Attributes:
        parts: Whole segments, those that the server had included.
        digest: As `UploadHeld` has it.
        mark: As `UploadHeld` has it.
        basis: As `UploadHeld` has it.
    """

    parts: int
    digest: bytes
    mark: bytes = b""
    basis: int = 0

    def held(self, entry: tuple[int, int]) -> UploadHeld | None:
        """Return what the server can keep of it for another try; None: nothing."""
        request, position = entry
        if self.parts < RESUMABLE:
            return None
        return UploadHeld(request, position, *self)


class Beginning(NamedTuple):
    """Where an upload begins.

    Attributes:
        sent: What the server has.
        sealing: Seals what follows; None: it is sent in clear.
    """

    sent: Sent
    sealing: Sealing | EnvelopeSealing | None


def begin(
    held: UploadHeld | None,
    seen: Seen,
    segments: Iterator[bytes],
    seals: Seals | None,
    basis: bytes = b"",
) -> Beginning | None:
    """Go through as much of a file, or of a delta, as the server has of it.

    Args:
        held: What the server has; None: nothing.
        seen: The file or delta.
        segments: Of it; those that the server has are taken from them.
        seals: Of an encrypted backup.
        basis: Digest of what a sealed delta stands on.

    Returns:
        Where the upload begins; None: what the server has is not how this one begins.

    Raises:
        OSError: The file cannot be read.
    """
    if held is None:
        return Beginning(Sent(0, b""), None if seals is None else seals.begin(basis))
    sent = Sent(held.parts, held.digest, held.mark, held.basis)
    if seals is None:
        for _ in islice(segments, held.parts):
            pass
        return Beginning(sent, None) if seen.so_far() == held.digest else None
    try:
        mark = seals.open_mark(held.mark, basis)
    except IntegrityError:
        return None
    if (mark.parts, mark.pieces) != (held.parts, held.digest):
        return None
    places = [(len(data), offset_of(seen, data)) for data in islice(segments, held.parts)]
    if (len(places), seen.so_far()) != (mark.parts, mark.looks):
        return None
    return Beginning(sent, seals.go_on(mark, places, basis))


def offset_of(seen: Seen, segment: bytes) -> int:
    """Return where the first extent of a segment begins; 0 where there are no holes."""
    return parse_extents(segment)[0][0][0] if seen.has_holes else 0


class Offered:
    """What the server has of the files that it wants."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], UploadHeld] = {}

    def add(self, message: UploadHeld) -> None:
        """Remember what the server has of a file.

        Raises:
            RemoteProtocolError: It has of far more than runs can leave.
        """
        if len(self._held) >= MOST_HELD:
            raise RemoteProtocolError("the server offers too much of what was cut off")
        self._held[message.request, message.position] = message

    def take(self, entry: tuple[int, int], basis: int = 0) -> UploadHeld | None:
        """Return what it has of the entry (request, position), once; None: nothing.

        Args:
            entry: Of a listing.
            basis: Content id of what it is sent as a delta against; 0: it is sent whole.
        """
        held = self._held.get(entry)
        if held is None or held.basis != basis:
            return None
        return self._held.pop(entry)
