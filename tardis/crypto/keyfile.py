"""The text of ``tardis.db.keys``: what identifies a repository, and how its keys are reached.

INI form: a section ``Repository``, and a section ``Slot LABEL`` for each password.
"""

import configparser
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tardis.model import CLASSIC, DIGEST_SIZE, MODERN, Repository, SchemaError, StoreError

from .classic_keys import documented_section
from .digests import new_digest_key, new_repository_id
from .kdf import CLASSIC_COST, KdfCost
from .slots import MAIN, Keyslot, check_label

_SECTION: Final = "Repository"
_SLOT: Final = "Slot "
_FORMAT: Final = "1"
_DIGESTS: Final = {MODERN: "blake3-256-keyed", CLASSIC: "md5-sha256"}
_SEALED_DIGESTS: Final = {**_DIGESTS, CLASSIC: "hmac-md5-sha256"}
_KDF: Final = "argon2id"
_CLASSIC_KDF: Final = "pbkdf2-sha1"
_ID_SIZE: Final = 16
MOST_SLOTS: Final = 32
"""Passwords that one repository can have."""

MOST_ROTATIONS: Final = 64
"""How often its keys can be rotated."""


@dataclass(frozen=True, slots=True)
class KeysFile:
    """What the file says.

    Attributes:
        repository: Its identity; without digest key when that follows from the master key.
        slots: One for each password, none where no password is set.
        rotations: How often the keys were rotated; each keyslot wraps as many keys more.
    """

    repository: Repository
    slots: tuple[Keyslot, ...] = ()
    rotations: int = 0

    def slot(self, label: str) -> Keyslot | None:
        """Return the slot with that label, None when there is none."""
        return next((one for one in self.slots if one.label == label), None)

    def with_slot(self, slot: Keyslot) -> "KeysFile":
        """Return the same with *slot*, in the place of one with its label.

        Raises:
            StoreError: There are too many already.
        """
        others = tuple(one for one in self.slots if one.label != slot.label)
        if len(others) >= MOST_SLOTS:
            raise StoreError(f"a backup has {MOST_SLOTS} passwords at the most")
        return replace(self, slots=(*others, slot))

    def without_slot(self, label: str) -> "KeysFile":
        """Return the same without the slot with that label.

        Raises:
            StoreError: There is none, or it is the last one.
        """
        if self.slot(label) is None:
            raise StoreError(f"there is no keyslot {label!r}")
        if len(self.slots) == 1:
            raise StoreError(
                "the last keyslot stays: nothing could ever be read without it",
                hint="Add another one first.",
            )
        return replace(self, slots=tuple(one for one in self.slots if one.label != label))

    def text(self) -> bytes:
        """Return the file's text."""
        parser = configparser.ConfigParser(interpolation=None)
        repository = self.repository
        parser[_SECTION] = {
            "format": _FORMAT,
            "scheme": repository.scheme,
            "id": repository.id.hex(),
            "digest": _digest_of(repository),
            **(
                {"sealed": "yes"}
                if repository.is_sealed
                else {"digestkey": repository.digest_key.hex()}
            ),
            **({"rotations": str(self.rotations)} if self.rotations else {}),
        }
        for slot in self.slots:
            parser[_SLOT + slot.label] = _slot_fields(slot)
        first = self.slot(MAIN) or next(iter(self.slots), None)
        if first is not None:
            parser.read_dict(documented_section(first.wrapped, repository.id))
        text = io.StringIO()
        parser.write(text)
        return text.getvalue().encode()

    @classmethod
    def parse(cls, text: bytes, place: str) -> "KeysFile":
        """Return what *text*, found at *place*, says.

        Raises:
            StoreError: It is not such a text, or was changed.
            SchemaError: It was made by a newer program.
        """
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(text.decode())
            repository, form = _repository(parser[_SECTION])
            rotations = int(parser[_SECTION].get("rotations", "0"))
            slots = tuple(
                _slot(name.removeprefix(_SLOT), parser[name])
                for name in parser.sections()
                if name.startswith(_SLOT)
            )
        except (ValueError, KeyError, configparser.Error) as error:
            raise StoreError(f"{place} is damaged: {error}") from error
        if form != (_FORMAT, _digest_of(repository)):
            raise SchemaError(
                f"{place} describes a store in a form that this program does not know",
                hint="Use the version that made it, or a later one.",
            )
        key_size = 0 if repository.is_sealed else DIGEST_SIZE
        if (len(repository.id), len(repository.digest_key)) != (_ID_SIZE, key_size):
            raise StoreError(f"{place} is damaged: a key has the wrong length")
        if len(slots) > MOST_SLOTS or (repository.is_sealed and not slots):
            raise StoreError(f"{place} is damaged: it has an impossible number of keyslots")
        if rotations not in range(MOST_ROTATIONS + 1):
            raise StoreError(f"{place} is damaged: it has an impossible number of rotations")
        return cls(repository, slots, rotations)


def new_repository(scheme: str, *, is_sealed: bool = False) -> Repository:
    """Return a fresh identity in one of `model.SCHEMES`."""
    key = b"" if is_sealed else new_digest_key()
    return Repository(new_repository_id(), scheme, key, is_sealed)


def _repository(section: Mapping[str, str]) -> tuple[Repository, tuple[str, str]]:
    is_sealed = section.get("sealed", "no") == "yes"
    key = "" if is_sealed else section["digestkey"]
    repository = Repository(
        bytes.fromhex(section["id"]), section["scheme"], bytes.fromhex(key), is_sealed
    )
    return repository, (section["format"], section["digest"])


def _digest_of(repository: Repository) -> str:
    """Return how contents are named, empty for a scheme that there is not."""
    return (_SEALED_DIGESTS if repository.is_sealed else _DIGESTS).get(repository.scheme, "")


def _slot_fields(slot: Keyslot) -> dict[str, str]:
    return {
        "kdf": _CLASSIC_KDF if slot.cost == CLASSIC_COST else _KDF,
        "memory": str(slot.cost.memory),
        "passes": str(slot.cost.passes),
        "lanes": str(slot.cost.lanes),
        "salt": slot.salt.hex(),
        "wrapped": slot.wrapped.hex(),
        "loginsalt": slot.login_salt.hex(),
        "verifier": slot.verifier.hex(),
        "created": str(slot.created_ns),
        "sum": slot.checksum(),
    }


def _slot(label: str, section: Mapping[str, str]) -> Keyslot:
    """Return a slot as its section tells it.

    Raises:
        ValueError, KeyError: It is not whole.
    """
    slot = Keyslot(
        check_label(label),
        KdfCost(int(section["memory"]), int(section["passes"]), int(section["lanes"])),
        bytes.fromhex(section["salt"]),
        bytes.fromhex(section["wrapped"]),
        bytes.fromhex(section["loginsalt"]),
        bytes.fromhex(section["verifier"]),
        int(section["created"]),
    )
    if section["kdf"] != _slot_fields(slot)["kdf"]:
        raise ValueError(f"the keyslot {label} is stretched in an unknown way")
    if section["sum"] != slot.checksum():
        raise ValueError(f"the keyslot {label} does not match its checksum")
    return slot
