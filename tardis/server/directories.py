"""Which directory of the catalog a listed one is, whatever its path.

A directory is found again by (file system, inode, claim).  Where that finds nothing, the
same path continues the old identity, but only below a directory that itself was continued
or is a root: so a restored or copied disk keeps its history, while a directory made anew
at an old path is new.
"""

from tardis.model import RemoteProtocolError
from tardis.store import StoreWriter

Identity = tuple[int, int, int]


class Directories:
    """Finds and makes the directories of one run.

    Args:
        writer: Of the store.
        is_first: The catalog knows no directory.
    """

    def __init__(self, writer: StoreWriter, is_first: bool) -> None:
        self._writer = writer
        self._is_first = is_first
        self._ids: dict[Identity, int] = {}
        self._new: set[int] = set()
        self._continued: set[int] = set()

    def find(self, identity: Identity) -> int | None:
        """Return the id of the directory *identity*, None when it is not known."""
        number = self._ids.get(identity)
        if number is None and not self._is_first:
            number = self._writer.ask.directory_of(identity)
            if number in self._continued:
                return None
        return number

    def named(self, identity: Identity) -> int:
        """Return the id of a directory that was named before it is listed.

        Raises:
            RemoteProtocolError: Nobody has named it.
        """
        number = self.find(identity)
        if number is None:
            raise RemoteProtocolError("a directory was listed that no listing has named")
        return number

    def is_new(self, number: int) -> bool:
        """Tell whether directory *number* was made in this run, and so has no rows yet."""
        return number in self._new

    def is_continued(self, number: int) -> bool:
        """Tell whether directory *number* was found by its path and not by its inode."""
        return number in self._continued

    def claim(self, identity: Identity, parent: int | None, before: int | None) -> int:
        """Return the id of a directory that is named now, made if it is new.

        Args:
            identity: Of the directory.
            parent: Id of the directory that names it, None for a root.
            before: Id of the directory that had the same path before, if any.
        """
        number = self.find(identity)
        if number is not None:
            self._ids[identity] = number
            return number
        group = self._writer.group
        may_continue = parent is None or parent in self._continued
        if before is not None and may_continue and before not in self._continued:
            number = before
            self._continued.add(number)
            group.identities.append((*identity, number))
        else:
            number = self._writer.new_directory()
            self._new.add(number)
            group.new_directories.append((number, *identity))
        self._ids[identity] = number
        return number
