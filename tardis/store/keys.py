"""``tardis.db.keys``: what identifies the repository and names its contents.

A text file in INI form, replaced atomically, repeated at the head of every pack.
"""

import configparser
import io

from tardis.crypto import new_digest_key, new_repository_id
from tardis.model import Repository, StoreError

from .flush import replace_durably
from .trouble import store_trouble

_SECTION = "Repository"


def new_repository() -> Repository:
    """Return a fresh identity in the modern scheme."""
    return Repository(new_repository_id(), "modern", new_digest_key())


def keys_text(repository: Repository) -> bytes:
    """Return the file's text for *repository*."""
    parser = configparser.ConfigParser(interpolation=None)
    parser[_SECTION] = {
        "format": "1",
        "scheme": repository.scheme,
        "id": repository.id.hex(),
        "digest": "blake3-256-keyed",
        "digestkey": repository.digest_key.hex(),
    }
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()


def parse_keys(text: bytes, place: str) -> Repository:
    """Return the identity that *text*, found at *place*, holds.

    Raises:
        StoreError: It is not such a text.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text.decode())
        section = parser[_SECTION]
        repository = Repository(
            bytes.fromhex(section["id"]), section["scheme"], bytes.fromhex(section["digestkey"])
        )
    except (ValueError, KeyError, configparser.Error) as error:
        raise StoreError(f"{place} is damaged: {error}") from error
    if len(repository.digest_key) != len(repository.id) * 2:
        raise StoreError(f"{place} is damaged: a key has the wrong length")
    return repository


def write_keys(path: str, repository: Repository) -> None:
    """Replace the file *path*."""
    with store_trouble(path):
        replace_durably(path, keys_text(repository))


def read_keys(path: str) -> Repository:
    """Read the file *path*.

    Raises:
        StoreError: It is absent or damaged.
    """
    with store_trouble(path), open(path, "rb") as file:
        text = file.read()
    return parse_keys(text, path)
