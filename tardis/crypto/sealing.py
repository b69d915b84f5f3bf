"""Sealed bytes: unreadable, unchangeable and at home in one place only.

A sealed piece is ``check 32 · cipher u8 · salt 16 · commitment 32 · ciphertext and tag``:

- *check*: BLAKE3-256 over all that follows, without a key, so that a server can find damage
  in what it cannot read.
- *salt*: random for every piece.  Key and commitment are 64 bytes of keyed BLAKE3 of it
  under the content key, so a key never seals two pieces and the nonce may be zero.
- *commitment*: a piece that opens under one key opens under no other.
- the associated data, the *context*, names where the piece belongs.
"""

import hmac
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tardis.model import IntegrityError

from .digests import checksum, derive

CHACHA, AES = 1, 2
"""Numbers of the ciphers: ChaCha20-Poly1305, AES-256-GCM."""

_CHECK: Final = 32
_SALT: Final = 16
_COMMITMENT: Final = 32
_HEAD: Final = _CHECK + 1 + _SALT + _COMMITMENT
_TAG: Final = 16
_NONCE: Final = bytes(12)

_COPIED: Final = 64 << 10
"""Bytes up to which copying them once more costs less than digesting them as a second part."""

OVERHEAD: Final = _HEAD + _TAG
"""Bytes by which a sealed piece is longer than what it holds."""

NO_PIECES: Final = bytes(32)
"""Stands for no sealed piece, see `link_piece`."""

_WHOLE = struct.Struct("<BBQ32s32s")
_PART = struct.Struct("<BBQQQ16s")


class Sealer:
    """Seals and opens the contents of one repository.

    Args:
        key: Its content key, 32 bytes.
        cipher: To seal with; by default the one that this processor is fast at.
        older: Keys that nothing is sealed with any more; what was is still opened.
    """

    def __init__(self, key: bytes, cipher: int = 0, older: tuple[bytes, ...] = ()) -> None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 # lazy
        from cryptography.hazmat.primitives.ciphers import aead  # noqa: PLC0415 # lazy

        self._invalid = InvalidTag
        self._ciphers: dict[int, Callable[[bytes], Any]] = {
            CHACHA: aead.ChaCha20Poly1305,
            AES: aead.AESGCM,
        }
        self._key = key
        self._keys = (key, *older)
        number = cipher or best_cipher()
        self._number = bytes((number,))
        self._make = self._ciphers[number]

    def seal(self, data: bytes, context: bytes) -> bytes:
        """Return *data* as a sealed piece that belongs to *context*."""
        salt = os.urandom(_SALT)
        both = derive(self._key, salt, 64)
        sealed = self._make(both[:32]).encrypt(_NONCE, data, context)
        if len(sealed) <= _COPIED:
            rest = b"".join((self._number, salt, both[32:], sealed))
            return checksum(rest) + rest
        head = b"".join((self._number, salt, both[32:]))
        return b"".join((checksum(head, sealed), head, sealed))

    def is_newest(self, piece: bytes) -> bool:
        """Tell whether *piece*, as far as it says, was sealed with the newest key."""
        both = derive(self._key, piece[_CHECK + 1 : _CHECK + 1 + _SALT], 64)
        return hmac.compare_digest(both[32:], piece[_CHECK + 1 + _SALT : _HEAD])

    def open(self, piece: bytes, context: bytes) -> bytes:
        """Return what *piece* holds.

        Raises:
            IntegrityError: It was changed, cut, made with another key, or for another context.
        """
        check_piece(piece)
        cipher = self._ciphers.get(piece[_CHECK])
        if cipher is None:
            raise IntegrityError("sealed bytes name a cipher that there is not")
        at = _CHECK + 1
        salt, commitment = piece[at : at + _SALT], piece[at + _SALT : _HEAD]
        for key in self._keys:
            both = derive(key, salt, 64)
            if hmac.compare_digest(both[32:], commitment):
                break
        else:
            raise IntegrityError("sealed bytes were sealed with another key, or are damaged")
        try:
            plain: bytes = cipher(both[:32]).decrypt(_NONCE, memoryview(piece)[_HEAD:], context)
        except self._invalid:
            raise IntegrityError("sealed bytes were changed, or belong elsewhere") from None
        return plain


def check_piece(piece: bytes | memoryview) -> None:
    """Make sure, without any key, that *piece* is as it was sealed.

    Raises:
        IntegrityError: It is damaged.
    """
    if len(piece) < OVERHEAD or checksum(memoryview(piece)[_CHECK:]) != piece[:_CHECK]:
        raise IntegrityError("sealed bytes do not match their checksum")


def link_piece(before: bytes, piece: bytes | memoryview) -> bytes:
    """Return 32 bytes that stand for a sealed *piece* and, by *before*, for those ahead of it.

    No key is needed: the checksum of a piece tells all of it.
    """
    return checksum(before, piece[:_CHECK])


def best_cipher() -> int:
    """Return AES where the processor computes it itself, else ChaCha."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return CHACHA
    return AES if " aes " in flags.replace("\n", " ") else CHACHA


def whole_context(kind: int, codec: int, size: int, digest: bytes, basis: bytes = b"") -> bytes:
    """Return the context of a record that is sealed as one piece.

    Args:
        kind: Of the record.
        codec: How the bytes were compressed before.
        size: Plain bytes.
        digest: Of the content.
        basis: Digest of what a delta stands on.
    """
    return b"W" + _WHOLE.pack(kind, codec, size, digest, basis)


def part_context(kind: int, codec: int, size: int, place: tuple[int, int], whole: bytes) -> bytes:
    """Return the context of one segment of a large content.

    Args:
        kind: Of the record.
        codec: How the segment was compressed before.
        size: Its plain bytes.
        place: Its number, and where its first extent begins (0 where there are no holes).
        whole: 16 random bytes that all segments of the content share.
    """
    return b"P" + _PART.pack(kind, codec, size, *place, whole)


def end_context(kind: int, digest: bytes, basis: bytes = b"") -> bytes:
    """Return the context of the last piece of a large content, which tells what is whole.

    Args:
        kind: Of the record.
        digest: Of the content.
        basis: Digest of what a delta stands on.
    """
    return b"E" + bytes((kind,)) + digest + basis


def mark_context(kind: int, basis: bytes = b"") -> bytes:
    """Return the context of what tells a client how far an upload had come.

    Args:
        kind: Of the record.
        basis: Digest of what a delta stands on.
    """
    return b"M" + bytes((kind,)) + basis
