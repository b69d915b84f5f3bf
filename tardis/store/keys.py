"""``tardis.db.keys``: what identifies the repository, and how its keys are reached.

A text file, see `tardis.crypto.KeysFile`, replaced atomically, repeated at the head of every
pack.
"""

import os
from collections.abc import Callable
from typing import Final

from tardis.crypto import KeysFile, new_repository
from tardis.model import MODERN, Repository, StoreError

from .flush import replace_durably
from .trouble import store_trouble

STAGED: Final = ".sealing"
"""Behind the name of the keys file: the keys of a store whose names are being encrypted."""


def new_keys(scheme: str = MODERN) -> KeysFile:
    """Return a fresh identity in one of `model.SCHEMES`, without a password."""
    return KeysFile(new_repository(scheme))


def check_scheme(repository: Repository, recorded: str, place: str) -> None:
    """Make sure that the keys at *place* and the catalog, which has *recorded*, are of one store.

    Raises:
        StoreError: They are not.
    """
    if repository.scheme != recorded:
        raise StoreError(
            f"{place} describes a {repository.scheme} store, the catalog a {recorded} one",
            hint="Put back the keys file that belongs to the catalog.",
        )


def write_keys(path: str, keys: KeysFile) -> None:
    """Replace the file *path*."""
    with store_trouble(path):
        replace_durably(path, keys.text())


def present_keys(path: str, is_ruled: Callable[[], bool]) -> KeysFile:
    """Read what rules a store; see `ruling`.

    Raises:
        StoreError: It is absent or damaged.
    """
    return read_keys(ruling(path, is_ruled))


def ruling(path: str, is_ruled: Callable[[], bool]) -> str:
    """Return the path of what rules a store: *path*, or what is staged beside it.

    While a store is being encrypted the catalog's note decides, see `encrypting`.

    Args:
        path: Of the keys file.
        is_ruled: Tells whether the catalog has that note; asked where something is staged.
    """
    staged = path + STAGED
    is_staged = os.path.exists(staged) and is_ruled() and os.path.exists(staged)
    return staged if is_staged else path


def read_keys(path: str) -> KeysFile:
    """Read the file *path*.

    Raises:
        StoreError: It is absent or damaged.
    """
    with store_trouble(path), open(path, "rb") as file:
        text = file.read()
    return KeysFile.parse(text, path)
