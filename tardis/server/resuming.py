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
from tardis.store import DeltaUpload, Partial, SealedDeltaUpload, StoreWriter, Upload
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
            for basis in {waits.basis: None, 0: None}:
                name = self.name_of(waits.listed, basis)
                found = self._writer.partials.find(name, self._pulse)
                if found is not None:
                    told = (found.parts, found.proof.so_far(), found.mark, basis)
                    yield UploadHeld(request, position, *told)
                    break

    def take(self, message: UploadBegin, listed: Listed) -> Partial | None:
        """Return what *message* goes on behind, for good; None: it begins anew.

        Raises:
            RemoteProtocolError: The client goes on where nothing was offered.
        """
        if not message.held:
            return None
        name = self.name_of(listed, message.basis)
        self._writer.partials.find(name, self._pulse)
        found = self._writer.partials.take(name)
        if found is None or (found.parts, found.has_holes) != (message.held, message.has_holes):
            raise RemoteProtocolError("an upload goes on where nothing was offered")
        return found

    def begin(self, message: UploadBegin, listed: Listed) -> Upload:
        """Return what takes the bytes of *listed*: from their beginning, or going on.

        Raises:
            RemoteProtocolError: The client goes on where nothing was offered.
        """
        found = self.take(message, listed)
        if found is not None:
            return self._writer.resume_large(found)
        name = self.name_of(listed)
        return self._writer.begin_large(has_holes=message.has_holes, name=name)

    def keep(
        self, upload: Upload | DeltaUpload | SealedDeltaUpload, listed: Listed, basis: int
    ) -> None:
        """Keep what has arrived of *listed*, which changed, for another try in this run.

        Args:
            upload: Has it.
            listed: The file, as it was listed.
            basis: Content id that it is a delta against, or 0.
        """
        path = upload.leave()
        backlog = self._writer.backlog
        backlog.wait(backlog.mark())
        self._writer.partials.add(self.name_of(listed, basis), path)

    def name_of(self, listed: Listed, basis: int = 0) -> bytes:
        """Return what tells the upload of *listed*, or of a delta of it, from others."""
        what = (listed.filesystem, listed.inode, listed.size, *listed[4:8], basis)
        return checksum(_MARK, pack(what))
