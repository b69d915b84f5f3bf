"""How contents and directories are named.

Contents of the modern scheme by BLAKE3, keyed per repository.  Those of the classic one by
MD5 and SHA-256 together, 48 bytes: the first 16 give the file its name, as is documented,
and all of them tell contents apart, because people can make two files with one MD5.  Where
contents are sealed, HMACs under the content key take the place of both.
"""

import hmac
import os
from hashlib import md5, sha256
from typing import Final

import blake3

_KEY_SIZE: Final = 32

FINGERPRINT_SIZE: Final = 16
"""Bytes of a directory's fingerprint."""

MD5_SIZE: Final = 16
"""Bytes of a classic digest that name the content's file."""

CLASSIC_KEY: Final = b""
"""In place of a key: contents are named as in the classic scheme, which has none."""

_KEYED: Final = b"hmac"
"""Before a key: contents are named as in a classic repository that is encrypted."""

_HOLED: Final = "Tardis 2026-11-22 content id of a file with holes"


class _Classic:
    """MD5 and SHA-256 of the same bytes, or HMACs by them where there is a key."""

    def __init__(self, key: bytes) -> None:
        own = key.removeprefix(_KEYED)
        self._name = hmac.new(own, digestmod="md5") if own else md5(usedforsecurity=False)
        self._strong = hmac.new(own, digestmod="sha256") if own else sha256()

    def update(self, data: bytes) -> None:
        self._name.update(data)
        self._strong.update(data)

    def digest(self) -> bytes:
        return self._name.digest() + self._strong.digest()


class Digester:
    """Digests a content that comes in pieces.

    Args:
        key: Of the repository's contents, see `content_key`.
    """

    def __init__(self, key: bytes) -> None:
        self._state = blake3.blake3(key=key) if is_modern(key) else _Classic(key)

    def update(self, data: bytes) -> None:
        """Add *data*, any number of bytes."""
        self._state.update(data)

    def digest(self) -> bytes:
        """Return the 32 bytes, 48 in the classic scheme, for what was added so far."""
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


def digest(key: bytes, data: bytes | memoryview) -> bytes:
    """Return the content digest of *data* under the *key* that `content_key` returned."""
    if is_modern(key):
        return blake3.blake3(data, key=key).digest()
    if key:
        own = key.removeprefix(_KEYED)
        return hmac.digest(own, data, "md5") + hmac.digest(own, data, "sha256")
    return md5(data, usedforsecurity=False).digest() + sha256(data).digest()


def content_key(scheme: str, key: bytes) -> bytes:
    """Return what contents of a repository are digested with.

    Its *key*; in the classic scheme that of `keyed_classic`, or `CLASSIC_KEY` without one.
    """
    return CLASSIC_KEY if scheme == "classic" and not key.startswith(_KEYED) else key


def keyed_classic(key: bytes) -> bytes:
    """Return what contents of an encrypted classic repository are digested with."""
    return _KEYED + key


def is_modern(key: bytes) -> bool:
    """Tell whether what contents are digested with is the key of a modern repository."""
    return len(key) == _KEY_SIZE


def fingerprint(key: bytes, parts: list[bytes]) -> bytes:
    """Return 16 bytes that stand for *parts*, whose order and borders the caller fixes."""
    return blake3.blake3(b"".join(parts), key=key).digest(length=FINGERPRINT_SIZE)


def checksum(*parts: bytes | memoryview) -> bytes:
    """Return 32 bytes that tell *parts*, one after another, from damaged bytes, by no key.

    What is one part is digested in half the time of what comes as two.
    """
    first, *rest = parts
    state = blake3.blake3(first)
    for part in rest:
        state.update(part)
    return state.digest()


def derive(key: bytes, salt: bytes, size: int) -> bytes:
    """Return *size* bytes that follow from the 32-byte *key* and *salt*."""
    return blake3.blake3(salt, key=key).digest(length=size)


def new_digest_key() -> bytes:
    """Return a fresh random digest key, 32 bytes."""
    return os.urandom(32)


def new_repository_id() -> bytes:
    """Return a fresh random repository id, 16 bytes."""
    return os.urandom(16)
