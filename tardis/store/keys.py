"""``tardis.db.keys``: what identifies the repository and names its contents.

A text file in INI form, replaced atomically, repeated at the head of every pack.
"""

import configparser
import io

from tardis.crypto import new_digest_key, new_repository_id
from tardis.model import CLASSIC, DIGEST_SIZE, MODERN, Repository, SchemaError, StoreError

from .flush import replace_durably
from .trouble import store_trouble

_SECTION = "Repository"
_FORMAT = "1"
_DIGESTS = {MODERN: "blake3-256-keyed", CLASSIC: "md5-sha256"}
_ID_SIZE = 16


def new_repository(scheme: str = MODERN) -> Repository:
    """Return a fresh identity in one of `model.SCHEMES`."""
    return Repository(new_repository_id(), scheme, new_digest_key())


def keys_text(repository: Repository) -> bytes:
    """Return the file's text for *repository*."""
    parser = configparser.ConfigParser(interpolation=None)
    parser[_SECTION] = {
        "format": _FORMAT,
        "scheme": repository.scheme,
        "id": repository.id.hex(),
        "digest": _DIGESTS[repository.scheme],
        "digestkey": repository.digest_key.hex(),
    }
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()


def parse_keys(text: bytes, place: str) -> Repository:
    """Return the identity that *text*, found at *place*, holds.

    Raises:
        StoreError: It is not such a text.
        SchemaError: It was made by a newer program.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text.decode())
        section = parser[_SECTION]
        repository = Repository(
            bytes.fromhex(section["id"]), section["scheme"], bytes.fromhex(section["digestkey"])
        )
        form = (section["format"], section["digest"])
    except (ValueError, KeyError, configparser.Error) as error:
        raise StoreError(f"{place} is damaged: {error}") from error
    if form != (_FORMAT, _DIGESTS.get(repository.scheme)):
        raise SchemaError(
            f"{place} describes a store in a form that this program does not know",
            hint="Use the version that made it, or a later one.",
        )
    if (len(repository.id), len(repository.digest_key)) != (_ID_SIZE, DIGEST_SIZE):
        raise StoreError(f"{place} is damaged: a key has the wrong length")
    return repository


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
