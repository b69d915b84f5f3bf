"""The codes of the entries that a client of an encrypted modern backup tells."""

import struct
from collections.abc import Callable, Sequence
from typing import Final

from tardis.crypto import ENTRY_MAC, FILE_MAC, EntryFacts, EntrySigner, Seals
from tardis.model import IntegrityError, RemoteProtocolError
from tardis.protocol import listing
from tardis.protocol.messages import Kept, Verdicts
from tardis.scan import HEADER, Range, Read

Prove = Callable[[Read, bytes], bytes]
"""How a file was read and its digest, to the code of its row; empty where there is none."""

KeptRow = tuple[int, int, int, int, int, bytes, bytes]
"""(position, set, mode, uid, gid, attributes, code), see `messages.Verdicts`."""

_OWN: Final = struct.Struct("<III")
_SIZE_AND_MTIME: Final = slice(12, 32)
"""Where these stand in a row."""

_RDEV: Final = slice(60, 68)
_SAME: Final = slice(12, 56)
"""Where size, mtime, ctime, file system and inode stand: what makes two names one file."""

_NLINK: Final = 10
"""Where the link count stands among the fields of a row."""

MOST_TWINS: Final = 50_000
"""Files with several names whose digests are remembered."""


def unproved(read: Read, digest: bytes) -> bytes:
    """Return no code: the entries of this backup have none."""
    return b""


class Prover:
    """Makes the codes of what one set opens.

    Args:
        seals: Of the backup.
        signer: Of its entries.
        number: Of the set.
    """

    def __init__(self, seals: Seals, signer: EntrySigner, number: int) -> None:
        self._seals = seals
        self._signer = signer
        self._number = number

    def file(self, found: Range, position: int, read: Read | None, digest: bytes = b"") -> bytes:
        """Return the code of a regular file that was listed.

        Args:
            found: The listing.
            position: In that.
            read: How it was read; None: not at all, so it is as it was listed.
            digest: Of its content; empty for a file that could not be read.
        """
        row = found.rows[position]
        now = row if read is None else read.state or row
        xattrs = found.attributes.get(position, b"")
        facts = EntryFacts(listing.restored(now), row[HEADER:], xattrs)
        return self._signer.sign(self._number, facts, digest)

    def others(self, found: Range, targets: Sequence[tuple[int, bytes]]) -> bytes:
        """Return the codes of all entries of a listing that are no regular files, in order."""
        if found.files == len(found.rows):
            return b""
        target_of, xattrs = dict(targets), found.attributes
        sign, number, restored = self._signer.sign, self._number, listing.restored
        return b"".join(
            sign(
                number,
                EntryFacts(
                    restored(row), row[HEADER:], xattrs.get(at, b""), target_of.get(at, b"")
                ),
            )
            for at, row in enumerate(found.rows)
            if not listing.is_regular(row)
        )

    def again(self, found: Range, kept: KeptRow) -> bytes | None:
        """Return the code of a file whose content is known by an older row.

        Args:
            found: The listing.
            kept: What the server tells of that row.

        Returns:
            None when that row was not made by us, of a file of this name, size and mtime.
        """
        position, number, *own, sealed, mac = kept
        row = found.rows[position]
        name = row[HEADER:]
        try:
            packed = b"".join((_OWN.pack(*own), row[_SIZE_AND_MTIME], row[_RDEV]))
            xattrs = self._seals.names.open_value(sealed, b"xattrs", name)
        except (struct.error, IntegrityError):
            return None
        facts = EntryFacts(packed, name, xattrs)
        if len(mac) != FILE_MAC or not self._signer.is_ours(number, facts, mac):
            return None
        return self.file(found, position, None, mac[ENTRY_MAC:])


def prove_kept(
    prover: Prover | None, message: Verdicts, found: Range
) -> tuple[Kept, tuple[int, ...]]:
    """Return the codes of files that keep their contents, and positions of those to be read.

    Raises:
        RemoteProtocolError: A position lies outside, or nothing is to be proved.
    """
    kept = message.kept
    if prover is None or not all(0 <= one[0] < len(found.rows) for one in kept):
        raise RemoteProtocolError("the server keeps an entry that was not listed")
    macs = [(one[0], prover.again(found, one)) for one in kept]
    items = tuple((message.request, position) for position, mac in macs if mac is not None)
    unknown = tuple(position for position, mac in macs if mac is None)
    return Kept(items, b"".join(mac for _, mac in macs if mac is not None)), unknown


class Twins:
    """Digests of files with several names: each name is proved, the file is read but once."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Read, bytes]] = {}

    def remember(self, row: bytes, read: Read, digest: bytes) -> None:
        """Remember the digest of the file of *row* if it has more names and kept still."""
        if listing.ENTRY.unpack_from(row)[_NLINK] == 1 or read.state or read.marks:
            return
        if len(self._known) >= MOST_TWINS:
            self._known.clear()
        self._known[row[_SAME]] = read, digest

    def find(self, row: bytes) -> tuple[Read, bytes] | None:
        """Return how the file of *row* was read under another name, and its digest."""
        return self._known.get(row[_SAME])
