"""The text of a key file: wrapped keys that are kept apart from the store they open.

INI form, a section for each wrapped key.  One file can serve several repositories, and for a
moment holds two keys of one password, while that is changed: a key is found by the repository
and the salt of its keyslot, which no two have in common.
"""

import configparser
import hashlib
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from tardis.model import AuthenticationError, StoreError

from .kdf import CLASSIC_COST, KdfCost
from .slots import Keyslot, check_label

_SECTION: Final = "Key "
_FORMAT: Final = "1"
_KDF: Final = "argon2id"
_SUM: Final = 32


@dataclass(frozen=True, slots=True)
class DetachedKey:
    """The keys of one repository, wrapped by one password; no secret by itself.

    Attributes:
        repository: Id of the repository, 16 bytes.
        label: Of the keyslot that it belongs to.
        cost: Of stretching the password.
        salt: Of stretching it, 32 bytes.
        wrapped: The keys, sealed.
        created_ns: When the keyslot was made, nanoseconds since 1970.
    """

    repository: bytes
    label: str
    cost: KdfCost
    salt: bytes
    wrapped: bytes
    created_ns: int

    @classmethod
    def of(cls, slot: Keyslot, repository: bytes) -> "DetachedKey":
        """Return what *slot* of that repository holds.

        Raises:
            StoreError: It is one of an encrypted classic repository, whose salts are no names.
        """
        if slot.cost == CLASSIC_COST:
            raise StoreError(
                "the keys of an encrypted classic backup stay in its keys file",
                hint="Keep a copy of tardis.db.keys instead: no key in it opens without password.",
            )
        return cls(repository, slot.label, slot.cost, slot.salt, slot.wrapped, slot.created_ns)

    def fields(self) -> dict[str, str]:
        """Return the lines of its section, the last of which proves the others."""
        told = {
            "repository": self.repository.hex(),
            "label": self.label,
            "kdf": _KDF,
            "memory": str(self.cost.memory),
            "passes": str(self.cost.passes),
            "lanes": str(self.cost.lanes),
            "salt": self.salt.hex(),
            "wrapped": self.wrapped.hex(),
            "created": str(self.created_ns),
        }
        return {**told, "sum": _sum(told)}


@dataclass(frozen=True, slots=True)
class DetachedKeys:
    """What a key file says.

    Attributes:
        keys: In the order in which they were put there.
    """

    keys: tuple[DetachedKey, ...] = ()

    def find(self, repository: bytes, salt: bytes) -> DetachedKey | None:
        """Return the key of the keyslot with that *salt*, None when it is not here."""
        found = (one for one in self.of(repository) if one.salt == salt)
        return next(found, None)

    def of(self, repository: bytes) -> tuple[DetachedKey, ...]:
        """Return all keys of one repository."""
        return tuple(one for one in self.keys if one.repository == repository)

    def with_key(self, key: DetachedKey) -> "DetachedKeys":
        """Return the same with *key*, once."""
        others = (
            one for one in self.keys if (one.repository, one.salt) != (key.repository, key.salt)
        )
        return DetachedKeys((*others, key))

    def keeping(self, repository: bytes, salts: Collection[bytes]) -> "DetachedKeys":
        """Return the same, of *repository* with those keys alone whose salt is in *salts*."""
        kept = (one for one in self.keys if one.repository != repository or one.salt in salts)
        return DetachedKeys(tuple(kept))

    def text(self) -> bytes:
        """Return the file's text."""
        parser = configparser.ConfigParser(interpolation=None)
        parser["Tardis keys"] = {"format": _FORMAT}
        for key in self.keys:
            name = f"{_SECTION}{key.repository[:8].hex()} {key.salt[:8].hex()}"
            parser[name] = key.fields()
        text = io.StringIO()
        parser.write(text)
        return text.getvalue().encode()

    @classmethod
    def parse(cls, text: bytes, place: str) -> "DetachedKeys":
        """Return what *text*, found at *place*, says.

        Raises:
            AuthenticationError: It is no key file, was damaged, or made by a newer program.
        """
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(text.decode())
            form = parser["Tardis keys"]["format"]
            keys = tuple(
                _key(parser[name]) for name in parser.sections() if name.startswith(_SECTION)
            )
        except (ValueError, KeyError, configparser.Error) as error:
            raise AuthenticationError(
                f"{place} is no key file, or it is damaged",
                hint="Take another copy of it, or the recovery sheet.",
            ) from error
        if form != _FORMAT:
            raise AuthenticationError(
                f"{place} is a key file of a form that this program does not know",
                hint="Use the version that made it, or a later one.",
            )
        return cls(keys)


def _key(section: Mapping[str, str]) -> DetachedKey:
    """Return a key as its section tells it.

    Raises:
        ValueError, KeyError: It is not whole.
    """
    told = {name: section[name] for name in section if name != "sum"}
    if section["sum"] != _sum(told) or section["kdf"] != _KDF:
        raise ValueError("a key does not match its checksum")
    cost = KdfCost(int(section["memory"]), int(section["passes"]), int(section["lanes"]))
    return DetachedKey(
        bytes.fromhex(section["repository"]),
        check_label(section["label"]),
        cost,
        bytes.fromhex(section["salt"]),
        bytes.fromhex(section["wrapped"]),
        int(section["created"]),
    )


def _sum(told: Mapping[str, str]) -> str:
    """Return what tells a key that was damaged, or mistyped, from a wrong password."""
    lines = "".join(f"{name}={told[name]}\n" for name in sorted(told))
    return hashlib.sha256(lines.encode()).hexdigest()[:_SUM]
