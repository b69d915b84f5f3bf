"""Sealed bytes of the classic scheme, as documented: ``IV 16 · AES-256-CBC · HMAC-SHA512 64``.

What is sealed is padded as PKCS #7 says, so it always gets 1 to 16 bytes longer.  The HMAC
covers IV and ciphertext, and its key is the AES key itself.  Nothing in it tells which object
it is: the digest of what comes out does.

On its way to the server an object is a *piece*: its SHA-256 comes first, 32 bytes, so that the
server can tell damaged bytes without a key.
"""

import hmac
import os
from hashlib import sha256
from typing import Any, Final

from tardis.model import IntegrityError

IV: Final = 16
"""Bytes of the initialization vector, and of a block of ciphertext."""

MAC: Final = 64
"""Bytes of the HMAC at the end."""

CHECK: Final = 32
"""Bytes before an object on its way to the server."""

LEAST: Final = 2 * IV + MAC
"""Bytes of an object that holds nothing."""

_CONTEXT: Final = b"tardis/1/"


class Envelope:
    """Seals and opens what one repository keeps.

    Args:
        key: Its content key, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 # lazy
            Cipher,
            algorithms,
            modes,
        )

        self._key = key
        self._cipher = Cipher
        self._aes = algorithms.AES(key)
        self._mode = modes.CBC

    def seal(self, data: bytes, context: bytes = b"") -> bytes:
        """Return *data* as a piece; the *context* is told nowhere in this scheme."""
        return checked(self.wrap(data))

    def open(self, piece: bytes, context: bytes = b"") -> bytes:
        """Return what *piece* holds.

        Raises:
            IntegrityError: It was changed, cut, or made with another key.
        """
        check_object(piece)
        return self.unwrap(piece[CHECK:])

    def wrap(self, data: bytes, iv: bytes = b"") -> bytes:
        """Return *data* as an object, under a random IV unless one is given."""
        iv = iv or os.urandom(IV)
        encryptor = self.encryptor(iv)
        sealed: bytes = encryptor.update(data + padding(len(data))) + encryptor.finalize()
        body = iv + sealed
        return body + hmac.digest(self._key, body, "sha512")

    def unwrap(self, stored: bytes) -> bytes:
        """Return what the object *stored* holds.

        Raises:
            IntegrityError: It was changed, cut, or made with another key.
        """
        body = stored[:-MAC]
        is_right = hmac.compare_digest(hmac.digest(self._key, body, "sha512"), stored[-MAC:])
        if len(stored) < LEAST or len(stored) % IV or not is_right:
            raise foreign()
        plain = self.decrypt(body[:IV], body[IV:])
        return plain[: len(plain) - padded(plain)]

    def seal_value(self, value: bytes, what: bytes, name: bytes) -> bytes:
        """Return an object that is the same for the same *value* of the same *name*.

        Its IV follows from all three, which `open_value` compares.
        """
        return self.wrap(value, self._fixed_iv(value, what, name))

    def open_value(self, stored: bytes, what: bytes, name: bytes) -> bytes:
        """Return what `seal_value` was given.

        Raises:
            IntegrityError: It was changed, or belongs to something else.
        """
        value = self.unwrap(stored)
        if not hmac.compare_digest(self._fixed_iv(value, what, name), stored[:IV]):
            raise foreign()
        return value

    def begin(self) -> "EnvelopeSealing":
        """Return what seals one large content, piece by piece."""
        return EnvelopeSealing(self)

    def mac(self) -> "hmac.HMAC":
        """Return what makes the HMAC of an object that is read piece by piece."""
        return hmac.new(self._key, digestmod="sha512")

    def encryptor(self, iv: bytes) -> Any:
        """Return what encrypts under *iv*; whole blocks come out as they are filled."""
        return self._cipher(self._aes, self._mode(iv)).encryptor()

    def decrypt(self, iv: bytes, blocks: bytes) -> bytes:
        """Return whole *blocks* decrypted, unverified; *iv* is the block before them."""
        decryptor = self._cipher(self._aes, self._mode(iv)).decryptor()
        plain: bytes = decryptor.update(blocks) + decryptor.finalize()
        return plain

    def _fixed_iv(self, value: bytes, what: bytes, name: bytes) -> bytes:
        parts = (_CONTEXT, what, b"\0", len(name).to_bytes(4, "big"), name, value)
        return hmac.digest(self._key, b"".join(parts), "sha512")[:IV]


class EnvelopeSealing:
    """Seals one large content as it comes; see `seals.Sealing`.

    Attributes:
        pieces: Nothing: an upload that is cut off begins anew.
    """

    pieces: Final = b""

    def __init__(self, envelope: Envelope) -> None:
        iv = os.urandom(IV)
        self._encryptor = envelope.encryptor(iv)
        self._mac = envelope.mac()
        self._check = sha256()
        self._head = iv
        self._size = 0

    def part(self, codec: int, size: int, offset: int, data: bytes) -> bytes:
        """Return what the object grows by with *data*, compressed; the rest goes unused."""
        self._size += len(data)
        return self._seen(self._encryptor.update(data))

    def mark(self, looks: bytes) -> bytes:
        """Return nothing: one object is sealed in one go."""
        return b""

    def end(self, digest: bytes, size: int) -> bytes:
        """Return the SHA-256 of the object and then its last bytes."""
        last = self._encryptor.update(padding(self._size)) + self._encryptor.finalize()
        tail = self._seen(last) + self._mac.digest()
        self._check.update(tail[-MAC:])
        return self._check.digest() + tail

    def _seen(self, piece: bytes) -> bytes:
        piece, self._head = self._head + piece, b""
        self._mac.update(piece)
        self._check.update(piece)
        return piece


def checked(stored: bytes) -> bytes:
    """Return an object as a piece."""
    return sha256(stored).digest() + stored


def check_object(piece: bytes | memoryview) -> None:
    """Make sure, without any key, that *piece* is as it was made.

    Raises:
        IntegrityError: It is damaged.
    """
    is_right = sha256(memoryview(piece)[CHECK:]).digest() == piece[:CHECK]
    if len(piece) < CHECK + LEAST or len(piece) % IV or not is_right:
        raise IntegrityError("sealed bytes do not match their checksum")


def padding(size: int) -> bytes:
    """Return what is appended to *size* bytes before they are encrypted."""
    count = IV - size % IV
    return bytes((count,)) * count


def padded(plain: bytes) -> int:
    """Return how many bytes of *plain*, which was decrypted, are padding.

    Raises:
        IntegrityError: They are none.
    """
    count = plain[-1] if plain else 0
    if not (1 <= count <= IV and plain.endswith(bytes((count,)) * count)):
        raise foreign()
    return count


def foreign() -> IntegrityError:
    """Return the one error for what was not sealed by this key as it is now."""
    return IntegrityError("sealed bytes were changed, or were sealed with another key")
