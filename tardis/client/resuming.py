"""Going on with an upload that was cut off: what the server has of it must be our file's.

Plain segments the server digests itself.  Of sealed ones it can only tell that they are as
they came, and tells back the *mark* that came with the last of them: sealed, so it is ours,
with what stands for the plain segments, and what binds those to come to them.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tardis.crypto import EnvelopeSealing, Sealing, Seals
from tardis.model import RESUMABLE, IntegrityError
from tardis.protocol.messages import UploadHeld
from tardis.scan import Body
from tardis.streams import parse_extents


class Sent(NamedTuple):
    """How far an upload has come.

    Attributes:
        parts: Whole segments, those that the server had included.
        digest: As `UploadHeld` has it.
        mark: As `UploadHeld` has it.
    """

    parts: int
    digest: bytes
    mark: bytes = b""

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
    held: UploadHeld | None, body: Body, segments: Iterator[bytes], seals: Seals | None
) -> Beginning | None:
    """Read as much of a file as the server has of it.

    Args:
        held: What the server has; None: nothing.
        body: Of the file.
        segments: Of the file; those that the server has are taken from them.
        seals: Of an encrypted backup.

    Returns:
        Where the upload begins; None: what the server has is not how this file begins.

    Raises:
        OSError: It cannot be read.
    """
    if held is None:
        return Beginning(Sent(0, b""), None if seals is None else seals.begin())
    sent = Sent(held.parts, held.digest, held.mark)
    if seals is None:
        for _ in islice(segments, held.parts):
            pass
        return Beginning(sent, None) if body.so_far() == held.digest else None
    try:
        mark = seals.open_mark(held.mark)
    except IntegrityError:
        return None
    if (mark.parts, mark.pieces) != (held.parts, held.digest):
        return None
    places = [(len(data), offset_of(body, data)) for data in islice(segments, held.parts)]
    if (len(places), body.so_far()) != (mark.parts, mark.looks):
        return None
    return Beginning(sent, seals.go_on(mark, places))


def offset_of(body: Body, segment: bytes) -> int:
    """Return where the first extent of a segment begins; 0 where the file has no holes."""
    return parse_extents(segment)[0][0][0] if body.has_holes else 0
