"""Signatures of what is sent, made while it is read, for the next run to make deltas against."""

from collections.abc import Iterator

from tardis.delta import SignatureMaker
from tardis.model import SEGMENT
from tardis.protocol.messages import UploadSignature
from tardis.scan import Body

from .run import Talk


class Signer:
    """Makes the signature of one file, if that is wanted; use it in a `with`.

    Args:
        body: Of the file.
        size: Bytes that the file has, as it was opened.
        is_wanted: Signatures are to be sent; files with holes have none.
    """

    def __init__(self, body: Body, size: int, *, is_wanted: bool) -> None:
        self._body = body
        self._size = size
        is_wanted = is_wanted and not body.has_holes
        self._maker = SignatureMaker(size) if is_wanted else None

    def __enter__(self) -> "Signer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._maker is not None:
            self._maker.close()

    def segments(self) -> Iterator[bytes]:
        """Yield the segments of the file; the signature is made of them on the way."""
        maker = self._maker
        for data in self._body.segments():
            if maker is not None:
                maker.add(data)
            yield data

    def say(self, line: Talk) -> None:
        """Send the signature of what was read, unless that is not as long as it was to be."""
        if self._maker is None or self._body.size != self._size:
            return
        signature = self._maker.finish()
        for start in range(0, len(signature), SEGMENT):
            line.say(UploadSignature(signature[start : start + SEGMENT]))
