"""What a client of an encrypted backup says in place of names, targets and attributes."""

import stat
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tardis.crypto import Seals
from tardis.protocol import listing
from tardis.protocol.messages import AddRoot, Listing, SetOpened
from tardis.scan import HEADER, Range

Items = tuple[tuple[int, bytes], ...]
FilesystemItem = tuple[int, str, bytes, bool, bool]

_LENGTH: Final = struct.Struct("<H")
_LENGTH_AT: Final = HEADER - _LENGTH.size
"""Where a row tells how long its name is."""


def in_order(seals: Seals, found: Range) -> Range:
    """Return *found* with its rows in the order of their sealed names, as a listing wants them."""
    seal = seals.names.seal
    rows = sorted(found.rows, key=lambda row: seal(row[HEADER:]))
    links = enumerate(rows) if found.links else ()
    at = tuple(place for place, row in links if stat.S_ISLNK(listing.kind_of(row)))
    return found._replace(rows=rows, links=at)


def seal_rows(seals: Seals, rows: Sequence[bytes]) -> bytes:
    """Return *rows*, which are in order, as the entries of a listing with sealed names."""
    seal, pack = seals.names.seal, _LENGTH.pack
    parts: list[bytes] = []
    for row in rows:
        name = seal(row[HEADER:])
        parts += (row[:_LENGTH_AT], pack(len(name)), name)
    return b"".join(parts)


def seal_listing(seals: Seals, message: Listing, rows: Sequence[bytes]) -> Listing:
    """Return *message*, about *rows*, with targets and attributes sealed."""
    names = seals.names
    targets = tuple(
        (at, names.seal_text(target, b"target", rows[at][HEADER:]))
        for at, target in message.targets
    )
    attributes = tuple(
        (at, names.seal_value(packed, b"xattrs", rows[at][HEADER:]))
        for at, packed in message.attributes
    )
    return replace(message, targets=targets, attributes=attributes)


def seal_root(seals: Seals, root: AddRoot) -> AddRoot:
    """Return *root* with path, names and attributes sealed."""
    names = seals.names
    above = tuple(
        (names.seal(one[0]) if one[0] else b"", *one[1:6], _attributes(seals, one[6], one[0]))
        for one in root.ancestors
    )
    name = names.seal(root.name) if root.name else root.name
    return replace(root, path=names.seal_path(root.path), name=name, ancestors=above)


def _attributes(seals: Seals, packed: bytes, name: bytes) -> bytes:
    return seals.names.seal_value(packed, b"xattrs", name)


def seal_owners(
    seals: Seals, items: Sequence[tuple[bool, int, bytes]]
) -> tuple[tuple[bool, int, bytes], ...]:
    """Return the names of users and groups sealed."""
    seal = seals.names.seal_value
    return tuple((group, number, seal(name, b"owner")) for group, number, name in items)


def seal_filesystem(seals: Seals, item: FilesystemItem) -> FilesystemItem:
    """Return what tells one file system from others, sealed."""
    number, kind, key, *trusted = item
    is_stable, has_ctime = trusted
    return number, kind, seals.names.seal_value(key, b"filesystem"), is_stable, has_ctime


def open_opened(seals: Seals, opened: SetOpened) -> SetOpened:
    """Return what the server said in plain words, with the key that it does not have."""
    known = tuple(
        (number, kind, seals.names.open_value(key, b"filesystem"))
        for number, kind, key in opened.filesystems
    )
    return replace(opened, digest_key=seals.ring.digest, filesystems=known)
