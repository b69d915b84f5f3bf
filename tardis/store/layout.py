"""Where the parts of one client's store lie, and nothing else."""

import os
from dataclasses import dataclass, replace

from tardis.crypto import MD5_SIZE
from tardis.model import CLASSIC, MODERN, StoreError

DB_NAME = "tardis.db"
JOURNAL_NAME = "tardis.journal"

_NUMBER_SIZE = 8
"""Bytes of a set's number in place of a digest."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one client's store.

    Attributes:
        directory: ``BaseDir/<client>``.
        database: The catalog's file.
        journal_name: File name of the journal.
        scheme: Of the store, one of `model.SCHEMES`; matters to contents alone.
        thrift: What the usual bounds of a writer's memory are divided by.
    """

    directory: str
    database: str
    journal_name: str = JOURNAL_NAME
    scheme: str = MODERN
    thrift: int = 1

    @classmethod
    def of(cls, base: str, client: str, db_name: str = DB_NAME, db_dir: str = "") -> "Layout":
        """Return the layout of *client* below *base*; *db_dir* moves the catalogs elsewhere.

        Raises:
            StoreError: The client's name cannot be a directory's.
        """
        parts = (client, db_name)
        if any(not part or part.startswith(".") or "/" in part or "\0" in part for part in parts):
            raise StoreError("the client's or the catalog's name cannot be a file name")
        directory = os.path.join(base, client)
        home = os.path.join(db_dir, client) if db_dir else directory
        return cls(directory, os.path.join(home, db_name))

    def of_scheme(self, scheme: str) -> "Layout":
        """Return the same of a store of that scheme."""
        return replace(self, scheme=scheme)

    @property
    def is_classic(self) -> bool:
        """Whether contents and manifests are a file each."""
        return self.scheme == CLASSIC

    @property
    def keys(self) -> str:
        """Identity of the repository and, later, its keyslots."""
        return f"{self.database}.keys"

    @property
    def journal(self) -> str:
        """The append-only text from which contents can be found again."""
        return os.path.join(self.directory, self.journal_name)

    @property
    def lock(self) -> str:
        """The writer's lock."""
        return os.path.join(self.directory, "tardis.lock")

    @property
    def reserve(self) -> str:
        """Ballast that is let go when a full disk must be purged."""
        return os.path.join(self.directory, ".reserve")

    @property
    def packs(self) -> str:
        """Directory of the packs."""
        return os.path.join(self.directory, "packs")

    @property
    def quarantine(self) -> str:
        """Directory of what was damaged and is not needed any more; nothing reads it."""
        return os.path.join(self.directory, "quarantine")

    @property
    def incoming(self) -> str:
        """Directory of large contents that have not arrived whole."""
        folders = ("tmp",) if self.is_classic else ("packs", "incoming")
        return os.path.join(self.directory, *folders)

    @property
    def manifests(self) -> str:
        """Directory of the manifests of a classic store."""
        return os.path.join(self.directory, "manifests")

    def manifest(self, number: int, place: int) -> str:
        """Return the path of the manifest *place* of set *number* of a classic store."""
        return os.path.join(self.manifests, f"{number}-{place}")

    def pack(self, number: int) -> str:
        """Return the path of pack *number*."""
        return os.path.join(self.packs, f"{number}.pack")

    def file(self, digest: bytes, place: int) -> str:
        """Return the path of what is doomed: of a content, or of a manifest by its set's number."""
        if len(digest) == _NUMBER_SIZE:
            return self.manifest(int.from_bytes(digest, "big"), place)
        return self.large(digest, place)

    def large(self, digest: bytes, place: int) -> str:
        """Return the path of the content *digest* as a file of its own, number *place*."""
        suffix = f"-{place}" if place else ""
        if self.is_classic:
            name = digest[:MD5_SIZE].hex()
            return os.path.join(self.directory, name[:2], name[2:4], name + suffix)
        name = digest.hex()
        return os.path.join(self.directory, name[:2], name + suffix)
