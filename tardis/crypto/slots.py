"""Keyslots: the master key wrapped by a password, and what the password logs in with.

One run of the KDF yields both: half of what follows from it wraps the master key, the other
half is the secret of the login.  A server that is shown the one learns nothing of the other.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tardis.model import AuthenticationError, StoreError

from .classic_keys import WRAPPED_SIZE, unwrap_pair, wrap_pair
from .kdf import STRETCHED_SIZE, KdfCost
from .keys import KEY_SIZE, PAIR_SIZE, hkdf, is_possible
from .login import new_verifier

MAIN: Final = "main"
"""Label of the slot that is meant when none is named."""

SALT_SIZE: Final = 32
_TAG: Final = 16
_NONCE: Final = bytes(12)
_SUM: Final = 16
_LABELS: Final = 40


@dataclass(frozen=True, slots=True)
class Keyslot:
    """One password's way into a repository. Nothing in it is secret by itself.

    Attributes:
        label: Its name, 1 to 40 letters, digits, dots, dashes or underscores.
        cost: Of stretching the password.
        salt: Of stretching it, 32 bytes.
        wrapped: The master key and those of later contents, see `KeyRing.of`, sealed; empty
            where that is kept in a key file; of a classic repository its two keys, see
            `classic_keys`.
        login_salt: Of the login, 16 bytes.
        verifier: What the server checks a login with.
        created_ns: When, nanoseconds since 1970.
    """

    label: str
    cost: KdfCost
    salt: bytes
    wrapped: bytes
    login_salt: bytes
    verifier: bytes
    created_ns: int

    def checksum(self) -> str:
        """Return what tells a slot that was damaged from a wrong password, hexadecimal."""
        cost = f"{self.cost.memory} {self.cost.passes} {self.cost.lanes} {self.created_ns}"
        fields = (self.label.encode(), cost.encode(), self.salt, self.wrapped, self.login_salt)
        packed = b"".join(len(one).to_bytes(4, "little") + one for one in (*fields, self.verifier))
        return hashlib.sha256(packed).hexdigest()[: 2 * _SUM]


@dataclass(frozen=True, slots=True, repr=False)
class Stretched:
    """What one run of the KDF made of a password.

    Attributes:
        wrapping: Key of the master key.
        login: Secret of the login.
        classic: Key of the two keys of a classic repository.
    """

    wrapping: bytes
    login: bytes
    classic: bytes

    @classmethod
    def of(cls, stretched: bytes) -> "Stretched":
        """Return both halves of the 64 bytes *stretched*."""
        wrapping = hkdf(stretched, b"tardis/5/wrap", KEY_SIZE)
        login = hkdf(stretched, b"tardis/5/login", KEY_SIZE)
        return cls(wrapping, login, stretched[: STRETCHED_SIZE // 2])

    def __repr__(self) -> str:
        return "Stretched(***)"


def check_label(label: str) -> str:
    """Return *label* if it can name a keyslot.

    Raises:
        StoreError: It cannot.
    """
    plain = label.replace(".", "").replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum() and len(label) <= _LABELS):
        raise StoreError(f"{label!r} cannot name a keyslot: letters, digits and .-_ can")
    return label


def make_slot(  # noqa: PLR0913, PLR0917 - all that a slot is made of
    label: str,
    cost: KdfCost,
    stretched: Callable[[bytes], Stretched],
    secrets: tuple[bytes, bytes],
    now_ns: int,
    salt: bytes = b"",
) -> Keyslot:
    """Return a new slot, with salts of its own.

    Args:
        label: Its name.
        cost: Of stretching.
        stretched: What the password becomes under a salt.
        secrets: (master key, repository id).
        now_ns: The time.
        salt: Of stretching; empty for a random one, see `classic_keys.cost_and_salt`.
    """
    salt = salt or os.urandom(SALT_SIZE)
    made = stretched(salt)
    login_salt, verifier = new_verifier(made.login)
    is_pair = len(secrets[0]) == PAIR_SIZE
    wrapped = wrap_pair(made.classic, *secrets) if is_pair else wrap(made.wrapping, *secrets)
    return Keyslot(check_label(label), cost, salt, wrapped, login_salt, verifier, now_ns)


def wrap(key: bytes, master: bytes, repository: bytes) -> bytes:
    """Return *master* sealed by *key*, which seals nothing else: its salt is random."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415 # lazy

    return ChaCha20Poly1305(key).encrypt(_NONCE, master, _about(repository))


def unwrap(slot: Keyslot, stretched: Stretched, repository: bytes) -> bytes:
    """Return the master key of *slot*; see `open_master`."""
    return open_master(slot.wrapped, stretched, repository)


def open_master(wrapped: bytes, stretched: Stretched, repository: bytes) -> bytes:
    """Return the master key of a repository, or the two keys of a classic one.

    Raises:
        AuthenticationError: The password was a wrong one.
        StoreError: The slot holds no key: it is kept in a key file.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 # lazy
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415 # lazy

    if not wrapped:
        raise kept_elsewhere()
    if len(wrapped) == WRAPPED_SIZE:
        pair = unwrap_pair(stretched.classic, wrapped, repository)
        if pair is None:
            raise wrong_password()
        return pair
    try:
        master = ChaCha20Poly1305(stretched.wrapping).decrypt(_NONCE, wrapped, _about(repository))
    except InvalidTag:
        raise wrong_password() from None
    if not is_possible(master):
        raise StoreError("a keyslot holds a key of the wrong length")
    return master


def is_password_of(slot: Keyslot, stretched: Stretched) -> bool:
    """Tell whether a password opens *slot*, also where its key is kept elsewhere."""
    _, verifier = new_verifier(stretched.login, slot.login_salt)
    return hmac.compare_digest(verifier, slot.verifier)


def kept_elsewhere() -> StoreError:
    """Return the error for a keyslot whose key is not in the store."""
    return StoreError(
        "the keys of this backup are kept in a key file", hint="Name that file: --keys FILE."
    )


def wrong_password() -> AuthenticationError:
    """Return the one error for a password that does not fit, whatever the reason."""
    return AuthenticationError(
        "the password is wrong, or the client is not known", hint="Check both, and try again."
    )


def _about(repository: bytes) -> bytes:
    return b"tardis/5/slot" + repository
