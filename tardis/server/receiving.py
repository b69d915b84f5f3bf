"""Large contents, segment by segment, kept when they are whole."""

from collections.abc import Callable
from typing import TypeAlias

from tardis.crypto import FILE_MAC, MOST_MARK, OVERHEAD
from tardis.delta import MOST, check_signature
from tardis.model import (
    MODERN,
    SEGMENT,
    DeltaError,
    IntegrityError,
    Listed,
    RemoteProtocolError,
    StoredContent,
)
from tardis.policy import may_make
from tardis.protocol import Message
from tardis.protocol.messages import (
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    UploadSignature,
    WantSignatures,
)
from tardis.store import (
    DeltaKeeper,
    DeltaUpload,
    SealedClassicUpload,
    SealedDeltaUpload,
    SealedUpload,
    StoreWriter,
    Upload,
    check_sealed_signature,
    keep_signature,
)
from tardis.streams import HOLED_SEGMENT, Codec

from .offers import Offers
from .resuming import Resuming
from .settling import Settling

AnyUpload: TypeAlias = Upload | DeltaUpload | SealedDeltaUpload


class Receiving:
    """The one upload that a visit has under way.

    Args:
        writer: Of the store, with its set begun.
        settling: Told of contents that are whole.
        keeper: Takes deltas.
        offers: Knows what they stand on.
        pulse: Called now and then while something takes long; may raise.
    """

    def __init__(
        self,
        writer: StoreWriter,
        settling: Settling,
        keeper: DeltaKeeper,
        offers: Offers,
        pulse: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._resuming = Resuming(writer, settling, pulse)
        self._settling = settling
        self._keeper = keeper
        self._offers = offers
        self._upload: AnyUpload | None = None
        self._basis: StoredContent | None = None
        self._place = (0, 0)
        self._listed: Listed | None = None
        self._signature = bytearray()
        self._is_last = False

    def take(self, message: UploadBegin | UploadSignature | UploadEnd | UploadAbort) -> None:
        """Take what comes before and behind the segments."""
        match message:
            case UploadBegin():
                self.begin(message)
            case UploadSignature():
                self.signature_part(message)
            case UploadEnd():
                self.end(message)
            case UploadAbort():
                self.give_up(message)

    def begin(self, message: UploadBegin) -> None:
        """Start a content.

        Raises:
            RemoteProtocolError: Nobody asked for it.
        """
        listed = self._settling.expect(message.request, message.position, message.basis)
        if message.basis and message.has_holes:
            raise RemoteProtocolError("a content with holes was sent as a delta")
        self._basis = self._offers.stored(message.basis) if message.basis else None
        if self._basis is not None:
            self._upload = self._begin_delta(message, listed, self._basis)
        else:
            self._upload = self._resuming.begin(message, listed)
        self._place, self._listed = (message.request, message.position), listed
        self._is_last = False
        self._signature.clear()

    def offer(self, request: int, say: Callable[[Message], None]) -> None:
        """Say what is left of the files of a listing; see `Resuming.offers`."""
        for message in self._resuming.offers(request):
            say(message)

    def signatures(self, message: WantSignatures, say: Callable[[Message], None]) -> None:
        """Answer with signatures; see `Offers.signatures`."""
        self._offers.signatures(message, say)

    def part(self, message: UploadPart) -> None:
        """Take one segment; only the last one may be short."""
        upload = self._open_upload()
        most = HOLED_SEGMENT if upload.has_holes else SEGMENT
        if self._is_last or not 0 < message.size <= most:
            raise RemoteProtocolError("a segment of an upload has the wrong size")
        if message.mark and (len(message.mark) > MOST_MARK or message.size < SEGMENT):
            raise RemoteProtocolError("a segment of an upload has a mark that cannot be")
        churn = self._settling.churn
        if churn is not None and isinstance(upload, Upload) and not upload.data_bytes:
            churn.look(message.codec, message.data)
        if isinstance(upload, SealedUpload | SealedClassicUpload):
            told = (message.codec, message.size, message.data, message.mark)
            upload.add_at(message.offset, *told)
        elif isinstance(upload, SealedDeltaUpload):
            upload.add(message.codec, message.size, message.data, message.mark)
        else:
            upload.add(message.codec, message.size, message.data)
        self._is_last = message.size < SEGMENT

    def signature_part(self, message: UploadSignature) -> None:
        """Take a part of the signature of what is sent.

        Raises:
            RemoteProtocolError: It is more than a signature can have, or of what has none.
        """
        upload = self._open_upload()
        self._signature += message.data
        is_odd = upload.has_holes or self._writer.repository.scheme != MODERN
        if is_odd or len(self._signature) > MOST + (OVERHEAD if self._writer.cipher else 0):
            raise RemoteProtocolError("a signature was sent that cannot be")

    def _check_signature(self, size: int) -> None:
        """Make sure that a signature that was sent looks like one of a content of *size* bytes."""
        signature = bytes(self._signature)
        try:
            if signature and self._writer.cipher:
                check_sealed_signature(signature, size)
            elif signature:
                check_signature(signature, size)
        except (DeltaError, IntegrityError) as error:
            raise RemoteProtocolError("a signature was sent that cannot be") from error

    def end(self, message: UploadEnd) -> None:
        """Keep the content, unless it became known meanwhile, and settle its file."""
        upload = self._open_upload()
        self._check_signature(message.size)
        known = self._writer.find_contents([message.digest]).get(message.digest)
        if isinstance(upload, DeltaUpload | SealedDeltaUpload):
            content = self._end_delta(upload, message, known)
        else:
            content = self._end_whole(upload, message, known)
        self._upload = None
        if self._signature:
            keep_signature(self._writer, content, message.digest, bytes(self._signature))
        if len(message.mac) != (FILE_MAC if self._writer.repository.has_macs else 0):
            raise RemoteProtocolError("a content was sent without its code, or with another")
        told = (message.marks, message.state, message.digest, message.mac or None)
        self._settling.arrived(*self._place, content, told)

    def _end_whole(self, upload: Upload, message: UploadEnd, known: int | None) -> int:
        if message.size < 0 or (message.size != upload.size and not upload.has_holes):
            raise IntegrityError("an upload is not as long as it should be")
        if isinstance(upload, SealedUpload | SealedClassicUpload):
            upload.end(message.seal, message.digest, message.size)
        else:
            upload.prove(message.digest, message.size)
        if known is not None:
            self.abort()
            content = known
        elif upload.size == 0 and not upload.has_holes and not upload.cipher:
            self.abort()
            content = self._writer.add_small(message.digest, 0, Codec.NONE, b"")
            self._writer.count_new(1, 0, 0)
        else:
            content = self._writer.keep_large(upload, message.digest)
            self._writer.count_new(1, upload.data_bytes, upload.stored)
        return content

    def _begin_delta(
        self, message: UploadBegin, listed: Listed, basis: StoredContent
    ) -> DeltaUpload | SealedDeltaUpload:
        """Return what takes a delta of *listed*: from its beginning, or going on."""
        name = self._resuming.name_of(listed, message.basis)
        found = self._resuming.take(message, listed)
        upload = (
            self._keeper.begin_sealed_delta(name)
            if self._writer.cipher
            else self._keeper.begin_delta(basis, name)
        )
        if found is not None:
            upload.go_on(found)
        return upload

    def _end_delta(
        self, upload: DeltaUpload | SealedDeltaUpload, message: UploadEnd, known: int | None
    ) -> int:
        basis, digest, size = self._basis, message.digest, message.size
        if known is not None:
            self.abort()
            return known
        if basis is None or not size >= 0 or not may_make(basis.size, size):
            raise RemoteProtocolError("a delta makes far more than its basis has, or nothing")
        if isinstance(upload, SealedDeltaUpload):
            upload.end(message.seal)
            return self._keeper.keep_delta(upload, digest, size, basis)
        whole = self._offers.keeps_whole(basis, digest, size, upload.size)
        if self._settling.churn is not None:
            self._settling.churn.count(is_dense=False)  # it has much of what was there before
        keep = self._keeper.keep_rebuilt if whole else self._keeper.keep_delta
        return keep(upload, digest, size, basis)

    @property
    def under_way(self) -> int:
        """Bytes that have arrived of a content that is not whole."""
        return 0 if self._upload is None else self._upload.stored

    def abort(self) -> None:
        """Drop what has arrived of the upload under way, if there is one."""
        if self._upload is not None:
            self._upload.abandon()
            self._upload = None

    def give_up(self, message: UploadAbort) -> None:
        """Drop the upload under way, or keep what has arrived for another try."""
        if self._upload is not None and self._listed is not None and message.keeps:
            basis = 0 if self._basis is None else self._basis.id
            self._resuming.keep(self._upload, self._listed, basis)
            self._upload = None
        self.abort()

    def leave(self) -> None:
        """Keep what has arrived of the upload under way for the next run."""
        if self._upload is not None:
            self._upload.leave()
            self._upload = None

    def _open_upload(self) -> AnyUpload:
        if self._upload is None:
            raise RemoteProtocolError("a segment of an upload that was not begun")
        return self._upload
