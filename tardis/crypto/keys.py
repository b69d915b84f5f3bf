"""From one random master key to every other: HKDF (RFC 5869) with labels."""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final

from .digests import keyed_classic

KEY_SIZE: Final = 32
"""Bytes of the master key, and of every key but that of names."""

PAIR_SIZE: Final = 2 * KEY_SIZE
"""Bytes of what a classic repository has instead: a key of contents and one of names."""

_NAMES_SIZE: Final = 64
_PREFIX: Final = b"tardis/5/"
_ROTATED: Final = b"\5"
"""Stands before several keys, so that their length is that of nothing else."""


def hkdf(key: bytes, label: bytes, size: int, salt: bytes = b"") -> bytes:
    """Return *size* bytes (8160 at most) derived from *key* for *label*, HKDF-SHA-256."""
    root = hmac.digest(salt or bytes(32), key, hashlib.sha256)
    found, block, count = b"", b"", 1
    while len(found) < size:
        block = hmac.digest(root, block + label + bytes((count,)), hashlib.sha256)
        found += block
        count += 1
    return found[:size]


def new_master(*, is_pair: bool = False) -> bytes:
    """Return a fresh random master key, 32 bytes, or the two of a classic repository, 64."""
    return os.urandom(PAIR_SIZE if is_pair else KEY_SIZE)


def rotated(secrets: bytes) -> bytes:
    """Return *secrets*, what keyslots wrap, with one more random key that follows from nothing."""
    return b"".join((_ROTATED, *_parted(secrets), os.urandom(KEY_SIZE)))


def rotations_of(secrets: bytes) -> int:
    """Return how often what keyslots wrap was rotated."""
    return len(_parted(secrets)) - 1


def is_possible(secrets: bytes) -> bool:
    """Tell by its length whether *secrets* can be what keyslots wrap."""
    rest = len(secrets) - len(_ROTATED)
    is_rotated = secrets.startswith(_ROTATED) and rest > KEY_SIZE and not rest % KEY_SIZE
    return len(secrets) == KEY_SIZE or is_rotated


def _parted(secrets: bytes) -> list[bytes]:
    if len(secrets) % KEY_SIZE == 0:
        return [secrets]
    starts = range(len(_ROTATED), len(secrets), KEY_SIZE)
    return [secrets[at : at + KEY_SIZE] for at in starts]


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """The keys of one encrypted repository; it shows none of them.

    Attributes:
        repository: Id of the repository, 16 bytes; every key is bound to it.
        digest: Of fingerprints, and of the digests of modern contents, 32 bytes.
        content: Of sealed bytes, 32 bytes.
        names: Of sealed names, 64 bytes; in a classic repository 32.
        older: Keys of bytes that were sealed before the keys were rotated, the newest first.
    """

    repository: bytes
    digest: bytes
    content: bytes
    names: bytes
    older: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, secrets: bytes, repository: bytes) -> "KeyRing":
        """Return the keys of the repository with that id.

        Args:
            secrets: What its keyslots wrap: the master key, or what `rotated` made of it, or the
                two keys of a classic one.
            repository: The id.
        """
        if len(secrets) == PAIR_SIZE:
            content, names = secrets[:KEY_SIZE], secrets[KEY_SIZE:]
            looks = hkdf(content, b"tardis/1/id", KEY_SIZE, repository)
            return cls(repository, looks, content, names)
        master, *later = _parted(secrets)

        def derive(label: bytes, size: int = KEY_SIZE, secret: bytes = master) -> bytes:
            return hkdf(secret, _PREFIX + label, size, repository)

        newest, *older = (derive(b"content", secret=one) for one in reversed((master, *later)))
        return cls(repository, derive(b"id"), newest, derive(b"name", _NAMES_SIZE), tuple(older))

    @property
    def is_classic(self) -> bool:
        """Whether it is that of a classic repository."""
        return len(self.names) == KEY_SIZE

    @property
    def contents(self) -> bytes:
        """What contents are digested with, see `digests.content_key`."""
        return keyed_classic(self.content) if self.is_classic else self.digest

    def __repr__(self) -> str:
        return "KeyRing(***)"

    def __reduce__(self) -> str:
        raise TypeError("keys are not written to files")
