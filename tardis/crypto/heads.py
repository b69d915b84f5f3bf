"""Signed sets: each complete set of an encrypted backup has a head, chained to the one before.

A head says, under a key that the server does not have, that this client completed that set
with these facts, after that other one.  So whoever holds the store can neither make a set
up, nor change what is signed of one, nor put an older state of the whole in the place of a
newer one without being noticed by who remembers the newest head.
"""

import hmac
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from .digests import derive
from .keys import KeyRing

HEAD_SIZE: Final = 32
"""Bytes of a link to the head before, of what stands for facts, and of a signature."""

START: Final = bytes(HEAD_SIZE)
"""Link of the first head."""

_LABEL: Final = b"tardis/5/head"
_SIGNED = struct.Struct("<16sQQ32s32s")


class Head(NamedTuple):
    """What is signed of one complete set.

    Attributes:
        sequence: From 1, one more with each set that this backup ever completed.
        number: Of the set; it may have been removed since.
        previous: Signature of the head before, `START` for the first.
        facts: What stands for the facts of the set, see `HeadSigner.facts`.
        mac: The signature.
    """

    sequence: int
    number: int
    previous: bytes
    facts: bytes
    mac: bytes


class HeadSigner:
    """Signs and checks the heads of one encrypted repository.

    Args:
        ring: Its keys.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._repository = ring.repository
        self._key = derive(ring.digest, _LABEL, HEAD_SIZE)

    def sign(self, sequence: int, number: int, previous: bytes, facts: bytes) -> Head:
        """Return the head of set *number*."""
        return Head(sequence, number, previous, facts, self._mac(sequence, number, previous, facts))

    def is_ours(self, head: Head) -> bool:
        """Tell whether *head* was signed with these keys, as it is."""
        sizes = {len(head.previous), len(head.facts), len(head.mac)}
        if sizes != {HEAD_SIZE} or not 0 < min(head[:2]) <= max(head[:2]) < 1 << 63:
            return False
        return hmac.compare_digest(self._mac(*head[:4]), head.mac)

    def facts(self, parts: Iterable[bytes]) -> bytes:
        """Return 32 bytes that stand for *parts*, whatever their lengths."""
        joined = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
        return derive(self._key, b"facts" + joined, HEAD_SIZE)

    def _mac(self, sequence: int, number: int, previous: bytes, facts: bytes) -> bytes:
        packed = _SIGNED.pack(self._repository, sequence, number, previous, facts)
        return derive(self._key, b"head" + packed, HEAD_SIZE)


def broken_links(heads: Sequence[Head]) -> list[int]:
    """Return the sequences of *heads*, in order, that do not follow the one before."""
    return [
        two.sequence
        for one, two in pairwise(heads)
        if (two.sequence, two.previous) != (one.sequence + 1, one.mac)
    ]
