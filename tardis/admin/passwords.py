"""Passwords of a client: set, changed, added, removed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tardis.crypto import (
    KdfCost,
    KeysFile,
    Keyslot,
    Stretch,
    Stretched,
    cost_and_salt,
    kept_elsewhere,
    make_slot,
    new_master,
    new_repository,
    new_verifier,
    open_master,
)
from tardis.model import CLASSIC, StoreError
from tardis.store import KeyFile, Place, change_keys


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that is to be set.

    Attributes:
        label: Of its keyslot.
        find: Returns it; called once, when it is needed.
        stretch: The KDF.
        cost: Of the KDF.
        key_file: Where its key is kept instead of in the store, if it is.
    """

    label: str
    find: Callable[[], bytes]
    stretch: Stretch
    cost: KdfCost
    key_file: KeyFile | None = None

    def slot(self, master: bytes, repository: bytes, client: str = "") -> Keyslot:
        """Return a new keyslot of *master* for it; the key file has its key by then.

        In encrypted classic repositories the name of the *client* makes the salt.
        """
        password = self.find()
        cost, salt = cost_and_salt(master, self.cost, client)

        def stretched(salt: bytes) -> Stretched:
            return Stretched.of(self.stretch(password, salt, cost))

        secrets = (master, repository)
        made = make_slot(self.label, cost, stretched, secrets, time.time_ns(), salt)
        if self.key_file is not None:
            self.key_file.keep(repository, [made])
        return made


@dataclass(frozen=True, slots=True)
class KnownPassword:
    """A password that is set already.

    Attributes:
        label: Of its keyslot.
        find: Returns it; called once, when it is needed.
        stretch: The KDF.
        key_file: Where its key is looked for instead of in the store, if it is.
    """

    label: str
    find: Callable[[], bytes]
    stretch: Stretch
    key_file: KeyFile | None = None

    def master(self, keys: KeysFile) -> bytes:
        """Return the master key of *keys*, and those of later contents behind it.

        Raises:
            AuthenticationError: The password is wrong, or the key file does not have its key.
            StoreError: There is no such keyslot, or it is kept in a key file that was not named.
        """
        return self.opened(keys)[1]

    def opened(self, keys: KeysFile) -> tuple[Stretched, bytes]:
        """Return what the password was stretched to, and what `master` returns."""
        slot = slot_with_key(keys, self.label, self.key_file)
        stretched = Stretched.of(self.stretch(self.find(), slot.salt, slot.cost))
        return stretched, open_master(slot.wrapped, stretched, keys.repository.id)


def slot_with_key(keys: KeysFile, label: str, key_file: KeyFile | None) -> Keyslot:
    """Return the keyslot *label* with its key, from *key_file* if one is named.

    Raises:
        AuthenticationError: The key file does not have it.
        StoreError: There is no such keyslot, or it is kept in a key file that was not named.
    """
    slot = keys.slot(label)
    if slot is None:
        raise _no_slot(keys, label)
    if key_file is not None:
        slot = replace(slot, wrapped=key_file.wrapped(keys.repository.id, slot.salt))
    if not slot.wrapped:
        raise kept_elsewhere()
    return slot


def first_keys(
    new: NewPassword, scheme: str, *, is_sealed: bool = False, client: str = ""
) -> KeysFile:
    """Return the keys of *client*, made with a password, in one of `model.SCHEMES`."""
    repository = new_repository(scheme, is_sealed=is_sealed)
    master = new_master(is_pair=is_sealed and scheme == CLASSIC)
    slot = new.slot(master, repository.id, client)
    return KeysFile(repository, (_first(slot, new),))


def set_password(place: Place, client: str, new: NewPassword) -> None:
    """Give *client*, which has none, a password. What is stored stays as it is.

    Raises:
        StoreError: It has one already.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        if keys.slots:
            raise StoreError(f"{client} has a password already", hint="Use `sonic chpass`.")
        slot = new.slot(new_master(), keys.repository.id)
        return keys.with_slot(_first(slot, new))

    change_keys(place, client, change)


def change_password(place: Place, client: str, known: KnownPassword, new: NewPassword) -> None:
    """Replace the password *known* of *client* by *new*, which has the same label.

    The keys themselves stay: whoever once had them and the old password keeps them.  A key
    file has both keys for a moment, so that a crash leaves one that fits.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There is no such keyslot.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        slot = new.slot(known.master(keys), keys.repository.id, client)
        return keys.with_slot(stored_like(keys, known.label, slot, new))

    tidy(new.key_file, change_keys(place, client, change))


def add_password(place: Place, client: str, known: KnownPassword, new: NewPassword) -> None:
    """Let *new* open what *known* opens, beside it.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There is a keyslot with the label of *new*, or none with that of *known*.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        if keys.slot(new.label) is not None:
            raise StoreError(f"{client} has a keyslot {new.label!r} already")
        slot = new.slot(known.master(keys), keys.repository.id, client)
        return keys.with_slot(stored_like(keys, known.label, slot, new))

    change_keys(place, client, change)


def remove_password(place: Place, client: str, label: str, key_file: KeyFile | None = None) -> None:
    """Remove the keyslot *label*, and its key from *key_file* if one is named.

    Raises:
        StoreError: There is none, or it is the last one.
        StoreBusyError: A run is going on.
    """
    tidy(key_file, change_keys(place, client, lambda keys: keys.without_slot(label)))


def renew_login(place: Place, client: str, known: KnownPassword) -> None:
    """Make what the server checks a login with anew, for a password that opens the keys.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There is no such keyslot.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        stretched, _ = known.opened(keys)
        salt, verifier = new_verifier(stretched.login)
        slots = tuple(
            replace(slot, login_salt=salt, verifier=verifier) if slot.label == known.label else slot
            for slot in keys.slots
        )
        return replace(keys, slots=slots)

    change_keys(place, client, change)


def stored_like(keys: KeysFile, label: str, slot: Keyslot, new: NewPassword) -> Keyslot:
    """Return what the store gets of a new *slot*: its key too, if it has that of *label*.

    Args:
        keys: As they are.
        label: Of the keyslot that opened them.
        slot: Made by *new*.
        new: Its key file, if it has one, has the key by now.
    """
    old = keys.slot(label)
    is_inside = old is not None and bool(old.wrapped)
    return slot if is_inside else _first(slot, new)


def tidy(key_file: KeyFile | None, keys: KeysFile) -> None:
    """Take keys out of a key file that belong to no keyslot any more."""
    if key_file is not None:
        key_file.forget_others(keys.repository.id, [slot.salt for slot in keys.slots])


def _first(slot: Keyslot, new: NewPassword) -> Keyslot:
    return slot if new.key_file is None else replace(slot, wrapped=b"")


def _no_slot(keys: KeysFile, label: str) -> StoreError:
    if not keys.slots:
        return StoreError("this backup has no password", hint="Use `sonic setpass`.")
    labels = ", ".join(slot.label for slot in keys.slots)
    return StoreError(f"there is no keyslot {label!r}", hint=f"--slot: there are {labels}")
