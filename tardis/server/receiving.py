"""Large contents, segment by segment: verified while they arrive, kept when they are whole."""

from tardis.crypto import Digester
from tardis.model import SEGMENT, IntegrityError, RemoteProtocolError
from tardis.protocol.messages import UploadBegin, UploadEnd, UploadPart
from tardis.store import LargeWriter, StoreWriter
from tardis.streams import Codec, expand

from .settling import Settling


class Receiving:
    """The one upload that a visit has under way.

    Args:
        writer: Of the store, with its set begun.
        settling: Told of contents that are whole.
    """

    def __init__(self, writer: StoreWriter, settling: Settling) -> None:
        self._writer = writer
        self._settling = settling
        self._file: LargeWriter | None = None
        self._digester = Digester(writer.repository.digest_key)
        self._place = (0, 0)
        self._size = 0
        self._is_last = False

    def begin(self, message: UploadBegin) -> None:
        """Start a content.

        Raises:
            RemoteProtocolError: Nobody asked for it.
        """
        self._settling.expect(message.request, message.position)
        self._file = self._writer.begin_large()
        self._digester = Digester(self._writer.repository.digest_key)
        self._place = (message.request, message.position)
        self._size, self._is_last = 0, False

    def part(self, message: UploadPart) -> None:
        """Take one segment; only the last one may be short."""
        if self._is_last or not 0 < message.size <= SEGMENT:
            raise RemoteProtocolError("a segment of an upload has the wrong size")
        plain = message.data
        if message.codec != Codec.NONE or len(plain) != message.size:
            plain = expand(message.codec, plain, message.size)
        self._digester.update(plain)
        self._open_file().add(message.codec, message.data)
        self._size += message.size
        self._is_last = message.size < SEGMENT

    def end(self, message: UploadEnd) -> None:
        """Keep the content, unless it became known meanwhile, and settle its file."""
        file = self._open_file()
        if message.size != self._size or message.digest != self._digester.digest():
            self.abort()
            raise IntegrityError("an upload does not match its digest")
        known = self._writer.find_contents([message.digest]).get(message.digest)
        if known is not None:
            self.abort()
            content = known
        elif self._size == 0:
            self.abort()
            content = self._writer.add_small(message.digest, 0, Codec.NONE, b"")
            self._writer.count_new(1, 0, 0)
        else:
            content = self._writer.keep_large(file, self._size, message.digest)
            self._writer.count_new(1, self._size, file.stored)
        self._file = None
        told = (message.marks, message.state, message.digest)
        self._settling.arrived(*self._place, content, told)

    def abort(self) -> None:
        """Drop what has arrived of the upload under way, if there is one."""
        if self._file is not None:
            self._file.abandon()
            self._file = None

    def _open_file(self) -> LargeWriter:
        if self._file is None:
            raise RemoteProtocolError("a segment of an upload that was not begun")
        return self._file
