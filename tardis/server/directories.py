"""Which directory of the catalog a listed one is, whatever its path.

A directory is found again by (file system, inode, claim).  Where that finds nothing, the
same path continues the old identity, but only below a directory that itself was continued
or is a root: so a restored or copied disk keeps its history, while a directory made anew
at an old path is new.  A directory that has another name by now is never continued: it
lives on there, under its old identity.
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
        self._claimed: set[int] = set()
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
        number = self._ids.get(identity)
        if number is None:
            number = self.find(identity)
            if number is None or not self._writer.ask.count_names(number):
                raise RemoteProtocolError("a directory was listed that no listing has named")
        return number

    def is_new(self, number: int) -> bool:
        """Tell whether directory *number* was made in this run, and so has no rows yet."""
        return number in self._new

    def claim(
        self, identity: Identity, parent: int | None, before: int | None, names: int = 0
    ) -> int:
        """Return the id of a directory that is named now, made if it is new.

        Args:
            identity: Of the directory.
            parent: Id of the directory that names it, None for a root.
            before: Id of the directory that had the same path before, if any.
            names: 1 while an open row of the same path names *before*, else 0.
        """
        number = self.find(identity)
        if number is None:
            if self._may_continue(parent, before, names):
                number = self._continue(identity, before or 0)
            else:
                number = self._make(identity)
            self._ids[identity] = number
        elif identity not in self._ids:
            self._ids[identity] = number
        self._claimed.add(number)
        return number

    def _may_continue(self, parent: int | None, before: int | None, names: int) -> bool:
        """Tell whether *before* lived on the same path and nowhere else."""
        if before is None or before in self._claimed:
            return False
        if parent is None:
            return True
        return parent in self._continued and self._writer.ask.count_names(before) <= names

    def _continue(self, identity: Identity, before: int) -> int:
        self._continued.add(before)
        self._writer.group.identities.append((*identity, before))
        return before

    def _make(self, identity: Identity) -> int:
        number = self._writer.new_directory()
        self._new.add(number)
        self._writer.group.new_directories.append((number, *identity))
        return number
