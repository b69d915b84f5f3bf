"""The bytes of one file of the classic scheme: as they lie there, or decrypted."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

from tardis.crypto import ENVELOPE, Envelope, padded
from tardis.model import IntegrityError, RawFile

from .files import opened
from .meta import read_meta

_BLOCK: Final = 256 << 10
_IV: Final = 16
_MAC: Final = 64


class PlainFile:
    """The bytes of a file, as they lie there.

    Args:
        file: The file, closed with this, or its path.
        stored: Its length, bytes.

    Attributes:
        name: What errors call it.
        size: Bytes that can be read.

    Raises:
        IntegrityError: The file is absent, or has another length.
    """

    def __init__(self, file: str | RawFile, stored: int) -> None:
        self.size = stored
        self._file = opened(file)
        self.name = self._file.name
        if self._file.length() != stored:
            self.close()
            raise IntegrityError(f"{self.name} is not as long as it should be")

    def read(self, length: int, offset: int) -> bytes:
        """Return *length* bytes from *offset*.

        Raises:
            IntegrityError: They cannot be read.
        """
        data = self._file.read_at(length, offset)
        if len(data) != length:
            raise IntegrityError(f"{self.name} is cut off")
        return data

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        self._file.close()


class SealedFile(PlainFile):
    """What one object holds, decrypted where it is read; see `PlainFile`.

    All of the object is proved before any byte of it is given out.

    Args:
        file: See `PlainFile`.
        stored: Its length, bytes.
        envelope: Of the repository.

    Raises:
        IntegrityError: The file is absent, has another length, or was changed.
    """

    def __init__(self, file: str | RawFile, stored: int, envelope: Envelope) -> None:
        super().__init__(file, stored)
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
            raise IntegrityError(f"{self.name} was changed, or was sealed with another key")
        return body - _IV - padded(self.read(_IV, body - 2 * _IV))


def file_digest(path: str) -> bytes:
    """Return the SHA-256 of a file; an OSError when it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def check_sealed(of: str | RawFile, stored: int) -> Iterator[int]:
    """Compare a sealed content's file with what stands beside it, without a key; yield its bytes.

    Where nothing stands beside it only a key could tell: no byte is read then.

    Raises:
        IntegrityError: The file is absent, has another length, or is damaged.
    """
    file = PlainFile(of, stored)
    try:
        try:
            wanted = read_meta(file.name).check
        except IntegrityError:
            return
        state = hashlib.sha256()
        for offset in range(0, stored, _BLOCK):
            data = file.read(min(_BLOCK, stored - offset), offset)
            state.update(data)
            yield len(data)
        if wanted and state.digest() != wanted:
            raise IntegrityError(f"{file.name} does not match its checksum")
    finally:
        file.close()
