"""Encrypted contents on their way into a classic store, which takes them in without a key."""

from functools import partial
from hashlib import sha256

from tardis.crypto import CHECK, ENVELOPE, check_object
from tardis.model import SMALL, IntegrityError

from .backlog import Backlog
from .meta import Meta
from .records import SEALED
from .streamed import ClassicUpload, same_codec

_BLOCK = 16


class SealedClassicUpload(ClassicUpload):
    """A large content that arrives as the pieces of one object; see `ClassicUpload`.

    It is proved to have arrived as it was sealed; what it holds is proved by whoever reads it.

    Args:
        path: Of the temporary file.
        backlog: Does the work; after a failure the group is never committed.
        has_holes: Its zeros are to be holes where it is restored.
    """

    cipher = SEALED

    def __init__(self, path: str, backlog: Backlog, *, has_holes: bool = False) -> None:
        super().__init__(path, backlog, b"", has_holes=has_holes)
        self._check = sha256()

    def add_at(self, offset: int, codec: int, size: int, data: bytes, mark: bytes = b"") -> None:
        """Append a piece; there are no extents and no marks, so *offset* says nothing."""
        self.add(codec, size, data)

    def add(self, codec: int, size: int, data: bytes) -> None:
        """Append what the object has grown by when *size* more plain bytes went into it.

        Raises:
            IntegrityError: It changes its compression on the way.
            TardisError: An earlier piece, or something before, could not be kept.
        """
        self.codec = same_codec(self.codec if self.size else codec, codec)
        self.size += size
        self.stored += len(data)
        self._backlog.put(partial(self._take, data), len(data))

    def end(self, piece: bytes, digest: bytes, size: int) -> None:
        """Append the object's last bytes, behind its SHA-256 in *piece*.

        Raises:
            IntegrityError: The size is another, or there cannot be such an object.
            TardisError: An earlier piece, or something before, could not be kept.
        """
        self.stored += len(piece) - CHECK
        is_odd = self.stored < ENVELOPE or self.stored % _BLOCK or len(piece) > CHECK + ENVELOPE
        if size != self.size or is_odd:
            raise IntegrityError("an upload is not as long as it should be")
        self._backlog.put(partial(self._end, piece), len(piece))

    def _take(self, data: bytes) -> None:
        self._check.update(data)
        self._file.put(data)

    def _end(self, piece: bytes) -> None:
        self._take(piece[CHECK:])
        if self._check.digest() != piece[:CHECK]:
            raise IntegrityError("sealed bytes do not match their checksum")

    def _meta(self, digest: bytes) -> Meta:
        return super()._meta(digest)._replace(check=self._check.digest())


def begin_classic(
    path: str, backlog: Backlog, key: bytes, cipher: int, *, has_holes: bool
) -> ClassicUpload:
    """Return what takes a large content, sealed or not; see `StoreWriter.begin_large`."""
    if cipher:
        return SealedClassicUpload(path, backlog, has_holes=has_holes)
    return ClassicUpload(path, backlog, key, has_holes=has_holes)


def check_small_object(size: int, piece: bytes | memoryview) -> None:
    """Make sure that *piece* can be a sealed content of *size* plain bytes.

    Raises:
        IntegrityError: It cannot.
    """
    most = CHECK + SMALL + ENVELOPE
    if not (0 <= size <= SMALL and CHECK + ENVELOPE <= len(piece) <= most):
        raise IntegrityError("a small content has an impossible size")


def split_piece(piece: bytes | memoryview) -> tuple[bytes | memoryview, bytes]:
    """Return the object in *piece* and its SHA-256.

    Raises:
        IntegrityError: It is not as it was made.
    """
    check_object(piece)
    return piece[CHECK:], bytes(piece[:CHECK])
