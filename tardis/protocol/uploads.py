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
        digest: Of the basis, told where the signature is sealed; else empty.
    """

    KIND = "signature.end"
    basis: int
    is_good: bool
    digest: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadHeld(Message):
    """Server has the beginning of a file, or of a delta, from an upload that was cut off.

    It comes before the message that says what is wanted of the file.

    Attributes:
        request: Listing request.
        position: In that listing.
        parts: Whole segments that it has, each read again and digested by now.
        digest: Of these segments, expanded, one after another: BLAKE3 under the key for
            digests of files without or with holes, whichever it is.  Of sealed ones: BLAKE3
            of such a digest, 32 zeros at first, and of the next piece's checksum, in turn.
        mark: What the client sent with the last of these segments, if they are sealed.
        basis: Content id that they are a delta against, as it is offered for this file; 0 for
            a whole content.
    """

    KIND = "upload.held"
    request: int
    position: int
    parts: int
    digest: bytes
    mark: bytes = b""
    basis: int = 0


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadBegin(Message):
    """Client starts to send a large content, or a delta; one at a time.

    Attributes:
        request: Listing request.
        position: In that listing.
        has_holes: It is a file with holes, and no delta.
        basis: Content id that a delta stands on, as it was offered; 0 for a whole content.
        held: Segments that are not sent, for the server has them: as many as it told in
            `UploadHeld`, or 0.
    """

    KIND = "upload.begin"
    request: int
    position: int
    has_holes: bool
    basis: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadPart(Message):
    """One segment: 1 MiB plain, the last one less; compressed alone.

    Of a file with holes it is ``count u32 · (offset u64, length u64) of each extent · 1 MiB
    of their bytes``, little-endian; extents ascend, do not touch, and are 1 to 1,024.

    In a classic store all segments of a content, or of a delta, have one codec, and are
    pieces of one compressed stream, so a piece may be empty.  Of a file with holes they
    are 1 MiB plain too; an empty one that is not compressed stands for zeros in a hole.

    In an encrypted store each is sealed, and a delta of one segment of up to 128 KiB,
    compressed or not, as the record of a pack.

    Attributes:
        size: Plain bytes, of the content or of its delta; those that tell of extents included.
        codec: Number of the compression of *data*.
        offset: Where the first extent begins, told of what is sealed; else 0.
        mark: Of a sealed segment what its client needs to go on behind it, should the upload
            be cut off: sealed, 4 KiB at the most, only told back; empty where it is no use.
    """

    KIND = "upload.part"
    size: int
    codec: int
    data: bytes
    offset: int = 0
    mark: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadSignature(Message):
    """A part of the signature of the whole content, up to 1 MiB; for the next run.

    A client may send it behind the segments of a content without holes, or of its delta; in
    an encrypted store sealed as one piece.
    """

    KIND = "upload.signature"
    data: bytes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadEnd(Message):
    """All segments were sent; marks and state as in `Digests`.

    Digest and size are those of the content, also where a delta was sent.

    Attributes:
        size: Of the file, holes included.
        seal: Of a sealed content, or of a large delta that is sealed, its last piece, which
            tells what is whole; in a classic store SHA-256 and last bytes of its object; else
            empty.
        mac: In an encrypted modern backup the code of the file's row, 24 bytes; else empty.
    """

    KIND = "upload.end"
    marks: int
    state: bytes
    digest: bytes
    size: int
    seal: bytes = b""
    mac: bytes = b""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UploadAbort(Message):
    """Client gives the running upload up; bytes or `Unread` follow for the entry.

    Attributes:
        keeps: The file changed while it was sent; the client may go on behind the whole
            segments that it has sent, with their number as `UploadBegin.held`.
    """

    KIND = "upload.abort"
    keeps: bool = False
