"""Codes of single entries: by its code each row of an encrypted backup proves itself.

A code says, under a key that the server does not have, what the client made the row of: the
set that it was made in, and all that restoring it brings back.  It says nothing of where
bytes lie, nor of how long the row was true, which others decide.
"""

import hmac
import struct
from typing import Final, NamedTuple

from .digests import derive
from .keys import KeyRing

ENTRY_MAC: Final = 16
"""Bytes of the code of a row without a content."""

_PART: Final = 8

FILE_MAC: Final = ENTRY_MAC + _PART
"""Bytes of the code of a row with a content: behind it stands what tells that from others."""

_KEY_SIZE: Final = 32
_LABEL: Final = b"tardis/5/entry"
_HEAD = struct.Struct("<QBHII")


class EntryFacts(NamedTuple):
    """What is proved of an entry, in plain words.

    Attributes:
        packed: 40 bytes: mode, owners, size, times and device, see `protocol.listing.restored`.
        name: Within its directory.
        xattrs: Packed extended attributes, empty for none.
        target: Of a symbolic link, else empty.
    """

    packed: bytes
    name: bytes
    xattrs: bytes = b""
    target: bytes = b""


class EntrySigner:
    """Makes and checks the codes of one repository's entries.

    Args:
        ring: Its keys.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._key = derive(ring.digest, _LABEL, _KEY_SIZE)

    def sign(self, number: int, facts: EntryFacts, digest: bytes = b"") -> bytes:
        """Return the code of an entry that set *number* opens.

        Args:
            number: Of the set.
            facts: What is restored of it.
            digest: Of its content; empty for what has none.
        """
        part = digest[:_PART]
        return self._code(number, facts, part) + part

    def is_ours(self, number: int, facts: EntryFacts, mac: bytes) -> bool:
        """Tell whether *mac* was made for just that."""
        if len(mac) not in (ENTRY_MAC, FILE_MAC) or number < 0:
            return False
        part = mac[ENTRY_MAC:]
        return hmac.compare_digest(self._code(number, facts, part), mac[:ENTRY_MAC])

    def _code(self, number: int, facts: EntryFacts, part: bytes) -> bytes:
        packed, name, xattrs, target = facts
        head = _HEAD.pack(number, len(part), len(name), len(xattrs), len(target))
        return derive(self._key, b"".join((head, packed, part, target, xattrs, name)), ENTRY_MAC)


def digest_part(mac: bytes) -> int:
    """Return what a code says of its content's digest, as a number; 0 for no content."""
    return int.from_bytes(mac[ENTRY_MAC:], "little")
