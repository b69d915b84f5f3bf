"""What a run asks the catalog while it writes; every answer is about what is committed."""

from collections.abc import Sequence
from typing import Any

from tardis.model import BackupSet, Entry, StoredContent

from .catalog import chains, pruning, reading, signing, writing
from .catalog.connection import Connection


class Questions:
    """Read access of the writer's thread.

    Args:
        db: Used by this thread alone.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db

    def sets(self) -> list[BackupSet]:
        """Return all sets by number."""
        return reading.sets(self._db)

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Return how many contents, and stored bytes, only the sets *numbers* need."""
        return pruning.freed_by(self._db, numbers)

    def usage(self) -> tuple[int, int, int]:
        """Return the bytes that contents take, and how many rows and damages; looks at all."""
        return reading.usage(self._db)

    def settings(self) -> dict[str, str]:
        """Return the settings stored for this client: key to text."""
        return reading.stored_settings(self._db)

    def filesystems(self) -> list[tuple[int, str, bytes]]:
        """Return (id, type, key) of all known file systems."""
        return writing.filesystems(self._db)

    def knows_directories(self) -> bool:
        """Tell whether any directory was ever recorded."""
        return writing.highest(self._db, "directories") > 0

    def epoch(self) -> int:
        """Return the epoch that fingerprints must carry to count."""
        return writing.epoch(self._db)

    def directory_of(self, identity: tuple[int, int, int]) -> int | None:
        """Return the id of the directory (file system, inode, claim)."""
        return writing.directory_of(self._db, identity)

    def root_before(self, path: bytes, number: int) -> int | None:
        """Return the directory that *path* was when it was a root last, before set *number*.

        None when it was none, or when that directory is elsewhere by now: named by an
        entry, or the root of another path.
        """
        directory = writing.root_before(self._db, path, number)
        if directory is None or writing.is_elsewhere(self._db, directory, path, number):
            return None
        return directory

    def count_names(self, directory: int) -> int:
        """Return how many open rows name *directory*, 2 for more than one."""
        return writing.count_names(self._db, directory)

    def fingerprint(self, directory: int, start: bytes) -> tuple[Any, ...] | None:
        """Return (range end, count, fingerprint, epoch) of the range that begins at *start*."""
        return writing.fingerprint(self._db, directory, start)

    def open_rows(self, directory: int, start: bytes, end: bytes | None) -> dict[bytes, Entry]:
        """Return the open rows of one range of names, by name."""
        rows = writing.open_rows(self._db, directory, start, end)
        return {row[0]: Entry._make(row) for row in rows}

    def gone_rows(self, directory: int, names: list[bytes]) -> dict[bytes, Entry]:
        """Return the newest closed row of each of *names* that *directory* once had."""
        rows = writing.gone_rows(self._db, directory, names)
        return {name: Entry._make(row) for name, row in rows.items()}

    def content_moved(self, name: bytes, identity: tuple[int, int], number: int) -> int | None:
        """Return what a file of at least 64 KiB held under *name* in another directory.

        Args:
            name: Of the file, then and now.
            identity: Its (file system, inode).
            number: Of the set that is written; it was there in the set before.
        """
        return chains.content_moved(self._db, name, identity, number)

    def unsettled_names(self, directory: int, start: bytes, end: bytes | None) -> dict[bytes, str]:
        """Return name and reason of the unsettled entries of one range of *directory*."""
        return writing.unsettled_names(self._db, directory, start, end)

    def content(self, number: int) -> StoredContent | None:
        """Return where content *number* lies."""
        return reading.contents(self._db, (number,)).get(number)

    def has_damage(self) -> bool:
        """Tell whether any content is marked as damaged; looks at all."""
        return chains.has_damage(self._db)

    def has_signature(self, content: int) -> bool:
        """Tell whether a client has sent the signature of a content."""
        return signing.place_of(self._db, content) is not None

    def newest_head(self) -> int:
        """Return the sequence of the newest signed set, 0 for none."""
        return reading.newest_head(self._db)

    def heads(self, first: int) -> list[tuple[int, int, bytes, bytes, bytes]]:
        """Return (sequence, set, previous, facts, mac) of signed sets from *first* on."""
        return reading.heads(self._db, first)

    def open_deltas(self) -> list[int]:
        """Return the contents that are kept as deltas and that entries of today name."""
        return writing.open_deltas(self._db)

    def has_large(self, size: int) -> bool:
        """Tell whether a large content of *size* plain bytes is stored."""
        return writing.has_large(self._db, size)
