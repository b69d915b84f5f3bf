"""The sum of a set: one number for all that it shows, whatever the order in which it is told.

Each range of names of each directory is one term, under a key that the server does not have,
and the terms are added up.  So it is made along the walk of a run, which asks nobody, and
made again from rows by whoever has the keys.
"""

import struct
from typing import Final

from .digests import derive
from .keys import KeyRing

SUM_SIZE: Final = 32
"""Bytes of a sum."""

_LABEL: Final = b"tardis/5/sum"
_MODULUS: Final = 1 << (8 * SUM_SIZE)
_LENGTHS = struct.Struct("<II")


class SetSum:
    """Adds up one set.

    Args:
        ring: Keys of the repository.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._key = derive(ring.digest, _LABEL, SUM_SIZE)
        self._total = 0

    def add(self, path: bytes, start: bytes, rows: bytes) -> None:
        """Add one range of names of a directory.

        Args:
            path: Of the directory, as it is stored.
            start: First name that the range could hold, empty: from the beginning.
            rows: Its entries, whose borders they tell themselves.
        """
        head = _LENGTHS.pack(len(path), len(start))
        term = derive(self._key, b"".join((head, path, start, rows)), SUM_SIZE)
        self._total = (self._total + int.from_bytes(term, "little")) % _MODULUS

    def add_sum(self, told: bytes) -> None:
        """Add all that another one, which has *told* this, was given."""
        self._total = (self._total + int.from_bytes(told, "little")) % _MODULUS

    def told(self) -> bytes:
        """Return the sum so far."""
        return self._total.to_bytes(SUM_SIZE, "little")
