"""The messages of large contents and of deltas: signatures, and uploads in segments."""

from dataclasses import dataclass

from .greetings import Message


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class WantSignatures(Message):
    """Client asks for the signatures of bases it was offered, by content id.

    Each may be asked for once for each offer; answered one after the other.
    """

    KIND = "signatures.want"
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SignaturePart(Message):
    """A part of a signature, up to 1 MiB; `SignatureEnd` follows the last one."""

    KIND = "signature.part"
    basis: int
    data: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SignatureEnd(Message):
    """A signature is complete.

    Attributes:
        basis: Whose.
        is_good: The basis is whole; else no delta can be made against it.
    """

    KIND = "signature.end"
    basis: int
    is_good: bool


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadBegin(Message):
    """Client starts to send a large content, or a delta; one at a time.

    Attributes:
        request: Listing request.
        position: In that listing.
        basis: Content id that a delta stands on, as it was offered; 0 for a whole content.
    """

    KIND = "upload.begin"
    request: int
    position: int
    basis: int = 0


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadPart(Message):
    """One segment: 1 MiB plain, the last one less; compressed alone.

    Attributes:
        size: Plain bytes, of the content or of its delta.
        codec: Number of the compression of *data*.
    """

    KIND = "upload.part"
    size: int
    codec: int
    data: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadEnd(Message):
    """All segments were sent; marks and state as in `Digests`.

    Digest and size are those of the content, also where a delta was sent.
    """

    KIND = "upload.end"
    marks: int
    state: bytes
    digest: bytes
    size: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadAbort(Message):
    """Client gives the running upload up; bytes or `Unread` follow for the entry."""

    KIND = "upload.abort"
