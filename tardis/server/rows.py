"""What the server writes into the catalog for a listed entry: rows closed and rows opened."""

from typing import Final

from tardis.model import OPEN, Entry, Listed
from tardis.protocol.messages import AddRoot
from tardis.store import StoreWriter, pack_ancestors

_HELD: Final = 4
"""How often the attributes of a row are in memory until their group is durable, about."""


class Rows:
    """Gathers rows in the writer's present group; an unchanged entry writes none.

    Args:
        writer: Of the store, with its set begun.
    """

    def __init__(self, writer: StoreWriter) -> None:
        self._writer = writer
        self._number = writer.number

    def open(
        self,
        directory: int,
        listed: Listed,
        child: int | None,
        content: int | None,
        target: bytes | None,
    ) -> None:
        """Let *listed* be true from this set on."""
        group = self._writer.group
        row = (
            directory, listed[13], *listed[:12], child, content, target, self._number,
            listed[14], listed[15],
        )  # fmt: skip
        if listed[16] is None:
            group.opened.append(row)
        else:
            group.proven.append((*row, listed[16]))
        if listed[15] is not None:
            group.size_bytes += _HELD * len(listed[15])
        if child is not None:
            group.linked.append((child,))

    def close(self, directory: int, row: Entry) -> None:
        """Let the open *row* end with the set before this one."""
        group = self._writer.group
        if row.first_set == self._number:
            group.deleted.append((directory, row.name))
        else:
            group.closed.append((self._number - 1, directory, row.name))
        if row.child is not None:
            group.unlinked.append((row.child,))

    def replace(
        self, directory: int, row: Entry | None, listed: Listed, content: int | None
    ) -> None:
        """Let a regular file be what is *listed*, with *content*.

        Args:
            directory: Whose entry.
            row: The name's open or newest closed row, if any.
            listed: What is true now.
            content: Content id, None when it never could be read.
        """
        if row is not None and row.last_set == OPEN:
            if is_same(listed, row) and row.content == content:
                return
            if row.content is not None and row.content != content:
                self._writer.group.count("changed_files")
            self.close(directory, row)
        self.open(directory, listed, None, content, None)

    def replace_other(
        self,
        directory: int,
        row: Entry | None,
        listed: Listed,
        child: int | None,
        target: bytes | None,
    ) -> None:
        """Let a directory or a link be what is *listed*; *row* is its open row, if any."""
        if row is not None:
            if is_same(listed, row) and (child, target) == (row.child, row.target):
                return
            self.close(directory, row)
        self.open(directory, listed, child, None, target)

    def void(self, directory: int, start: bytes, end: bytes | None) -> None:
        """Forget the fingerprints that cover any name of [start, end)."""
        self._writer.group.voided.append((directory, start, end))

    def unsettle(self, directory: int, name: bytes, why: str) -> None:
        """Let an entry never compare as unchanged until it is settled."""
        self._writer.group.unsettled.append((directory, name, why, self._number))

    def settle(self, directory: int, name: bytes) -> None:
        """Take that back."""
        self._writer.group.settled.append((directory, name))

    def add_root(self, message: AddRoot, directory: int) -> None:
        """Record a root of this set."""
        packed = pack_ancestors(message.ancestors)
        row = (self._number, message.path, message.name or None, directory, packed)
        self._writer.group.roots.append(row)


def is_same(listed: Listed, row: Entry) -> bool:
    """Tell whether *row* says what is listed, attributes and how far was looked included."""
    return listed[:12] == row[1:13] and listed[14:16] == row[18:20]
