"""Where stores lie, and how one is made, or opened by those who read it."""

import os
import re
import shutil
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tardis.crypto import KeyRing, KeysFile
from tardis.model import CLASSIC, MODERN, StoreError

from .catalog.connection import create_catalog
from .directory import DirectoryStore
from .flush import sync_file
from .keys import new_keys, write_keys
from .layout import DB_NAME, JOURNAL_NAME, Layout
from .lock import WriterLock
from .reader import StoreReader
from .trouble import store_trouble

RESERVE_BYTES = 16 << 20

_CONTENTS: Final = re.compile("[0-9a-f]{2}")
"""Directories of contents that are files of their own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where stores lie and what their parts are called.

    Attributes:
        base: Directory of all clients' stores.
        db_name: File name of the catalogs.
        db_dir: Directory of the catalogs, when it is not that of the stores.
        journal: File name of the journals.
        skip_name: Name of an empty file that keeps a store out of backups.
        schema: Path of the administrator's own schema script, or empty.
        thrift: What the usual bounds of a writer's memory are divided by; for small machines.
    """

    base: str
    db_name: str = DB_NAME
    db_dir: str = ""
    journal: str = JOURNAL_NAME
    skip_name: str = ".tardis-skip"
    schema: str = ""
    thrift: int = 1

    def layout(self, client: str) -> Layout:
        """Return where the parts of *client*'s store lie."""
        found = Layout.of(self.base, client, self.db_name, self.db_dir)
        return Layout(found.directory, found.database, self.journal, thrift=self.thrift)


def has_store(place: Place, client: str) -> bool:
    """Tell whether *client* has a store here, be it one whose catalog is lost.

    What a killed or powerless `create_store` left is none: it holds nothing, and lacks
    its keys or its catalog.

    Raises:
        StoreError: Its place may not be looked into.
    """
    layout = place.layout(client)
    with store_trouble(layout.directory):
        return is_whole(layout) or has_contents(layout)


def client_names(place: Place) -> list[str]:
    """Return the names of all clients that have a store here, sorted."""
    try:
        names = sorted(os.listdir(place.base))
    except FileNotFoundError:
        return []
    return [name for name in names if not name.startswith(".") and _seems_store(place, name)]


def _seems_store(place: Place, client: str) -> bool:
    """Tell whether *client* has a store; one that may not be looked into counts."""
    try:
        return has_store(place, client)
    except StoreError:
        return True


def create_store(
    place: Place,
    client: str,
    *,
    private: bool = False,
    scheme: str = MODERN,
    keys: KeysFile | None = None,
) -> None:
    """Make an empty store; nothing is left when that fails.

    The catalog gets its name last: a store that has one is whole.

    Args:
        place: Where.
        client: Whose.
        private: Let nobody but the owner look into it.
        scheme: One of `model.SCHEMES`, for good.
        keys: Its identity and passwords, in that scheme; None: a fresh one without a password.

    Raises:
        StoreError: There is one already, or the schema script is missing.
        StoreBusyError: Somebody else is making it.
    """
    script = read_schema(place)
    layout = place.layout(client).of_scheme(scheme)
    _refuse_existing(place, client)
    mode = 0o700 if private else 0o777
    with ExitStack() as folders, store_trouble(layout.directory):
        for folder in (place.base, layout.directory, os.path.dirname(layout.database)):
            _make_folder(os.path.abspath(folder), mode, folders)
        lock = WriterLock(layout.lock)
        lock.take(f"making the store of {client}")
        with closing(lock):
            _refuse_existing(place, client)
            with ExitStack() as undoing:
                undoing.callback(_remove, layout.lock)
                undoing.callback(_remove_parts, layout, place)
                _make(layout, place, script, keys or new_keys(scheme))
                undoing.pop_all()
        folders.pop_all()


def _refuse_existing(place: Place, client: str) -> None:
    if has_store(place, client):
        raise StoreError(f"the client {client} has a store already")


def read_schema(place: Place) -> str | None:
    """Return the administrator's own schema script, None when ours is to be used.

    Raises:
        StoreError: It cannot be read.
    """
    if not place.schema:
        return None
    try:
        return Path(place.schema).read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"cannot read the schema {place.schema}: {error.strerror}",
            hint="Leave Schema unset to use the one that came with the program.",
        ) from error


def open_reader(place: Place, client: str, ring: KeyRing | None = None) -> StoreReader:
    """Open *client*'s store for reading; the caller closes it, or uses it in a `with`.

    An encrypted one tells names and bytes to those alone who have its keys.

    Raises:
        StoreError: There is none, or it cannot be used.
    """
    return StoreReader(place.layout(client), ring)


def open_raw(place: Place, client: str) -> DirectoryStore:
    """Open *client*'s store as it lies, for who has its keys elsewhere; the caller closes it.

    Raises:
        StoreError: There is none, or it cannot be used.
    """
    return DirectoryStore(place.layout(client))


def is_whole(layout: Layout) -> bool:
    """Tell whether a store has its catalog and its keys."""
    try:
        return os.path.getsize(layout.database) > 0 and os.path.exists(layout.keys)
    except (FileNotFoundError, NotADirectoryError):
        return False


def has_contents(layout: Layout) -> bool:
    """Tell whether anything is there that could hold somebody's data.

    A catalog counts even without its keys and contents: those may lie on a file system
    that is not mounted now.
    """
    if os.path.exists(layout.database) and os.path.getsize(layout.database) > 0:
        return True
    found = (*_names_in(layout.packs), *_names_in(layout.directory))
    is_modern = any(name.endswith(".pack") for name in found)
    is_classic = bool(_names_in(layout.manifests)) or any(map(_CONTENTS.fullmatch, found))
    return is_modern or is_classic


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _make_folder(path: str, mode: int, undoing: ExitStack) -> None:
    """Make a directory, and those above it, unless it is there."""
    if not os.path.isdir(path):
        _make_folder(os.path.dirname(path), 0o777, undoing)
        with suppress(FileExistsError):  # somebody else was faster
            os.mkdir(path, mode)
            undoing.callback(_remove_folder, path)


def _make(layout: Layout, place: Place, script: str | None, keys: KeysFile) -> None:
    fresh = f"{layout.database}.new"
    _remove_parts(layout, place)
    folders = [layout.incoming, layout.manifests if layout.is_classic else layout.packs]
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    if place.skip_name:
        Path(layout.directory, place.skip_name).touch()
    make_reserve(layout.reserve)
    write_keys(layout.keys, keys)
    create_catalog(fresh, script, layout.scheme)
    _remove(f"{fresh}-journal")
    for path in (*folders, layout.directory, fresh):
        sync_file(path)
    os.rename(fresh, layout.database)
    sync_file(layout.database)


def make_reserve(path: str) -> None:
    """Make the ballast that is let go when a full disk must be purged."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    finally:
        os.close(descriptor)


def _remove_parts(layout: Layout, place: Place) -> None:
    """Remove what `_make` may have made, now or when it was killed."""
    fresh = f"{layout.database}.new"
    keys = (layout.keys, f"{layout.keys}.new")
    for path in (fresh, f"{fresh}-journal", layout.database, *keys, layout.reserve):
        _remove(path)
    if place.skip_name:
        _remove(os.path.join(layout.directory, place.skip_name))
    shutil.rmtree(layout.packs, ignore_errors=True)
    for folder in (layout.manifests, layout.of_scheme(CLASSIC).incoming):
        _remove_folder(folder)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _remove_folder(path: str) -> None:
    with suppress(OSError):  # somebody else has put something there
        os.rmdir(path)
