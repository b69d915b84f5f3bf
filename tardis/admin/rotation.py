"""New keys for what is stored from now on, and for what is stored already."""

from contextlib import closing
from dataclasses import replace

from tardis.crypto import MOST_ROTATIONS, KeyRing, KeysFile, Seals, rotated
from tardis.model import CLASSIC, StoreError
from tardis.store import (
    Claim,
    Flushers,
    Place,
    Resealed,
    Resealing,
    change_keys,
    keys_of,
    open_writer,
)

from .key_files import prove
from .passwords import KnownPassword, NewPassword, stored_like, tidy


def lost_by_rotation(place: Place, client: str, label: str) -> list[str]:
    """Return the labels of the passwords that a rotation with the one of *label* ends.

    Raises:
        StoreError: Keys of this backup cannot be rotated.
    """
    keys = keys_of(place, client)
    if keys is None or not keys.repository.is_sealed:
        raise StoreError(
            f"the backup of {client} is kept in clear: it has no keys to rotate",
            hint="Use `sonic chpass` for another password.",
        )
    if keys.repository.scheme == CLASSIC:
        raise StoreError(
            f"the backup of {client} is a classic one: its format has one key for all contents",
            hint="Begin a new backup under another client name.",
        )
    return [slot.label for slot in keys.slots if slot.label != label]


def rotate_keys(place: Place, client: str, known: KnownPassword, new: NewPassword) -> KeysFile:
    """Seal all contents to come with a new random key, and wrap all keys anew.

    One password is left, *new* in the keyslot of *known*: the others cannot wrap the new key
    without being typed.  What is stored stays as it is, and can be read.  It is one change of
    the keys file: a crash leaves the old keys or the new ones.

    Returns:
        What the keys file says now.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There is nothing to rotate, or it was done too often.
        StoreBusyError: A run is going on.
    """
    lost_by_rotation(place, client, known.label)

    def change(keys: KeysFile) -> KeysFile:
        if keys.rotations >= MOST_ROTATIONS:
            raise StoreError(
                f"the keys were rotated {MOST_ROTATIONS} times, which is the most",
                hint="Begin a new backup under another client name.",
            )
        repository = keys.repository
        secrets = known.master(keys)
        prove(place, client, KeyRing.of(secrets, repository.id))
        slot = new.slot(rotated(secrets), repository.id)
        stored = stored_like(keys, known.label, slot, new)
        return replace(keys, slots=(stored,), rotations=keys.rotations + 1)

    keys = change_keys(place, client, change)
    tidy(new.key_file, keys)
    return keys


def reencrypt(place: Place, client: str, known: KnownPassword) -> Resealed:
    """Seal anew, with the newest key, what was stored before the keys were rotated.

    Whatever ends it, the next call goes on; names and digests keep their keys.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There are no keys that could have been rotated.
        StoreBusyError: Somebody writes the store.
    """
    lost_by_rotation(place, client, known.label)
    claim = Claim(f"sealing the backup of {client} anew")
    with closing(open_writer(place, client, claim, Flushers())) as writer:
        keys = keys_of(place, client)
        assert keys is not None
        ring = KeyRing.of(known.master(keys), keys.repository.id)
        work = Resealing(writer, Seals(ring))
        if ring.older:
            work.run()
        return work.done
