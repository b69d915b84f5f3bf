"""Large contents: digested, and sent in segments that are compressed each alone."""

import os
from collections.abc import Iterator

from tardis.crypto import Seals
from tardis.model import RESUMABLE, SEGMENT
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadPart
from tardis.scan import ATTEMPTS, HEADER, ZEROS, Advance, Body, FolderReader, Read, trouble

from .packing import Pack, Packer, pack_segments
from .proving import Prove, unproved
from .resuming import Beginning, Offered, Sent, begin, offset_of
from .run import Talk
from .signing import Signer


class LargeSender:
    """Sends large contents, one at a time.

    Args:
        line: To the server.
        key: See `crypto.content_key`.
        packer: Compresses.
        pack: Makes segments of one stream, as the classic scheme wants it, or each alone.
        seals: What segments are sealed with; None: they are sent in clear.
        signs: Send the signature of each, too; not of streams.

    Attributes:
        offered: What the server has of files and deltas.
    """

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        line: Talk,
        key: bytes,
        packer: Packer,
        pack: Pack = pack_segments,
        seals: Seals | None = None,
        *,
        signs: bool = False,
    ) -> None:
        self._seals = seals
        self._line = line
        self._key = key
        self._packer = packer
        self._pack = pack
        self._is_modern = pack is pack_segments
        self._signs = signs and self._is_modern
        self.offered = Offered()

    def send(
        self,
        entry: tuple[int, int],
        reader: FolderReader,
        row: bytes,
        advance: Advance,
        prove: Prove = unproved,
    ) -> tuple[Read, int]:
        """Send the file of *row* as the entry (request, position), but for what is held.

        Returns:
            How it went, and how many of its bytes are in no hole.

        Raises:
            SourceError: It cannot be read; an upload that had begun was given up.
        """
        left, held = ATTEMPTS, self.offered.take(entry)
        while True:
            file = reader.open(row[HEADER:])
            has_begun = False
            try:
                body = Body(file, self._key, advance)
                with Signer(body, file.before.st_size, is_wanted=self._signs) as signer:
                    segments = signer.segments()
                    beginning = begin(held, body, segments, self._seals)
                    held = None
                    if beginning is None:
                        continue
                    skipped = beginning.sent.parts
                    self._line.say(UploadBegin(*entry, body.has_holes, held=skipped))
                    has_begun, left = True, left - 1
                    sent = self._say_parts(row[HEADER:], body, segments, beginning)
                    still = body.kept_still()
                    if still or not left:
                        signer.say(self._line, self._seals)
                        read = reader.outcome(row, file, body.size, kept_still=still)
                        sealing = beginning.sealing
                        seal = b"" if sealing is None else sealing.end(body.digest, body.size)
                        told = (read.marks, read.state, body.digest, body.size, seal)
                        self._line.say(UploadEnd(*told, prove(read, body.digest)))
                        return read, body.data_bytes
            except OSError as error:
                if has_begun:
                    self._line.say(UploadAbort())
                raise trouble(error) from error
            finally:
                os.close(file.descriptor)
            held = sent.held(entry) if self._is_modern else None
            self._line.say(UploadAbort(keeps=held is not None))

    def _say_parts(
        self, name: bytes, body: Body, segments: Iterator[bytes], beginning: Beginning
    ) -> Sent:
        """Send *segments*; return how far the whole ones among them reach."""
        sent, sealing = beginning
        parts = sent.parts
        for data, codec, stored in self._pack(self._packer, name, segments):
            is_whole = len(data) >= SEGMENT
            parts += is_whole
            if sealing is None:
                part = b"" if stored is ZEROS else stored
                self._line.say(UploadPart(len(data), codec, part))
                if is_whole:
                    sent = Sent(parts, body.so_far())
                continue
            offset = offset_of(body, data) if self._is_modern else 0
            piece, mark = sealing.part(codec, len(data), offset, stored), b""
            if is_whole and parts >= RESUMABLE:
                mark = sealing.mark(body.so_far())
                sent = Sent(parts, sealing.pieces, mark) if mark else sent
            self._line.say(UploadPart(len(data), codec, piece, offset, mark))
        return sent


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
