"""A store with passwords that cost nothing, for tests of what is done with its keys."""

import hashlib
from pathlib import Path

from tardis.admin import KnownPassword, NewPassword, create_client, first_keys
from tardis.crypto import KdfCost, KeysFile
from tardis.store import KeyFile, Place, keys_of
from tests.crypto.slots import FLOOR

BOX = "box"


def quick(password: bytes, salt: bytes, _cost: KdfCost) -> bytes:
    return hashlib.sha512(salt + password).digest()


def new(password: bytes, label: str = "main", key_file: KeyFile | None = None) -> NewPassword:
    return NewPassword(label, lambda: password, quick, FLOOR, key_file)


def known(password: bytes, label: str = "main", key_file: KeyFile | None = None) -> KnownPassword:
    return KnownPassword(label, lambda: password, quick, key_file)


def sealed_store(base: Path, password: bytes, key_file: KeyFile | None = None) -> Place:
    """Make an encrypted store of `BOX`; return where it lies."""
    place = Place(str(base))
    create_client(place, BOX, keys=first_keys(new(password, "main", key_file), "modern",
                                              is_sealed=True))  # fmt: skip
    return place


def keys_in(place: Place) -> KeysFile:
    found = keys_of(place, BOX)
    assert found is not None
    return found
