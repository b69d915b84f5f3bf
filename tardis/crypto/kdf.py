"""Stretching passwords: Argon2id (RFC 9106) in a process of its own, within bounds.

Encrypted classic repositories have PBKDF2 (RFC 8018) instead, as is documented.
"""

import hashlib
import struct
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tardis.model import AuthenticationError, StoreError

STRETCHED_SIZE: Final = 64
"""Bytes that stretching yields."""

_HEAD = struct.Struct("<IIII")
_LEAST_MEMORY: Final = 19 << 10
_MOST_MEMORY: Final = 4 << 20
_LEAST_PASSES: Final = 2
_MOST_LANES: Final = 64
_MOST_WORK: Final = 32 << 20
"""KiB written in all passes together: about half a minute."""

_SALT_SIZES: Final = range(16, 65)
_CHILD: Final = str(Path(__file__).with_name("kdf_child.py"))


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of a password costs.

    Attributes:
        memory: KiB.
        passes: Over that memory.
        lanes: That are filled side by side.
    """

    memory: int
    passes: int
    lanes: int


COSTS: Final = {
    "usual": KdfCost(256 << 10, 3, 4),
    "low": KdfCost(64 << 10, 3, 4),
    "strong": KdfCost(2 << 20, 1, 4),
}
"""By the name that the person chooses: the second and first recommendation of RFC 9106 are
``low``, for machines with little memory, and ``strong``."""

CLASSIC_COST: Final = KdfCost(0, 20_000, 1)
"""The documented KDF of encrypted classic repositories: PBKDF2, with so many rounds."""

Stretch = Callable[[bytes, bytes, KdfCost], bytes]
"""(password, salt, cost) → 64 bytes; `stretch`, or what stands in for it."""


def check_cost(cost: KdfCost) -> None:
    """Refuse what would make guessing cheap, or this machine suffer.

    A server or a damaged file may ask for anything: nothing is stretched before this.

    Raises:
        AuthenticationError: *cost* is not `CLASSIC_COST`, and lies outside of 19 MiB in 2
            passes and 4 GiB, or half a minute.
    """
    if cost == CLASSIC_COST:
        return
    is_enough = cost.memory >= _LEAST_MEMORY and cost.passes >= _LEAST_PASSES
    is_strong_once = cost.passes == 1 and cost.memory >= COSTS["strong"].memory
    if not (is_enough or is_strong_once) or cost.lanes < 1:
        raise AuthenticationError(
            "the keys of this backup ask for a password to be stretched far too little",
            hint="Do not enter the password: somebody may be listening for it.",
        )
    is_too_much = cost.memory > _MOST_MEMORY or cost.memory * cost.passes > _MOST_WORK
    if is_too_much or cost.lanes > _MOST_LANES:
        raise AuthenticationError(
            "the keys of this backup ask for more memory or time than any password needs",
            hint="The keys file is damaged, or the server means harm.",
        )


def password_bytes(password: str) -> bytes:
    """Return *password* as bytes, the same whichever keyboard composed its letters."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogateescape")


def stretch(password: bytes, salt: bytes, cost: KdfCost) -> bytes:
    """Return the 64 bytes that *password* is worth under *salt*.

    Raises:
        AuthenticationError: *cost* is out of bounds, see `check_cost`.
        StoreError: The child could not do it, most likely for want of memory.
    """
    check_cost(cost)
    if len(salt) not in _SALT_SIZES:
        raise AuthenticationError("the keys of this backup have a salt of an impossible length")
    if cost == CLASSIC_COST:
        return hashlib.pbkdf2_hmac("sha1", password, salt, cost.passes, STRETCHED_SIZE)
    asked = _HEAD.pack(cost.memory, cost.passes, cost.lanes, len(salt)) + salt + password
    command = [sys.executable, "-P", "-S", _CHILD]  # without a search for packages
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    if done.returncode or len(done.stdout) != STRETCHED_SIZE:
        raise StoreError(
            f"the password could not be stretched, which takes {cost.memory >> 10} MiB of memory",
            hint="Free some memory, and see that the package cryptography is installed.",
        )
    return done.stdout
