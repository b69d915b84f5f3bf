"""What an encrypted store says, put into plain words for those who have its keys.

Each row of a modern one is compared with its code.  What does not hold is said, and told as
it is: who looks at a damaged backup wants to see all of it.
"""

from collections.abc import Callable, Iterable
from typing import Final

from tardis.crypto import ENTRY_MAC, FILE_MAC, EntryFacts, EntrySigner, Seals, digest_part
from tardis.model import (
    CONTENT_BITS,
    Ancestor,
    AuthenticationError,
    BackupSet,
    Entry,
    IntegrityError,
    RawStore,
    Root,
    StoredContent,
    content_id,
)
from tardis.protocol import listing
from tardis.render import escape_name

_CHANGED: Final = b"changed"

_PART: Final = slice(0, 8)
"""What of a digest a row's code tells."""


class Veil:
    """Opens names and what belongs to them.

    Args:
        seals: Of the repository; None: nobody has told the password.

    Attributes:
        on_fault: Hears a sentence for each row that does not hold.
    """

    def __init__(self, seals: Seals | None) -> None:
        self._seals = seals
        self.on_fault: Callable[[str], None] = _pass_over

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
        content, signer = row.content, self.seals.entries
        if signer is not None:
            facts = EntryFacts(listing.restored_of(row), name, xattrs or b"", target or b"")
            content = self._proved(signer, row, facts)
        return row._replace(name=name, target=target, xattrs=xattrs, content=content, mac=None)

    def prove_again(self, row: Entry, before: int) -> bytes | None:
        """Return the code of *row* for its first set; one that was not ours stays as it is.

        Args:
            row: As it is stored, with the code that it had when it began with set *before*.
            before: That.
        """
        faults: list[str] = []
        told, self.on_fault = self.on_fault, faults.append
        try:
            plain = self.entry(row._replace(first_set=before))
        finally:
            self.on_fault = told
        signer, mac = self.seals.entries, row.mac
        if signer is None or mac is None or faults:
            return mac
        facts = EntryFacts(
            listing.restored_of(row), plain.name, plain.xattrs or b"", plain.target or b""
        )
        return signer.sign(row.first_set, facts, mac[ENTRY_MAC:])

    def _proved(self, signer: EntrySigner, row: Entry, facts: EntryFacts) -> int | None:
        """Compare *row* with its code; return its content, with the digest that the code tells."""
        content, mac = row.content, row.mac or b""
        has_content = len(mac) == FILE_MAC
        is_ours = signer.is_ours(row.first_set, facts, mac)
        if not is_ours or has_content != (content is not None):
            name = escape_name(facts.name)
            self.on_fault(f"{name}, since set {row.first_set}, is not as it was backed up")
        elif content is not None:
            return content | digest_part(mac) << CONTENT_BITS
        return content

    def contents(self, raw: RawStore, ids: Iterable[int]) -> dict[int, StoredContent]:
        """Return where contents lie, by what entries call them; none that was exchanged."""
        wanted = list(ids)
        known = raw.contents(dict.fromkeys(map(content_id, wanted)))
        found: dict[int, StoredContent] = {}
        for one in wanted:
            content = known.get(content_id(one))
            part = one >> CONTENT_BITS
            if content is None:
                continue
            if part and int.from_bytes(content.digest[_PART], "little") != part:
                self.on_fault(f"content {content.id} is not that of the file which names it")
            else:
                found[one] = content
        return found

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

    def totals(self, raw: RawStore) -> dict[int, bytes]:
        """Return what is kept of the sums of sets, by number; nonsense where it was changed."""
        found: dict[int, bytes] = {}
        for number, sealed in raw.totals().items():
            try:
                found[number] = self.seals.names.open_value(sealed, b"sum")
            except IntegrityError:
                found[number] = _CHANGED
        return found

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


def _pass_over(fault: str) -> None:
    """Take no note of a fault."""
