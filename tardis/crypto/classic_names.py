"""Names of encrypted classic repositories, as documented: AES-256-ECB, equal for equal blocks.

A name is filled with zero bytes to a multiple of 16, encrypted block by block, and written in
base 64 with ``#@`` in place of ``+/``.  What belongs to a name, which is kept in rows here, is
sealed in the envelope of the objects.
"""

import base64
import binascii
from typing import Final

from tardis.model import IntegrityError

from .envelope import Envelope
from .names import NameSealer

_BLOCK: Final = 16
_ALPHABET: Final = b"#@"


class ClassicNameSealer(NameSealer):
    """Seals the names of one classic repository; see `NameSealer`.

    Args:
        key: Its filename key, 32 bytes.
        envelope: Seals what belongs to names.
    """

    def __init__(self, key: bytes, envelope: Envelope) -> None:
        from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 # lazy
            Cipher,
            algorithms,
            modes,
        )

        self._cipher = Cipher(algorithms.AES(key), modes.ECB())
        self._envelope = envelope

    def seal(self, name: bytes) -> bytes:
        """Return a name, not empty, as the server gets to know it."""
        state = self._cipher.encryptor()
        blocks = state.update(name + bytes(-len(name) % _BLOCK)) + state.finalize()
        return base64.b64encode(blocks, _ALPHABET)

    def open(self, sealed: bytes) -> bytes:
        """Return the name behind *sealed*; nothing proves it, but it could be a name.

        Raises:
            IntegrityError: It was changed, or sealed with another key.
        """
        blocks = _unpacked(sealed)
        if not blocks or len(blocks) % _BLOCK:
            raise _foreign()
        state = self._cipher.decryptor()
        plain = state.update(blocks) + state.finalize()
        name: bytes = plain.rstrip(b"\0")
        is_filled = len(plain) - len(name) < _BLOCK
        if not is_filled or b"/" in name or b"\0" in name or name in (b".", b".."):
            raise _foreign()
        return name

    def seal_value(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return something about *name*; see `NameSealer.seal_value`."""
        return self._envelope.seal_value(value, what, name) if value else b""

    def open_value(self, sealed: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_value` was given.

        Raises:
            IntegrityError: It was changed, or belongs to something else.
        """
        return self._envelope.open_value(sealed, what, name) if sealed else b""

    def seal_text(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_value` does, in the alphabet of sealed names."""
        return base64.b64encode(self.seal_value(value, what, name), _ALPHABET)

    def open_text(self, sealed: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_text` was given.

        Raises:
            IntegrityError: It was changed, or belongs to something else.
        """
        return self.open_value(_unpacked(sealed), what, name)


def _unpacked(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, _ALPHABET, validate=True)
    except binascii.Error:
        raise _foreign() from None


def _foreign() -> IntegrityError:
    return IntegrityError("a sealed name was changed, or was sealed with another key")
