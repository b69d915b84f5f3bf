"""How contents and directories are named: BLAKE3, keyed per repository."""

import os
from typing import Final

import blake3

FINGERPRINT_SIZE: Final = 16
"""Bytes of a directory's fingerprint."""

_HOLED: Final = "Tardis 2026-11-22 content id of a file with holes"


class Digester:
    """Digests a content that comes in pieces.

    Args:
        key: The repository's digest key, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._state = blake3.blake3(key=key)

    def update(self, data: bytes) -> None:
        """Add *data*, any number of bytes."""
        self._state.update(data)

    def digest(self) -> bytes:
        """Return the 32 bytes for what was added so far."""
        return self._state.digest()


class HoledDigester:
    """Digests a file with holes: its segments, see `tardis.streams.extents`, and its size.

    Its key is derived from the repository's, so no plain content has such a digest.

    Args:
        key: The repository's digest key, 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        own = blake3.blake3(key, derive_key_context=_HOLED).digest()
        self._state = blake3.blake3(key=own)

    def update(self, segment: bytes) -> None:
        """Add a whole segment."""
        self._state.update(segment)

    def so_far(self) -> bytes:
        """Return 32 bytes for the segments so far, which no file's digest can be."""
        return self._state.digest()

    def digest(self, size: int) -> bytes:
        """Return the 32 bytes for the segments so far, of a file of *size* bytes."""
        state = self._state.copy()
        state.update(bytes(4) + size.to_bytes(8, "little"))  # no segment counts 0 extents
        return state.digest()


def digest(key: bytes, data: bytes) -> bytes:
    """Return the content digest of *data*, 32 bytes, under the 32-byte *key*."""
    return blake3.blake3(data, key=key).digest()


def fingerprint(key: bytes, parts: list[bytes]) -> bytes:
    """Return 16 bytes that stand for *parts*, whose order and borders the caller fixes."""
    return blake3.blake3(b"".join(parts), key=key).digest(length=FINGERPRINT_SIZE)


def new_digest_key() -> bytes:
    """Return a fresh random digest key, 32 bytes."""
    return os.urandom(32)


def new_repository_id() -> bytes:
    """Return a fresh random repository id, 16 bytes."""
    return os.urandom(16)
