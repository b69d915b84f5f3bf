"""The one interface through which the past is read, whatever holds it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from .records import BackupSet, Entry, Kinds, Repository, Root, StoredContent


class Content(Protocol):
    """The plain bytes of one content, open for reading."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to *length* plain bytes from *offset*; empty at the end.

        Raises:
            IntegrityError: The stored bytes are damaged.
        """

    def chunks(self) -> Iterator[bytes]:
        """Yield all plain bytes in order, at most 1 MiB each; holes are zeros.

        The digest is verified at the end: IntegrityError comes after the last chunk.
        """

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield (offset, bytes) of all that is in no hole, in order, at most 1 MiB each.

        The digest is verified at the end: IntegrityError comes after the last piece.
        """

    def close(self) -> None:
        """Release what is held; reading afterwards is an error."""


class Reader(Protocol):
    """Read access to one client's past. One thread uses one reader at a time.

    No call holds a transaction open after it has returned.
    """

    def repository(self) -> Repository:
        """Return what identifies the store."""

    def sets(self) -> list[BackupSet]:
        """Return all sets, incomplete ones too, by number."""

    def tags(self) -> Mapping[str, int]:
        """Return the number of the set that each tag names."""

    def roots(self, number: int) -> list[Root]:
        """Return the roots of set *number*, by path; empty when there is no such set."""

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        """Yield the entries of *directory* in set *number*, in no particular order."""

    def child(self, directory: int, number: int, name: bytes) -> Entry | None:
        """Return one entry of *directory* in set *number*."""

    def names(self, directory: int, number: int) -> Iterator[tuple[bytes, int | None]]:
        """Yield (name, directory id or None) of the entries of *directory* in set *number*.

        For those who need no more, in no particular order.
        """

    def kinds(self, directories: Sequence[int], number: int) -> dict[int, Kinds] | None:
        """Return what is in *directories* in set *number*, as briefly as a listing needs it.

        The first is told of in any case, of the others as many as are at hand.  None where
        `children` brings all as fast, or has to, to prove what it tells.
        """

    def history(self, directory: int, first: int, last: int) -> Iterator[Entry]:
        """Yield the rows of *directory* that are true in any set from *first* to *last*.

        In no particular order; a name that changed has several.
        """

    def versions(self, directory: int, name: bytes, first: int, last: int) -> list[Entry]:
        """Return the rows of one name true in any set from *first* to *last*, oldest first."""

    def holding(self, content: int) -> list[tuple[int, Entry]]:
        """Return (directory, row) of everything that ever had *content*, 10,000 at the most."""

    def naming(self, directory: int) -> list[tuple[int, Entry]]:
        """Return (directory above, row) of everything that ever named *directory*."""

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        """Return the names behind (is it a group, number) as of set *number*."""

    def contents(self, ids: Iterable[int]) -> dict[int, StoredContent]:
        """Return where contents lie, by id; absent ids are left out."""

    def find_content(self, digest: bytes) -> StoredContent | None:
        """Return where the content with that digest lies, None when there is none."""

    def names_of(self, content: int) -> list[bytes]:
        """Return under which names files have had a content, the newest first, some at most."""

    def read_small(self, content: StoredContent) -> bytes:
        """Return all plain bytes of a content that lies in a pack, verified.

        Raises:
            IntegrityError: The stored bytes are damaged or gone.
        """

    def open(self, content: StoredContent) -> Content:
        """Open any content; the caller closes it.

        Raises:
            IntegrityError: The stored bytes are damaged or gone.
        """

    def unsettled(self, number: int) -> list[tuple[int, bytes, str]]:
        """Return (directory, name, why) of what set *number* could not read whole."""

    def close(self) -> None:
        """Release the store."""
