"""What an encrypted store says, put into plain words for those who have its keys."""

from collections.abc import Iterable

from tardis.crypto import Seals
from tardis.model import Ancestor, AuthenticationError, BackupSet, Entry, Root


class Veil:
    """Opens names and what belongs to them.

    Args:
        seals: Of the repository; None: nobody has told the password.
    """

    def __init__(self, seals: Seals | None) -> None:
        self._seals = seals

    @property
    def seals(self) -> Seals:
        """The keys.

        Raises:
            AuthenticationError: Nobody has told the password.
        """
        if self._seals is None:
            raise AuthenticationError(
                "this backup is encrypted, and its password was not given",
                hint="Give it by --password, --password-file or --password-prog.",
            )
        return self._seals

    @property
    def is_open(self) -> bool:
        """Whether the keys are at hand."""
        return self._seals is not None

    def entry(self, row: Entry) -> Entry:
        """Return *row* in plain words; IntegrityError when it was changed."""
        names = self.seals.names
        name = names.open(row.name)
        target, xattrs = row.target, row.xattrs
        if target is not None:
            target = names.open_text(target, b"target", name)
        if xattrs is not None:
            xattrs = names.open_value(xattrs, b"xattrs", name)
        return row._replace(name=name, target=target, xattrs=xattrs)

    def placed(self, rows: Iterable[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
        """Return rows, each with the directory it is in, in plain words."""
        return [(directory, self.entry(row)) for directory, row in rows]

    def name(self, sealed: bytes) -> bytes:
        """Return a name in plain words; the empty one stays empty."""
        return self.seals.names.open(sealed) if sealed else sealed

    def sealed(self, name: bytes) -> bytes:
        """Return *name* as the store knows it."""
        return self.seals.names.seal(name)

    def root(self, root: Root) -> Root:
        """Return *root* in plain words."""
        names = self.seals.names
        name = None if root.name is None else names.open(root.name)
        above = tuple(map(self._ancestor, root.ancestors))
        return Root(names.open_path(root.path), name, root.directory, above)

    def owner(self, sealed: bytes) -> bytes:
        """Return the name of a user or group."""
        return self.seals.names.open_value(sealed, b"owner")

    def backup(self, one: BackupSet) -> BackupSet:
        """Return a set in plain words; without keys, without what cannot be read."""
        if self._seals is None:
            return one._replace(command_line=b"", client_config=b"")
        names = self._seals.names
        return one._replace(
            command_line=names.open_value(one.command_line, b"command line"),
            client_config=names.open_value(one.client_config, b"config"),
        )

    def _ancestor(self, one: Ancestor) -> Ancestor:
        names = self.seals.names
        name = self.name(one.name)
        return one._replace(name=name, xattrs=names.open_value(one.xattrs, b"xattrs", name))
