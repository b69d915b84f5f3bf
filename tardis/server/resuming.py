"""Uploads that an earlier run did not finish: what is there of them is offered to the client.

An upload is known again by what its file was when it was listed: file system, inode, size
and times.  Whether the file still begins with what is here, the client finds out by digest;
of sealed segments by the mark that it sent with them.
"""

from collections.abc import Callable, Iterator
from typing import Final

from tardis.crypto import checksum
from tardis.model import SEGMENT, Listed, RemoteProtocolError
from tardis.protocol.messages import UploadBegin, UploadHeld
from tardis.store import DeltaUpload, SealedDeltaUpload, StoreWriter, Upload
from tardis.streams import pack

from .settling import Settling

_MARK: Final = b"upload"


class Resuming:
    """What is left of uploads, and who may go on with it.

    Args:
        writer: Of the store, with its set begun.
        settling: Knows which files wait.
        pulse: Called now and then while something takes long; may raise.
    """

    def __init__(self, writer: StoreWriter, settling: Settling, pulse: Callable[[], None]) -> None:
        self._writer = writer
        self._settling = settling
        self._pulse = pulse

    def offers(self, request: int) -> Iterator[UploadHeld]:
        """Yield what there is of the files of a listing that wait for their bytes."""
        if not self._writer.partials:
            return
        for position, waits in self._settling.waiting_of(request).items():
            if waits.listed.size < SEGMENT:
                continue
            found = self._writer.partials.find(self.name_of(waits.listed), self._pulse)
            if found is not None:
                told = (found.parts, found.proof.so_far(), found.mark)
                yield UploadHeld(request, position, *told)

    def begin(self, message: UploadBegin, listed: Listed) -> Upload:
        """Return what takes the bytes of *listed*: from their beginning, or going on.

        Raises:
            RemoteProtocolError: The client goes on where nothing was offered.
        """
        name = self.name_of(listed)
        if not message.held:
            return self._writer.begin_large(has_holes=message.has_holes, name=name)
        self._writer.partials.find(name, self._pulse)
        found = self._writer.partials.take(name)
        if found is None or (found.parts, found.has_holes) != (message.held, message.has_holes):
            raise RemoteProtocolError("an upload goes on where nothing was offered")
        return self._writer.resume_large(found)

    def keep(self, upload: Upload | DeltaUpload | SealedDeltaUpload, listed: Listed) -> None:
        """Keep what has arrived of *listed*, which changed, for another try in this run."""
        path = upload.leave()
        backlog = self._writer.backlog
        backlog.wait(backlog.mark())
        self._writer.partials.add(self.name_of(listed), path)

    def name_of(self, listed: Listed) -> bytes:
        """Return what tells the upload of *listed* from others."""
        what = (listed.filesystem, listed.inode, listed.size, *listed[4:8])
        return checksum(_MARK, pack(what))
