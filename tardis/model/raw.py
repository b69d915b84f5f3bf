"""A store as it lies: rows whose names may be sealed, and stored bytes.

A `Reader` is made of one of these and, where the backup is encrypted, of its keys.  Nothing
here needs a key, so that it can be asked of a server that has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from .records import BackupSet, Entry, Kinds, Root, StoredContent


class Identity(NamedTuple):
    """What a store is.

    Attributes:
        label: Where it is, for messages.
        keys: Text of its keys file, see `crypto.KeysFile`.
        scheme: What its catalog says, one of `SCHEMES`.
    """

    label: str
    keys: bytes
    scheme: str


class RawFile(Protocol):
    """The file of one content, open for reading.

    Attributes:
        name: What errors call it.
    """

    name: str

    def length(self) -> int:
        """Return its bytes."""

    def read_at(self, length: int, offset: int) -> bytes:
        """Return up to *length* bytes from *offset*; fewer only at its end.

        Raises:
            IntegrityError: It cannot be read.
        """

    def close(self) -> None:
        """Release it; harmless when repeated."""


class RawRows(Protocol):
    """What the catalog of a store says; names, links and attributes as it knows them.

    Each method is that of `Reader` with its name, where there is one.
    """

    def sets(self) -> list[BackupSet]:
        """Return all sets, by number."""

    def roots(self, number: int) -> list[Root]:
        """Return the roots of set *number*, by path."""

    def roots_of(self, numbers: Sequence[int]) -> dict[int, list[Root]]:
        """Return the roots of each of some sets, by path; sets without any are left out."""

    def rows(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """Yield the rows of *directory* that are true in any set from *first* to *last*."""

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """Return one entry of *directory* in set *number*."""

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """Yield (name, directory id or None) of what is in *directory* in set *number*."""

    def kinds(self, directories: Sequence[int], number: int) -> dict[int, Kinds] | None:
        """Return briefly what is in directories, the first at least; None if that saves nothing."""

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """Return the rows of one name, oldest first."""

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """Return (directory, row) of what ever had *content*."""

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """Return (directory above, row) of what ever named *directory*."""

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """Return the names behind (is it a group, number) as of set *number*."""

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """Return where contents lie, by id; absent ids are left out."""

    def find_content(self, digest: bytes) -> StoredContent | None:
        """Return where the content with that digest lies."""

    def names_of(self, content: int) -> list[bytes]:
        """Return names of files that had *content*."""

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """Return (directory, name, why) of what set *number* could not read whole."""


class RawFigures(Protocol):
    """What is asked about a store as a whole; see `RawRows`."""

    def changed_rows(self, number: int, after: int) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of what set *number* shows and set *after* did not yet."""

    def all_rows(self, limits: tuple[int, int, int, int]) -> Iterator[tuple[int, Entry]]:
        """Yield (directory, row) of everything: least and greatest size, first and last mtime."""

    def only_needed(self, numbers: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Return contents, plain and stored bytes that go with each of all sets, by number."""

    def totals(self) -> dict[int, bytes]:
        """Return what is kept of the sum of each set that was signed, sealed, by number."""

    def heads(self) -> Sequence[tuple[int, int, bytes, bytes, bytes]]:
        """Return what is signed of sets, the newest last; see `crypto.Head`."""

    def tags(self) -> dict[str, int]:
        """Return the number of the set that each tag names."""

    def free_bytes(self) -> int:
        """Return the bytes that are free on the file system of the store."""

    def waste(self) -> tuple[int, int]:
        """Return files that are doomed, and bytes in packs that nobody needs."""

    def usage(self) -> tuple[int, int, int]:
        """Return the bytes that contents take, and how many rows and damages."""

    def freed_by(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Return how many contents, and stored bytes, only the sets *numbers* need."""


class RawStore(RawRows, RawFigures, Protocol):
    """One client's store, as it lies. One thread uses it at a time."""

    def identity(self) -> Identity:
        """Return what it is."""

    def record(self, pack: int, place: int, stored: int) -> bytes | memoryview:
        """Return the record of *stored* bytes at *place* of a pack, its header in front.

        Raises:
            IntegrityError: It cannot be read, or is cut off.
        """

    def file(self, digest: bytes, place: int) -> RawFile:
        """Open the file of a content; the caller closes it.

        Raises:
            IntegrityError: It cannot be opened.
        """

    def close(self) -> None:
        """Release the store."""
