"""How a client gets at its backups: its password, and what is to be made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tardis.crypto import MAIN, KdfCost, Keyslot, Stretch


class Password(Protocol):
    """Where the password comes from.

    Attributes:
        is_given: There is one, so the client need not be asked; else it is, when needed.
    """

    is_given: bool

    def known(self) -> bytes:
        """Return the password of a client that is there.

        Raises:
            TardisError: There is none, and nobody to ask.
        """

    def fresh(self) -> bytes:
        """Return the password of a client that is made now.

        Raises:
            TardisError: It is too weak, or it was given in two ways.
        """


class KeyKeeper(Protocol):
    """Where wrapped keys are kept apart from the store."""

    def wrapped(self, repository: bytes, salt: bytes) -> bytes:
        """Return the wrapped keys of the keyslot with that *salt* in a repository.

        Raises:
            TardisError: There are none, or they cannot be read.
        """

    def keep(self, repository: bytes, slots: Iterable[Keyslot]) -> None:
        """Keep what *slots* of a repository hold, durably.

        Raises:
            TardisError: They cannot be kept.
        """


@dataclass(frozen=True, slots=True)
class Access:
    """How this client gets at its backups.

    Attributes:
        password: Where it comes from.
        stretch: The KDF.
        cost: Of the KDF, for passwords that are set now.
        slot: Label of the keyslot.
        is_sealing: Contents are to be encrypted if there is a password.
        keeper: Keeps the keys instead of the server; None: the server has them.
    """

    password: Password
    stretch: Stretch
    cost: KdfCost
    slot: str = MAIN
    is_sealing: bool = True
    keeper: KeyKeeper | None = None
