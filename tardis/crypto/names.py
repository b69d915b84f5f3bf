"""Sealed names: AES-256-SIV (RFC 5297), equal for equal names, so that they can be found.

A sealed name is written in the URL-safe alphabet of base 64 without padding: it holds no
slash and no zero byte, and is at most 362 bytes long.  Link targets and attributes are
sealed the same way, bound to the name they belong to, and stay bytes.
"""

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tardis.model import IntegrityError

SEALED_NAME_MAX: Final = 362
"""Bytes of a sealed name of 255 bytes."""

_KEPT: Final = 4096
"""Names whose sealed form is kept: a listing needs each of its names twice, and many names are
those of one file in every directory."""

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")

_NAME: Final = b"tardis/5/name"
_REST: Final = b"tardis/5/of/"


class NameSealer:
    """Seals the names of one repository.

    Args:
        key: Its key of names, 64 bytes.

    Attributes:
        seal: Returns a name, not empty, as the server gets to know it.
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 # lazy
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415 # lazy

        self._invalid = InvalidTag
        self._siv = AESSIV(key)
        self._about = [_NAME]
        self.seal: Callable[[bytes], bytes] = lru_cache(_KEPT)(self._seal)

    def _seal(self, name: bytes) -> bytes:
        sealed = self._siv.encrypt(name, self._about)
        return binascii.b2a_base64(sealed, newline=False).translate(_URL_SAFE, b"=")

    def open(self, sealed: bytes) -> bytes:
        """Return the name behind *sealed*.

        Raises:
            IntegrityError: It was changed, or sealed with another key.
        """
        return self._open(_unpacked(sealed), self._about)

    def seal_path(self, path: bytes) -> bytes:
        """Return *path*, whose components may be empty, sealed one by one."""
        return b"/".join(self.seal(one) if one else one for one in path.split(b"/"))

    def open_path(self, path: bytes) -> bytes:
        """Return the path behind *path*.

        Raises:
            IntegrityError: A component was changed, or sealed with another key.
        """
        return b"/".join(self.open(one) if one else one for one in path.split(b"/"))

    def seal_value(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return something about *name*, such as a link's target; the empty stays empty.

        Args:
            value: To be sealed.
            what: It is, a word.
            name: It belongs to, plain.
        """
        return self._siv.encrypt(value, [_REST + what, name]) if value else b""

    def open_value(self, sealed: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_value` was given.

        Raises:
            IntegrityError: It was changed, or belongs to something else.
        """
        return self._open(sealed, [_REST + what, name]) if sealed else b""

    def seal_text(self, value: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_value` does, in the alphabet of sealed names."""
        return base64.urlsafe_b64encode(self.seal_value(value, what, name)).rstrip(b"=")

    def open_text(self, sealed: bytes, what: bytes, name: bytes = b"") -> bytes:
        """Return what `seal_text` was given.

        Raises:
            IntegrityError: It was changed, or belongs to something else.
        """
        return self.open_value(_unpacked(sealed), what, name)

    def _open(self, packed: bytes, about: list[bytes]) -> bytes:
        try:
            return self._siv.decrypt(packed, list[bytes | bytearray | memoryview](about))
        except (self._invalid, ValueError):
            raise _foreign() from None


def _unpacked(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error:
        raise _foreign() from None


def _foreign() -> IntegrityError:
    return IntegrityError("a sealed name was changed, or was sealed with another key")
