"""How a client gets at its backups: its password, and what is to be made of it."""

from dataclasses import dataclass
from typing import Protocol

from tardis.crypto import MAIN, KdfCost, Stretch


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


@dataclass(frozen=True, slots=True)
class Access:
    """How this client gets at its backups.

    Attributes:
        password: Where it comes from.
        stretch: The KDF.
        cost: Of the KDF, for passwords that are set now.
        slot: Label of the keyslot.
        is_sealing: Contents are to be encrypted if there is a password.
    """

    password: Password
    stretch: Stretch
    cost: KdfCost
    slot: str = MAIN
    is_sealing: bool = True
