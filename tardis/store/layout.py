"""Where the parts of one client's store lie, and nothing else."""

import os
from dataclasses import dataclass

from tardis.model import StoreError

DB_NAME = "tardis.db"
JOURNAL_NAME = "tardis.journal"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one client's store.

    Attributes:
        directory: ``BaseDir/<client>``.
        database: The catalog's file.
        journal_name: File name of the journal.
    """

    directory: str
    database: str
    journal_name: str = JOURNAL_NAME

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
    def incoming(self) -> str:
        """Directory of large contents that have not arrived whole."""
        return os.path.join(self.directory, "packs", "incoming")

    def pack(self, number: int) -> str:
        """Return the path of pack *number*."""
        return os.path.join(self.packs, f"{number}.pack")

    def large(self, digest: bytes, place: int) -> str:
        """Return the path of the large content *digest*, its representation *place*."""
        name = digest.hex()
        suffix = f"-{place}" if place else ""
        return os.path.join(self.directory, name[:2], name + suffix)
