"""Large contents: digested, and sent in segments that are compressed each alone."""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Final

from tardis.crypto import EnvelopeSealing, Sealing, Seals
from tardis.model import RESUMABLE, SEGMENT, RemoteProtocolError
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadHeld, UploadPart
from tardis.scan import ATTEMPTS, HEADER, ZEROS, Advance, Body, FolderReader, Read, trouble
from tardis.streams import parse_extents

from .packing import Pack, Packer, pack_segments
from .proving import Prove, unproved
from .run import Talk
from .signing import Signer

MOST_HELD: Final = 1000
"""Files of which the server may have the beginning."""


class LargeSender:
    """Sends large contents, one at a time.

    Args:
        line: To the server.
        key: See `crypto.content_key`.
        packer: Compresses.
        pack: Makes segments of one stream, as the classic scheme wants it, or each alone.
        seals: What segments are sealed with; None: they are sent in clear.
        signs: Send the signature of each, too; not of streams.
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
        self._is_plain = pack is pack_segments and seals is None
        self._signs = signs and pack is pack_segments
        self._held: dict[tuple[int, int], UploadHeld] = {}

    def on_held(self, message: UploadHeld) -> None:
        """Remember what the server has of a file.

        Raises:
            RemoteProtocolError: It has of far more than runs can leave.
        """
        if len(self._held) >= MOST_HELD:
            raise RemoteProtocolError("the server offers too much of what was cut off")
        self._held[message.request, message.position] = message

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
        left, held = ATTEMPTS, self._held.pop(entry, None)
        while True:
            file = reader.open(row[HEADER:])
            has_begun = False
            try:
                body = Body(file, self._key, advance)
                with Signer(body, file.before.st_size, is_wanted=self._signs) as signer:
                    segments = signer.segments()
                    if held is not None and not _begins_with(held, body, segments):
                        held = None
                        continue
                    skipped = held.parts if held else 0
                    self._line.say(UploadBegin(*entry, body.has_holes, held=skipped))
                    has_begun, left = True, left - 1
                    sealing = None if self._seals is None else self._seals.begin()
                    parts, looks = self._say_parts(row[HEADER:], body, segments, sealing)
                    still = body.kept_still()
                    if still or not left:
                        signer.say(self._line, self._seals)
                        read = reader.outcome(row, file, body.size, kept_still=still)
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
            parts += skipped
            is_kept = parts >= RESUMABLE and self._is_plain
            held = UploadHeld(*entry, parts, looks) if is_kept else None
            self._line.say(UploadAbort(keeps=held is not None))

    def _say_parts(
        self,
        name: bytes,
        body: Body,
        segments: Iterator[bytes],
        sealing: Sealing | EnvelopeSealing | None,
    ) -> tuple[int, bytes]:
        """Send *segments*; return how many of them are whole, and what stands for these."""
        parts, looks = 0, body.so_far()
        has_extents = body.has_holes and self._pack is pack_segments
        for data, codec, stored in self._pack(self._packer, name, segments):
            if sealing is not None:
                offset = parse_extents(data)[0][0][0] if has_extents else 0
                piece = sealing.part(codec, len(data), offset, stored)
                self._line.say(UploadPart(len(data), codec, piece, offset))
                continue
            part = b"" if stored is ZEROS else stored
            self._line.say(UploadPart(len(data), codec, part))
            if len(data) >= SEGMENT:
                parts, looks = parts + 1, body.so_far()
        return parts, looks


def _begins_with(held: UploadHeld, body: Body, segments: Iterator[bytes]) -> bool:
    """Read as much of a file as the server *held*; tell whether that is the same."""
    for _ in islice(segments, held.parts):
        pass
    return body.so_far() == held.digest


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
