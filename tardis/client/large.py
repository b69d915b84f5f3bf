"""Large contents: digested, and sent in segments that are compressed each alone."""

import os

from tardis.crypto import Sealing, Seals
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadPart
from tardis.scan import ATTEMPTS, HEADER, ZEROS, Advance, Body, FolderReader, Read, trouble
from tardis.streams import parse_extents

from .packing import Pack, Packer, pack_segments
from .run import Talk


class LargeSender:
    """Sends large contents, one at a time.

    Args:
        line: To the server.
        key: See `crypto.content_key`.
        packer: Compresses.
        pack: Makes segments of one stream, as the classic scheme wants it, or each alone.
        seals: What segments are sealed with; None: they are sent in clear.
    """

    def __init__(
        self,
        line: Talk,
        key: bytes,
        packer: Packer,
        pack: Pack = pack_segments,
        seals: Seals | None = None,
    ) -> None:
        self._seals = seals
        self._line = line
        self._key = key
        self._packer = packer
        self._pack = pack

    def send(
        self, entry: tuple[int, int], reader: FolderReader, row: bytes, advance: Advance
    ) -> tuple[Read, int]:
        """Send the file of *row* as the entry (request, position).

        Returns:
            How it went, and how many of its bytes are in no hole.

        Raises:
            SourceError: It cannot be read; an upload that had begun was given up.
        """
        for left in reversed(range(ATTEMPTS)):
            file = reader.open(row[HEADER:])
            has_begun = False
            try:
                body = Body(file, self._key, advance)
                self._line.say(UploadBegin(*entry, body.has_holes))
                has_begun = True
                sealing = None if self._seals is None else self._seals.begin()
                self._say_parts(row[HEADER:], body, sealing)
                still = body.kept_still()
                if still or not left:
                    read = reader.outcome(row, file, body.size, kept_still=still)
                    seal = b"" if sealing is None else sealing.end(body.digest, body.size)
                    told = (read.marks, read.state, body.digest, body.size, seal)
                    self._line.say(UploadEnd(*told))
                    return read, body.data_bytes
            except OSError as error:
                if has_begun:
                    self._line.say(UploadAbort())
                raise trouble(error) from error
            finally:
                os.close(file.descriptor)
            self._line.say(UploadAbort())
        raise AssertionError("unreachable: the last attempt returns")

    def _say_parts(self, name: bytes, body: Body, sealing: Sealing | None) -> None:
        for data, codec, stored in self._pack(self._packer, name, body.segments()):
            if sealing is None:
                part = b"" if stored is ZEROS else stored
                self._line.say(UploadPart(len(data), codec, part))
                continue
            offset = parse_extents(data)[0][0][0] if body.has_holes else 0
            piece = sealing.part(codec, len(data), offset, stored)
            self._line.say(UploadPart(len(data), codec, piece, offset))


def digest_large(
    reader: FolderReader, row: bytes, key: bytes, advance: Advance
) -> tuple[Read, bytes]:
    """Return how reading the file of *row* went, and its digest.

    Raises:
        SourceError: It cannot be read.
    """
    for left in reversed(range(ATTEMPTS)):
        file = reader.open(row[HEADER:])
        try:
            body = Body(file, key, advance)
            for _ in body.segments():
                pass
            still = body.kept_still()
        except OSError as error:
            raise trouble(error) from error
        finally:
            os.close(file.descriptor)
        if still or not left:
            read = reader.outcome(row, file, body.size, kept_still=still)
            return read, body.digest
    raise AssertionError("unreachable: the last attempt returns")
