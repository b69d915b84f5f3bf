"""Keys out of a store into a key file, and back; and proof that they open the store."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tardis.crypto import (
    DetachedKey,
    KeyRing,
    KeysFile,
    Keyslot,
    Stretched,
    is_password_of,
    new_verifier,
    open_master,
    rotations_of,
)
from tardis.model import AuthenticationError, IntegrityError, StoreError
from tardis.store import KeyFile, Place, change_keys, keys_of, open_reader

from .passwords import KnownPassword, slot_with_key


@dataclass(frozen=True, slots=True)
class Inserted:
    """Which keys came back into a store.

    Attributes:
        repository: Id of the repository.
        labels: Of their keyslots.
        left: Labels of keys in the file that fit no keyslot of the store.
    """

    repository: bytes
    labels: tuple[str, ...]
    left: tuple[str, ...]


def extract_keys(place: Place, client: str, key_file: KeyFile) -> list[str]:
    """Copy the wrapped keys of *client* into *key_file*; return the labels of their keyslots.

    What the file has of other backups stays there.

    Raises:
        StoreError: The store has none, or the file cannot be written.
        AuthenticationError: What is there under that name is no key file.
    """
    keys = _keys(place, client)
    slots = _inside(keys)
    if not slots:
        raise StoreError(
            f"the store of {client} has no keys to extract",
            hint="It has no password." if not keys.slots else "A key file has them already.",
        )
    key_file.keep(keys.repository.id, slots)
    return [slot.label for slot in slots]


def wrapped_key(place: Place, client: str, label: str, key_file: KeyFile | None) -> DetachedKey:
    """Return the wrapped key of the keyslot *label*, from the key file if one is named.

    Raises:
        AuthenticationError: The key file does not have it, or cannot be read.
        StoreError: There is no such keyslot, or its key is in a key file that was not named.
    """
    keys = _keys(place, client)
    slot = slot_with_key(keys, label, key_file)
    return DetachedKey.of(slot, keys.repository.id)


def remove_stored_keys(place: Place, client: str, known: KnownPassword) -> None:
    """Take the wrapped keys of *client* out of its store, once its key file has opened it.

    From then on nobody reads the backup, or adds to it, without the key file.

    Args:
        place: Where stores lie.
        client: Whose.
        known: A password, with the key file.

    Raises:
        AuthenticationError: The password is wrong; the file lacks a key, or cannot be read.
        StoreError: The store has no keys, or the file's do not open it.
        StoreBusyError: A run is going on.
    """
    key_file = known.key_file
    assert key_file is not None

    def change(keys: KeysFile) -> KeysFile:
        slots = _inside(keys)
        if not slots:
            raise StoreError(f"the store of {client} has no keys to remove")
        for slot in slots:
            if key_file.wrapped(keys.repository.id, slot.salt) != slot.wrapped:
                raise StoreError(f"the key file has another key of the keyslot {slot.label}")
        prove(place, client, KeyRing.of(known.master(keys), keys.repository.id))
        return replace(keys, slots=tuple(replace(slot, wrapped=b"") for slot in keys.slots))

    change_keys(place, client, change)


def insert_keys(place: Place, client: str, known: KnownPassword) -> Inserted:
    """Put the keys of a key file into the store of *client* again, once they have opened it.

    A keyslot that the store does not have any more is made anew, with the password.

    Args:
        place: Where stores lie.
        client: Whose.
        known: A password, with the key file that has a key of it.

    Raises:
        AuthenticationError: The password is wrong; the file has no key for it, or cannot be
            read.
        StoreError: What the file has does not open the store, or is older than what it has.
        StoreBusyError: A run is going on.
    """
    key_file = known.key_file
    assert key_file is not None
    done: list[str] = []

    def change(keys: KeysFile) -> KeysFile:
        found = key_file.read().of(keys.repository.id)
        if not found:
            raise AuthenticationError(
                f"the key file {key_file.path} belongs to another backup",
                hint="Name the one of this backup.",
            )
        slot = _proved_slot(place, client, (keys, found), known)
        keys = keys.with_slot(slot)
        by_salt = {one.salt: one.wrapped for one in found}
        slots = tuple(
            replace(one, wrapped=by_salt.get(one.salt, one.wrapped)) for one in keys.slots
        )
        done.extend(one.label for one in slots if one.salt in by_salt)
        return replace(keys, slots=slots)

    keys = change_keys(place, client, change)
    salts = {one.salt for one in keys.slots}
    left = [one.label for one in key_file.read().of(keys.repository.id) if one.salt not in salts]
    return Inserted(keys.repository.id, tuple(done), tuple(left))


def _proved_slot(
    place: Place,
    client: str,
    both: tuple[KeysFile, Iterable[DetachedKey]],
    known: KnownPassword,
) -> Keyslot:
    """Return the keyslot of *known* with the key that the file has for it."""
    keys, found = both
    slot = keys.slot(known.label)
    chosen = [one for one in found if one.label == known.label]
    fitting = [one for one in chosen if slot is not None and one.salt == slot.salt]
    if not chosen:
        labels = ", ".join(sorted({one.label for one in found}))
        raise AuthenticationError(
            f"the key file has no key of a keyslot {known.label!r}",
            hint=f"--slot: it has {labels}",
        )
    if slot is not None and slot.wrapped and not fitting:
        raise StoreError(
            f"the store has a newer key of the keyslot {known.label} than the key file",
            hint="Nothing needs to be inserted: the password of today opens it.",
        )
    one = max(fitting or chosen, key=lambda key: key.created_ns)
    stretched = Stretched.of(known.stretch(known.find(), one.salt, one.cost))
    master = open_master(one.wrapped, stretched, keys.repository.id)
    _refuse_outdated(keys, master)
    prove(place, client, KeyRing.of(master, keys.repository.id))
    if fitting and slot is not None and is_password_of(slot, stretched):
        return replace(slot, wrapped=one.wrapped)
    login = new_verifier(stretched.login)
    return Keyslot(one.label, one.cost, one.salt, one.wrapped, *login, one.created_ns)


def prove(place: Place, client: str, ring: KeyRing) -> None:
    """Make sure that *ring* opens what the store of *client* has sealed, if it has.

    Raises:
        StoreError: It does not.
    """
    keys = _keys(place, client)
    if not keys.repository.is_sealed:
        return
    with open_reader(place, client, ring) as reader:
        try:
            for one in reader.sets()[-1:]:
                reader.roots(one.number)
        except IntegrityError as error:
            raise StoreError(f"these keys do not open the backup of {client}") from error


def _refuse_outdated(keys: KeysFile, master: bytes) -> None:
    """Refuse keys from before the last rotation: later contents could not be read with them."""
    if rotations_of(master) != keys.rotations:
        raise StoreError(
            "the key file is from before the keys were rotated",
            hint="Take the one that was written then, or later.",
        )


def _keys(place: Place, client: str) -> KeysFile:
    keys = keys_of(place, client)
    if keys is None:
        raise StoreError(f"the client {client} has no store here")
    return keys


def _inside(keys: KeysFile) -> list[Keyslot]:
    return [slot for slot in keys.slots if slot.wrapped]
