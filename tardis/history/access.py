"""What one user of this machine may read of the past, by the permissions that were saved."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from tardis.model import Ancestor, Entry, Reader, Report, RightsError
from tardis.policy import READ, SEARCH, Person, Protected, may
from tardis.render import escape_name

from .attributes import Owners
from .extended import protected
from .extract_folders import Row
from .tree import Node, join


class ReadsAs(NamedTuple):
    """Who wants to read, by the numbers of this machine; *name* is for errors."""

    person: Person
    name: str


class Access:
    """Judges for one user.

    Args:
        reader: Says whose numbers a set has.
        reads_as: The user.
    """

    def __init__(self, reader: Reader, reads_as: ReadsAs) -> None:
        self._owners = Owners(reader)
        self._person, self._name = reads_as

    def check_search(self, number: int, node: Node) -> None:
        """Let a way lead through the directory *node* of set *number*.

        Raises:
            RightsError: It may not.
        """
        if node.is_directory and not self._may_enter(number, node, SEARCH):
            raise RightsError(f"{self._name} may not search {escape_name(node.path)}")

    def check_read(self, number: int, node: Node, *, lists: bool) -> None:
        """Let *node* of set *number* be restored; with *lists* what is in it, too.

        Raises:
            RightsError: It may not.
        """
        entry = node.entry
        if node.is_directory:
            allowed = not lists or self._may_enter(number, node, READ | SEARCH)
        else:
            allowed = entry is None or self.may_read(number, entry)
        if not allowed:
            raise RightsError(f"{self._name} may not read {escape_name(node.path)}")

    def may_list(self, number: int, row: Row | None, node: Node | None) -> bool:
        """Tell whether what is in a directory may be restored; *node* is it if it has no row."""
        if row is None:
            return node is not None and _is_top(node)
        return self._may(number, Protected(*row[:3]), row[5], READ | SEARCH)

    def may_read(self, number: int, entry: Entry) -> bool:
        """Tell whether *entry*, no directory, may be restored; only files have anything to read."""
        if not entry.is_regular:
            return True
        return self._may(number, _of(entry), entry.xattrs, READ)

    def readable(
        self, number: int, folder: bytes, entries: Iterator[Entry], report: Report
    ) -> Iterator[Entry]:
        """Yield what may be restored of *entries* in *folder*; the rest goes into *report*."""
        for entry in entries:
            if entry.is_directory or self.may_read(number, entry):
                yield entry
            else:
                report.add_problem(join(folder, entry.name), self.refusal)

    @property
    def refusal(self) -> str:
        """Why something was not restored."""
        return f"{self._name} may not read it"

    def _may_enter(self, number: int, node: Node, wanted: int) -> bool:
        entry, known = node.entry, node.ancestor
        if entry is not None:
            return self._may(number, _of(entry), entry.xattrs, wanted)
        if known is not None:
            return self._may(number, _of(known), known.xattrs, wanted)
        return _is_top(node)

    def _may(self, number: int, saved: Protected, packed: bytes | None, wanted: int) -> bool:
        uid, gid = self._owners.here(number, saved.uid, saved.gid)
        thing = saved._replace(uid=uid, gid=gid)
        if packed:
            thing = protected(thing, packed, partial(self._owners.one_here, number))
        return may(self._person, thing, wanted)


def _of(saved: Entry | Ancestor) -> Protected:
    return Protected(saved.mode, saved.uid, saved.gid)


def _is_top(node: Node) -> bool:
    """Tell whether *node* is what all paths begin at: of that nothing is saved."""
    return node.path in (b"", b"/")
