"""A password that is printed and never typed before it is needed."""

from collections.abc import Callable

from tardis.crypto import DetachedKey, DetachedKeys, KeysFile
from tardis.store import Place, change_keys

from .passwords import KnownPassword, NewPassword, stored_like, tidy

SHEET_SLOT = "recovery"
"""Label of the keyslot that a recovery sheet is of."""


def add_recovery(
    place: Place,
    client: str,
    known: KnownPassword,
    new: NewPassword,
    print_out: Callable[[bytes, str], None],
) -> None:
    """Let the code of a recovery sheet open what *known* opens; a sheet before ends.

    Args:
        place: Where stores lie.
        client: Whose.
        known: A password.
        new: The code, which takes the place of one with the same label.
        print_out: Given the repository's id and the text of a key file, keeps the sheet; the
            store learns of the code once it has returned.

    Raises:
        AuthenticationError: *known* is wrong, or the key file does not have its key.
        StoreError: There is no keyslot of *known*, or there are too many.
        StoreBusyError: A run is going on.
    """

    def change(keys: KeysFile) -> KeysFile:
        repository = keys.repository.id
        slot = new.slot(known.master(keys), repository)
        changed = keys.with_slot(stored_like(keys, known.label, slot, new))
        print_out(repository, DetachedKeys((DetachedKey.of(slot, repository),)).text().decode())
        return changed

    tidy(new.key_file, change_keys(place, client, change))
