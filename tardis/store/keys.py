"""``tardis.db.keys``: what identifies the repository, and how its keys are reached.

A text file, see `tardis.crypto.KeysFile`, replaced atomically, repeated at the head of every
pack.
"""

from tardis.crypto import KeysFile, new_digest_key, new_repository_id
from tardis.model import Repository

from .flush import replace_durably
from .trouble import store_trouble


def new_keys() -> KeysFile:
    """Return a fresh identity in the modern scheme, without a password."""
    return KeysFile(Repository(new_repository_id(), "modern", new_digest_key()))


def write_keys(path: str, keys: KeysFile) -> None:
    """Replace the file *path*."""
    with store_trouble(path):
        replace_durably(path, keys.text())


def read_keys(path: str) -> KeysFile:
    """Read the file *path*.

    Raises:
        StoreError: It is absent or damaged.
    """
    with store_trouble(path), open(path, "rb") as file:
        text = file.read()
    return KeysFile.parse(text, path)
