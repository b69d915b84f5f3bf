"""Fingerprints of directories, made anew from what is stored, so that the next run need not."""

import stat
from typing import Final

from tardis.crypto import KeyRing, Seals, fingerprint
from tardis.model import AuthenticationError, Entry, StoreError
from tardis.protocol import listing
from tardis.scan import cut
from tardis.store import Fingerprint, Fingerprinted, Place, keys_of, renew_fingerprints

_WORD: Final = (1 << 64) - 1


def fingerprint_directories(place: Place, client: str, ring: KeyRing | None) -> Fingerprinted:
    """Give every settled directory of *client* the fingerprints that its next run will tell.

    Args:
        place: Where stores lie.
        client: Whose.
        ring: The keys of an encrypted backup.

    Raises:
        AuthenticationError: It is encrypted, and its keys are not given.
        StoreBusyError: A run is going on.
        StoreError: There is no such store, or it cannot be written.
    """
    keys = keys_of(place, client)
    if keys is None:
        raise StoreError(f"the client {client} has no store here")
    if keys.repository.is_sealed and ring is None:
        raise AuthenticationError(
            "this backup is encrypted, and its password was not given",
            hint="Give it by --password, --password-file or --password-prog.",
        )
    seals = Seals(ring) if ring is not None else None
    key = ring.digest if ring is not None else keys.repository.digest_key
    usual = [0]  # how an empty directory was looked at: as the one before

    def look(rows: list[tuple[Entry, int | None]]) -> list[Fingerprint]:
        captures = {row.capture for row, _ in rows} or {usual[-1]}
        if len(captures) > 1:  # a client looks at all of a directory in the same way
            return []
        usual[:] = captures
        return _look(rows, usual[0], key, seals)

    return renew_fingerprints(place, client, look)


def _look(
    rows: list[tuple[Entry, int | None]], capture: int, key: bytes, seals: Seals | None
) -> list[Fingerprint]:
    """Return the fingerprints of a directory with these rows, as a client makes them."""
    names = [row.name for row, _ in rows]
    packed = [_packed(row, claim, seals) for row, claim in rows]
    if seals is not None and len(rows) <= listing.SLICE_ENTRIES:
        packed.sort(key=lambda one: one[listing.ENTRY.size :])
    found, starts = [], cut(names)
    for first, behind in zip(starts, [*starts[1:], len(names)], strict=True):
        start = names[first] if first else b""
        end = names[behind] if behind < len(names) else None
        blob = b"".join(packed[first:behind])
        parts = listing.fingerprint_parts(capture, start, end, blob)
        found.append((start, end, behind - first, fingerprint(key, parts)))
    return found


def _packed(row: Entry, claim: int | None, seals: Seals | None) -> bytes:
    """Return an entry as the client's walk packs it: with the plain name, unsigned."""
    name = row.name if seals is None else seals.names.open(row.name)
    is_bare = stat.S_ISDIR(row.mode) and row.child is None
    told = listing.NOT_ENTERED if is_bare else claim or 0
    fields = (*row[1:10], row.inode & _WORD, row.nlink, row.rdev & _WORD, told, len(name))
    return listing.ENTRY.pack(*fields) + name
