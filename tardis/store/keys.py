"""``tardis.db.keys``: what identifies the repository, and how its keys are reached.

A text file, see `tardis.crypto.KeysFile`, replaced atomically, repeated at the head of every
pack.
"""

import os
from collections.abc import Callable
from contextlib import suppress
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
    """Read what rules a store: the file *path*, or what is staged beside it.

    While a store is being encrypted the catalog's note decides, see `encrypting`.

    Args:
        path: Of the keys file.
        is_ruled: Tells whether the catalog has that note; asked where something is staged.

    Raises:
        StoreError: It is absent or damaged.
    """
    staged = path + STAGED
    if os.path.exists(staged) and is_ruled():
        with suppress(StoreError):  # it has just become the keys file
            return read_keys(staged)
    return read_keys(path)


def read_keys(path: str) -> KeysFile:
    """Read the file *path*.

    Raises:
        StoreError: It is absent or damaged.
    """
    with store_trouble(path), open(path, "rb") as file:
        text = file.read()
    return KeysFile.parse(text, path)
