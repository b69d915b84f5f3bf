"""The keys of encrypted classic repositories, as documented.

Two random keys of 32 bytes, one of contents and one of names, take the place of a master key.
PBKDF2 (HMAC-SHA-1, 20,000 rounds, 64 bytes, salt SHA-256 of the client's name) makes of the
password what wraps them: its first 32 bytes, by AES-256-ECB.  Documented is no check value; we
keep one behind the two, for a wrong key must never seal anything.
"""

import base64
import hmac
from hashlib import sha256
from itertools import pairwise
from typing import Final

from .kdf import CLASSIC_COST, KdfCost
from .keys import KEY_SIZE, PAIR_SIZE

_CHECK: Final = 20
WRAPPED_SIZE: Final = PAIR_SIZE + _CHECK
"""Bytes of both keys, wrapped, and their check value: no sealed keys have as many."""


def cost_and_salt(master: bytes, cost: KdfCost, client: str) -> tuple[KdfCost, bytes]:
    """Return what a new password of a repository is stretched with.

    Args:
        master: Its master key, or its two keys.
        cost: That was asked for; the classic scheme has its own.
        client: Whose it is; makes the salt in the classic scheme, which else is empty: random.
    """
    if len(master) != PAIR_SIZE:
        return cost, b""
    return CLASSIC_COST, sha256(client.encode("utf-8", "surrogateescape")).digest()


def wrap_pair(key: bytes, pair: bytes, repository: bytes) -> bytes:
    """Return both keys, content's first, wrapped by *key*, and their check value."""
    return _ecb(key, pair) + _check_value(pair, repository)


def unwrap_pair(key: bytes, wrapped: bytes, repository: bytes) -> bytes | None:
    """Return what `wrap_pair` was given, None when *key* is a wrong one."""
    pair = _ecb(key, wrapped[:PAIR_SIZE], is_opening=True)
    is_right = hmac.compare_digest(_check_value(pair, repository), wrapped[PAIR_SIZE:])
    return pair if is_right else None


def documented_section(wrapped: bytes, repository: bytes) -> dict[str, dict[str, str]]:
    """Return the section of the keys file in which other tools look for the two keys.

    Its name is the repository's id as a UUID; empty where the keys are kept elsewhere.
    """
    if len(wrapped) != WRAPPED_SIZE:
        return {}
    content, names = wrapped[:KEY_SIZE], wrapped[KEY_SIZE:PAIR_SIZE]
    told = {"contentkey": content, "filenamekey": names}
    text = {key: base64.b64encode(value).decode() for key, value in told.items()}
    digits = repository.hex()
    ends = (0, 8, 12, 16, 20, 32)
    return {"-".join(digits[at:end] for at, end in pairwise(ends)): text}


def _check_value(pair: bytes, repository: bytes) -> bytes:
    return hmac.digest(pair, b"tardis/1/check" + repository, "sha256")[:_CHECK]


def _ecb(key: bytes, data: bytes, *, is_opening: bool = False) -> bytes:
    """Return whole blocks encrypted, or decrypted, each alone."""
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 # lazy
        Cipher,
        algorithms,
        modes,
    )

    cipher = Cipher(algorithms.AES(key), modes.ECB())
    state = cipher.decryptor() if is_opening else cipher.encryptor()
    return state.update(data) + state.finalize()
