"""Keyslots for tests, of passwords that are stretched by one hash instead of the KDF."""

import hashlib

from tardis.crypto import KdfCost, KeyRing, KeysFile, Keyslot, Stretched, make_slot
from tardis.model import Repository

FLOOR = KdfCost(19 << 10, 2, 1)
"""The least that is accepted."""

MASTER = bytes(range(32))
IDENTITY = bytes(range(16))


def quick(password: str, salt: bytes) -> Stretched:
    """Return what takes the place of the KDF where it is not what is tested."""
    return Stretched.of(hashlib.sha512(salt + password.encode()).digest())


def slot_of(password: str, label: str = "main", master: bytes = MASTER) -> Keyslot:
    """Return a slot of *master* in the repository `IDENTITY`."""
    return make_slot(label, FLOOR, lambda salt: quick(password, salt), (master, IDENTITY), 7)


def sealed_keys(*passwords: str) -> KeysFile:
    """Return the keys of a sealed repository; the labels are ``main``, ``two``, ``three``..."""
    labels = ("main", "two", "three", "four")
    slots = tuple(slot_of(one, label) for one, label in zip(passwords, labels, strict=False))
    return KeysFile(Repository(IDENTITY, "modern", b"", True), slots)


def ring() -> KeyRing:
    """Return the keys of that repository."""
    return KeyRing.of(MASTER, IDENTITY)
