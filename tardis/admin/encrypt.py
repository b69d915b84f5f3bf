"""Encrypts a store that was kept in clear, after its plan was shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

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
from tardis.model import CLASSIC, MODERN, Repository, StoreError
from tardis.policy import check_client_name
from tardis.store import (
    Claim,
    Encrypted,
    Encrypting,
    EncryptingModern,
    Flushers,
    Place,
    SignedRow,
    StoreWriter,
    ToEncrypt,
    keys_of,
    open_writer,
)

from .fingerprints import fingerprint_directories
from .passwords import KnownPassword, NewPassword

SignSums = Callable[[KeyRing], Sequence[SignedRow]]
"""Keys of the store, whose names are sealed by now → what is signed of sets without a sum."""

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


def encrypt(  # noqa: PLR0913, PLR0917 - what it works with
    place: Place,
    client: str,
    known: KnownPassword,
    stages: Stages,
    agree: EncryptAgree,
    sign: SignSums | None = None,
) -> tuple[ToEncrypt, Encrypted | None]:
    """Encrypt the store of *client*, which has the password *known*.

    See `store.Encrypting` for classic stores, `store.EncryptingModern` for modern ones, whose
    sets are added up by *sign*.

    Returns:
        What there was to do, and what was done; None when *agree* said no.

    Raises:
        AuthenticationError: The password is wrong.
        StoreError: It has no password, or not all is to be done of what goes together only.
        StoreBusyError: Somebody writes it.
    """
    name = check_client_name(client)
    writer = open_writer(place, name, Claim(f"encrypting the backup of {name}"), Flushers())
    try:
        work, ring = _begun(writer, place, name, known)
    except BaseException:
        writer.close()
        raise
    try:
        plan = work.plan()
        if isinstance(work, EncryptingModern):
            summed = None if sign is None else partial(sign, ring)
            is_done = _do_modern(work, plan, stages, agree, summed)
        else:
            is_done = _do_classic(work, plan, stages, agree)
    finally:
        work.writer.close()
    if is_done and stages.directories:
        fingerprint_directories(place, name, ring)
    return plan, work.done if is_done else None


def _begun(
    writer: StoreWriter, place: Place, client: str, known: KnownPassword
) -> tuple[Encrypting | EncryptingModern, KeyRing]:
    """Return what encrypts a store, and the keys that it does so with."""
    keys = keys_of(place, client)
    assert keys is not None
    if keys.repository.scheme == CLASSIC:
        keys, seals = _unlocked(keys, client, known)
        return Encrypting(writer, keys, seals), seals.ring
    keys, seals = _sealed(keys, known)
    return EncryptingModern(writer, keys, seals), seals.ring


def _do_modern(
    work: EncryptingModern,
    plan: ToEncrypt,
    stages: Stages,
    agree: EncryptAgree,
    sign: Callable[[], Sequence[SignedRow]] | None,
) -> bool:
    """Encrypt a modern store; tell whether *agree* said so."""
    if not agree(plan):
        return False
    if plan.names and stages != Stages():
        raise StoreError(
            "a modern backup is encrypted as a whole, by one step that cannot be parted",
            hint="Say --all; with --dry-run it tells what that does.",
        )
    work.run(sign)
    if stages.signatures:
        work.signatures()
    work.look_around()
    return True


def _do_classic(work: Encrypting, plan: ToEncrypt, stages: Stages, agree: EncryptAgree) -> bool:
    """Encrypt a classic store by stages; tell whether *agree* said so."""
    if plan.names and not stages.names:
        raise StoreError("names come first", hint="Say --names, or --all.")
    if not agree(plan):
        return False
    if stages.names:
        work.names()
    if stages.files:
        work.files()
    if stages.signatures:
        work.signatures()
    if stages.notes:
        work.notes()
    work.look_around()
    return True


def _sealed(keys: KeysFile, known: KnownPassword) -> tuple[KeysFile, Seals]:
    """Return the keys of a modern store as an encrypted one has them, and their seals.

    Every keyslot wraps a master key from its beginning, so that is the one and all stay.
    """
    repository = keys.repository
    ring = KeyRing.of(known.master(keys), repository.id)
    sealed = Repository(repository.id, MODERN, b"", is_sealed=True)
    return replace(keys, repository=sealed), Seals(ring)


def _unlocked(keys: KeysFile, client: str, known: KnownPassword) -> tuple[KeysFile, Seals]:
    """Return the keys of the encrypted store, new ones unless it has them, and their seals."""
    repository = keys.repository
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
