"""Encrypts a store that was kept in clear, after its plan was shown."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from tardis.crypto import (
    CLASSIC_COST,
    KeyRing,
    KeysFile,
    Seals,
    Stretched,
    is_password_of,
    new_master,
    wrong_password,
)
from tardis.model import CLASSIC, Repository, StoreError
from tardis.policy import check_client_name
from tardis.store import (
    Claim,
    Encrypted,
    Encrypting,
    Flushers,
    Place,
    ToEncrypt,
    keys_of,
    open_writer,
)

from .fingerprints import fingerprint_directories
from .passwords import KnownPassword, NewPassword

EncryptAgree = Callable[[ToEncrypt], bool]
"""Shows what there is to do and says whether to go on."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What is to be done of it; names come before all the rest.

    Attributes:
        directories: Make their fingerprints anew, so that the next run need not list them.
        signatures: Write sealed signatures of large files where there are none.
        notes: Write anew what stands beside contents, and the journal.
    """

    names: bool = True
    directories: bool = True
    files: bool = True
    signatures: bool = True
    notes: bool = True


def encrypt(
    place: Place, client: str, known: KnownPassword, stages: Stages, agree: EncryptAgree
) -> tuple[ToEncrypt, Encrypted | None]:
    """Encrypt the store of *client*, which has the password *known*; see `store.Encrypting`.

    Returns:
        What there was to do, and what was done; None when *agree* said no.

    Raises:
        AuthenticationError: The password is wrong.
        StoreError: It is no classic store, has no password or several, or names are not
            sealed yet and are not to be.
        StoreBusyError: Somebody writes it.
    """
    name = check_client_name(client)
    with closing(
        open_writer(place, name, Claim(f"encrypting the backup of {name}"), Flushers())
    ) as writer:
        keys = keys_of(place, name)
        assert keys is not None
        fresh, seals = _unlocked(keys, name, known)
        work = Encrypting(writer, fresh, seals)
        plan = work.plan()
        if plan.names and not stages.names:
            raise StoreError("names come first", hint="Say --names, or --all.")
        if not agree(plan):
            return plan, None
        if stages.names:
            work.names()
        if stages.files:
            work.files()
        if stages.signatures:
            work.signatures()
        if stages.notes:
            work.notes()
        work.look_around()
    if stages.directories:
        fingerprint_directories(place, name, seals.ring)
    return plan, work.done


def _unlocked(keys: KeysFile, client: str, known: KnownPassword) -> tuple[KeysFile, Seals]:
    """Return the keys of the encrypted store, new ones unless it has them, and their seals."""
    repository = keys.repository
    if repository.scheme != CLASSIC:
        raise StoreError(
            "only classic stores can be encrypted later: a modern one would have to be written "
            "anew from its first pack to its last",
            hint="Make a new client with a password; the old backups stay readable beside it.",
        )
    if repository.is_sealed:
        return keys, Seals(KeyRing.of(known.master(keys), repository.id))
    slot = keys.slot(known.label)
    if slot is None:
        raise StoreError("this backup has no such password", hint="Use `sonic setpass` first.")
    if len(keys.slots) > 1:
        raise StoreError(
            "the other passwords of this backup cannot be taken over",
            hint="Remove them by `sonic keys --remove`, and add them again afterwards.",
        )
    password = known.find()
    if not is_password_of(slot, Stretched.of(known.stretch(password, slot.salt, slot.cost))):
        raise wrong_password()
    pair = new_master(is_pair=True)
    new = NewPassword(known.label, lambda: password, known.stretch, CLASSIC_COST)
    sealed = Repository(repository.id, CLASSIC, b"", is_sealed=True)
    made = KeysFile(sealed, (new.slot(pair, repository.id, client),))
    return made, Seals(KeyRing.of(pair, repository.id))
