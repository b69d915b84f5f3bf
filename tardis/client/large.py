"""Large contents: digested, and sent in segments that are compressed each alone."""

import os
from collections.abc import Callable

from tardis.crypto import Digester
from tardis.protocol.messages import UploadAbort, UploadBegin, UploadEnd, UploadPart
from tardis.scan import (
    ATTEMPTS,
    HEADER,
    FolderReader,
    Open,
    Read,
    iter_segments,
    kept_still,
    trouble,
)

from .packing import Packer, pack_segments, pack_stream
from .run import Talk

Advance = Callable[[int], None]
"""Hears how many plain bytes were read."""


class LargeSender:
    """Sends large contents, one at a time.

    Args:
        line: To the server.
        key: See `crypto.content_key`.
        packer: Compresses.
        is_stream: Each content becomes one stream, as the classic scheme wants it.
    """

    def __init__(self, line: Talk, key: bytes, packer: Packer, *, is_stream: bool = False) -> None:
        self._line = line
        self._key = key
        self._packer = packer
        self._pack = pack_stream if is_stream else pack_segments

    def send(
        self, entry: tuple[int, int], reader: FolderReader, row: bytes, advance: Advance
    ) -> Read:
        """Send the file of *row* as the entry (request, position).

        Raises:
            SourceError: It cannot be read; an upload that had begun was given up.
        """
        for left in reversed(range(ATTEMPTS)):
            file = reader.open(row[HEADER:])
            try:
                self._line.say(UploadBegin(*entry))
                size, digest = self._say_parts(row[HEADER:], file, advance)
                still = kept_still(file, size)
                if still or not left:
                    read = reader.outcome(row, file, size, kept_still=still)
                    self._line.say(UploadEnd(read.marks, read.state, digest, size))
                    return read
            except OSError as error:
                self._line.say(UploadAbort())
                raise trouble(error) from error
            finally:
                os.close(file.descriptor)
            self._line.say(UploadAbort())
        raise AssertionError("unreachable: the last attempt returns")

    def _say_parts(self, name: bytes, file: Open, advance: Advance) -> tuple[int, bytes]:
        digester, size = Digester(self._key), 0
        for data, codec, stored in self._pack(self._packer, name, iter_segments(file)):
            digester.update(data)
            self._line.say(UploadPart(len(data), codec, stored))
            size += len(data)
            advance(len(data))
        return size, digester.digest()


def digest_large(
    reader: FolderReader, row: bytes, key: bytes, advance: Advance
) -> tuple[Read, bytes]:
    """Return how reading the file of *row* went, and its digest.

    Raises:
        SourceError: It cannot be read.
    """
    for left in reversed(range(ATTEMPTS)):
        file = reader.open(row[HEADER:])
        digester, size = Digester(key), 0
        try:
            for data in iter_segments(file):
                digester.update(data)
                size += len(data)
                advance(len(data))
            still = kept_still(file, size)
        except OSError as error:
            raise trouble(error) from error
        finally:
            os.close(file.descriptor)
        if still or not left:
            read = reader.outcome(row, file, size, kept_still=still)
            return read, digester.digest()
    raise AssertionError("unreachable: the last attempt returns")
