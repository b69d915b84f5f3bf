"""Passwords of a client: set, changed, added, removed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tardis.crypto import (
    KdfCost,
    KeysFile,
    Keyslot,
    Stretch,
    Stretched,
    cost_and_salt,
    make_slot,
    new_master,
    new_repository,
    unwrap,
)
from tardis.model import CLASSIC, StoreError
from tardis.store import Place, change_keys


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that is to be set.

    Attributes:
        label: Of its keyslot.
        find: Returns it; called once, when it is needed.
        stretch: The KDF.
        cost: Of the KDF.
    """

    label: str
    find: Callable[[], bytes]
    stretch: Stretch
    cost: KdfCost

    def slot(self, master: bytes, repository: bytes, client: str) -> Keyslot:
        """Return a new keyslot of *master* for it."""
        password = self.find()
        cost, salt = cost_and_salt(master, self.cost, client)

        def stretched(salt: bytes) -> Stretched:
            return Stretched.of(self.stretch(password, salt, cost))

        secrets = (master, repository)
        return make_slot(self.label, cost, stretched, secrets, time.time_ns(), salt)


@dataclass(frozen=True, slots=True)
class KnownPassword:
    """A password that is set already.

    Attributes:
        label: Of its keyslot.
        find: Returns it; called once, when it is needed.
        stretch: The KDF.
    """

    label: str
    find: Callable[[], bytes]
    stretch: Stretch

    def master(self, keys: KeysFile) -> bytes:
        """Return the master key of *keys*.

        Raises:
            AuthenticationError: The password is wrong.
            StoreError: There is no such keyslot.
        """
        slot = keys.slot(self.label)
        if slot is None:
            raise _no_slot(keys, self.label)
        stretched = Stretched.of(self.stretch(self.find(), slot.salt, slot.cost))
        return unwrap(slot, stretched, keys.repository.id)


def first_keys(new: NewPassword, client: str, scheme: str, *, is_sealed: bool = False) -> KeysFile:
    """Return the keys of *client*, made with a password, in one of `model.SCHEMES`."""
    repository = new_repository(scheme, is_sealed=is_sealed)
    master = new_master(is_pair=is_sealed and scheme == CLASSIC)
    return KeysFile(repository, (new.slot(master, repository.id, client),))


def set_password(place: Place, client: str, new: NewPassword) -> None:
    """Give *client*, which has none, a password. What is stored stays as it is.

    Raises:
        StoreError: It has one already.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        if keys.slots:
            raise StoreError(f"{client} has a password already", hint="Use `sonic chpass`.")
        return keys.with_slot(new.slot(new_master(), keys.repository.id, client))

    change_keys(place, client, change)


def change_password(place: Place, client: str, known: KnownPassword, new: NewPassword) -> None:
    """Replace the password *known* of *client* by *new*, which has the same label.

    The keys themselves stay: whoever once had them and the old password keeps them.

    Raises:
        AuthenticationError: *known* is wrong.
        StoreError: There is no such keyslot.
        StoreBusyError: A run is going on.
    """
    change_keys(
        place,
        client,
        lambda keys: keys.with_slot(new.slot(known.master(keys), keys.repository.id, client)),
    )


def add_password(place: Place, client: str, known: KnownPassword, new: NewPassword) -> None:
    """Let *new* open what *known* opens, beside it.

    Raises:
        AuthenticationError: *known* is wrong.
        StoreError: There is a keyslot with the label of *new*, or none with that of *known*.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        if keys.slot(new.label) is not None:
            raise StoreError(f"{client} has a keyslot {new.label!r} already")
        return keys.with_slot(new.slot(known.master(keys), keys.repository.id, client))

    change_keys(place, client, change)


def remove_password(place: Place, client: str, label: str) -> None:
    """Remove the keyslot *label*.

    Raises:
        StoreError: There is none, or it is the last one.
        StoreBusyError: A run is going on.
    """
    change_keys(place, client, lambda keys: keys.without_slot(label))


def _no_slot(keys: KeysFile, label: str) -> StoreError:
    if not keys.slots:
        return StoreError("this backup has no password", hint="Use `sonic setpass`.")
    labels = ", ".join(slot.label for slot in keys.slots)
    return StoreError(f"there is no keyslot {label!r}", hint=f"--slot: there are {labels}")
