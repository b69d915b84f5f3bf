"""The bytes of one file of the classic scheme: as they lie there, or decrypted."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from typing import Final

from tardis.crypto import ENVELOPE, Envelope, padded
from tardis.model import IntegrityError

from .meta import read_meta

_BLOCK: Final = 256 << 10
_IV: Final = 16
_MAC: Final = 64


class PlainFile:
    """The bytes of a file, as they lie there.

    Args:
        path: Of the file.
        stored: Its length, bytes.

    Attributes:
        size: Bytes that can be read.

    Raises:
        IntegrityError: The file is absent, or has another length.
    """

    def __init__(self, path: str, stored: int) -> None:
        self.size = stored
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise IntegrityError(f"{path} cannot be read: {error.strerror}") from error
        if os.fstat(self._descriptor).st_size != stored:
            self.close()
            raise IntegrityError(f"{path} is not as long as it should be")

    def read(self, length: int, offset: int) -> bytes:
        """Return *length* bytes from *offset*.

        Raises:
            IntegrityError: They cannot be read.
        """
        try:
            data = os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise IntegrityError(f"{self._path} cannot be read: {error.strerror}") from error
        if len(data) != length:
            raise IntegrityError(f"{self._path} is cut off")
        return data

    def close(self) -> None:
        """Close the file, once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class SealedFile(PlainFile):
    """What one object holds, decrypted where it is read; see `PlainFile`.

    All of the object is proved before any byte of it is given out.

    Args:
        path: Of its file.
        stored: The file's length, bytes.
        envelope: Of the repository.

    Raises:
        IntegrityError: The file is absent, has another length, or was changed.
    """

    def __init__(self, path: str, stored: int, envelope: Envelope) -> None:
        super().__init__(path, stored)
        self._envelope = envelope
        try:
            self.size = self._prove(stored - _MAC)
        except BaseException:
            self.close()
            raise

    def read(self, length: int, offset: int) -> bytes:
        """See `PlainFile.read`."""
        first = offset // _IV
        count = -(-(offset + length) // _IV) - first
        blocks = super().read((count + 1) * _IV, first * _IV)  # with the one before
        plain = self._envelope.decrypt(blocks[:_IV], blocks[_IV:])
        begin = offset - first * _IV
        return plain[begin : begin + length]

    def _prove(self, body: int) -> int:
        """Compare IV and ciphertext, *body* bytes, with the HMAC; return how many they hold."""
        mac, read = self._envelope.mac(), super().read
        is_right = body >= ENVELOPE - _MAC and not body % _IV
        if is_right:
            for offset in range(0, body, _BLOCK):
                mac.update(read(min(_BLOCK, body - offset), offset))
            is_right = hmac.compare_digest(mac.digest(), read(_MAC, body))
        if not is_right:
            raise IntegrityError(f"{self._path} was changed, or was sealed with another key")
        return body - _IV - padded(self.read(_IV, body - 2 * _IV))


def file_digest(path: str) -> bytes:
    """Return the SHA-256 of a file; an OSError when it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def check_sealed(path: str, stored: int) -> Iterator[int]:
    """Compare a sealed content's file with what stands beside it, without a key; yield its bytes.

    Where nothing stands beside it only a key could tell: no byte is read then.

    Raises:
        IntegrityError: The file is absent, has another length, or is damaged.
    """
    file = PlainFile(path, stored)
    try:
        try:
            wanted = read_meta(path).check
        except IntegrityError:
            return
        state = hashlib.sha256()
        for offset in range(0, stored, _BLOCK):
            data = file.read(min(_BLOCK, stored - offset), offset)
            state.update(data)
            yield len(data)
        if wanted and state.digest() != wanted:
            raise IntegrityError(f"{path} does not match its checksum")
    finally:
        file.close()
