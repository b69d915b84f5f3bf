"""Files whose bytes or digests were asked for, until each has its row.

A listing's fingerprint is stored with the row that settles its last entry, and only if
every row says exactly what the listing said.
"""

import stat
from collections.abc import Callable

from tardis.crypto import ENTRY_MAC, FILE_MAC
from tardis.model import OPEN, Listed, RemoteProtocolError
from tardis.policy import Verdict
from tardis.protocol import Message, listing
from tardis.protocol.messages import Contents, Digests, DigestVerdicts, Kept, Unread
from tardis.store import Bundles, StoreWriter

from .churn import Churn
from .links import Links, Place
from .offers import NONE, Offers
from .proofs import Proofs
from .rows import Rows
from .slices import CHANGED, RACY, Pending, Slice

VANISHED, LEFT_OUT, UNREADABLE = range(3)

MOST_WAITING = 100_000
"""Files that may wait at once; a client of ours never has so many under way."""

MOST_SIZES = 50_000
"""Sizes of large files on their way that are remembered, twice."""


class Settling:
    """Keeps what waits, and turns what arrives into rows.

    Args:
        writer: Of the store, with its set begun.
        offers: Knows what a file may be a delta against.
        churn: Looks at contents, where there is something to compare with.

    Attributes:
        gone: Entries that were listed and then vanished or were left out.
        wanted: Verdicts to be told unasked: bytes of entries that waited in vain.
    """

    def __init__(self, writer: StoreWriter, offers: Offers, churn: Churn | None = None) -> None:
        self.churn = churn
        self._writer = writer
        self._bundles = Bundles(writer)
        self._offers = offers
        self.rows = Rows(writer)
        self._proofs = Proofs(writer.repository.has_macs)
        self._epoch = writer.ask.epoch()
        self._slices: dict[int, Slice] = {}
        self._links = Links()
        self._awaited: dict[bytes, list[Place]] = {}
        self._sizes: set[int] = set()
        self._older_sizes: set[int] = set()
        self._waiting_files = 0
        self.gone = 0
        self.wanted: list[tuple[int, int, bool]] = []

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing waits."""
        return not self._slices

    def may_know_size(self, size: int) -> bool:
        """Tell whether a large file of *size* bytes may be stored or on its way already."""
        if size in self._sizes or size in self._older_sizes or self._writer.ask.has_large(size):
            return True
        if len(self._sizes) >= MOST_SIZES:
            self._older_sizes, self._sizes = self._sizes, set()
        self._sizes.add(size)
        return False

    def expect(self, request: int, position: int, basis: int) -> Listed:
        """Return a file that is waiting for its bytes, whole or as a delta against *basis*.

        Raises:
            RemoteProtocolError: Nobody asked for it.
        """
        _, waits = self._waiting(request, position)
        if basis and basis != waits.basis:
            raise RemoteProtocolError("a delta stands on what was not offered")
        return waits.listed

    def waiting_of(self, request: int) -> dict[int, Pending]:
        """Return the files of a listing that wait, by position."""
        one = self._slices.get(request)
        return {} if one is None else one.pending

    def offer(self, waits: Pending) -> tuple[int, int]:
        """Return (content id, size) of what a waiting file may be a delta against, or `NONE`."""
        offer = self._offers.basis_for(waits.listed, waits.former)
        waits.basis = offer[0]
        return offer

    def link_or(self, one: Slice, position: int, waits: Pending, verdict: Verdict) -> Verdict:
        """Return *verdict*, or KEEP where another name of the same file is asked instead."""
        if waits.listed.nlink <= 1:
            return verdict
        group = self._links.join(waits.listed, (one.request, position))
        if group is None:
            return verdict
        if self._proofs.is_wanted:
            return Verdict.DIGEST  # it has a code of its own, which the client makes
        if group.content is None:
            group.waiting.append((one.request, position))
        else:
            self._settle_with(one, position, group.content, (0, b"", None))
        return Verdict.KEEP

    def begin(self, one: Slice) -> None:
        """Keep a listing that was walked; its fingerprint may be due at once.

        Raises:
            RemoteProtocolError: Far too much is listed and not sent.
        """
        self._waiting_files += len(one.pending)
        if self._waiting_files > MOST_WAITING:
            raise RemoteProtocolError("too many files were listed and not sent")
        self._slices[one.request] = one
        self._finish(one)

    def mark(self, one: Slice, name: bytes, why: str) -> None:
        """Let an entry be unsettled."""
        one.is_void = True
        self.rows.unsettle(one.directory, name, why)

    def settle(self, one: Slice, name: bytes) -> None:
        """Let an entry that was unsettled be settled."""
        self.rows.settle(one.directory, name)

    def digests(self, message: Digests) -> DigestVerdicts:
        """Settle the files whose digests are known; ask for the bytes of the others."""
        known = self._writer.find_contents([item[4] for item in message.items])
        verdicts, deltas = [], []
        macs = self._proofs.each(message.macs, len(message.items), FILE_MAC)
        for item, mac in zip(message.items, macs, strict=True):
            request, position, marks, state, digest, _ = item
            one, waits = self._waiting(request, position)
            waits.digest, waits.marks, waits.state, waits.mac = digest, marks, state, mac
            content = known.get(digest)
            if content is not None:
                self._settle_with(one, position, content, (marks, state, mac))
                verdicts.append((request, position, False))
            elif digest in self._awaited:
                self._awaited[digest].append((request, position))
            else:
                self._awaited[digest] = []
                offer = self.offer(waits)
                if offer == NONE:
                    verdicts.append((request, position, True))
                else:
                    deltas.append((request, position, *offer))
        return DigestVerdicts(tuple(verdicts), tuple(deltas))

    def proved(self, message: Digests | Kept, say: Callable[[Message], None]) -> None:
        """Take what the client knows of files' contents; answer if that is to be answered."""
        if isinstance(message, Kept):
            self.kept(message)
        else:
            say(self.digests(message))

    def kept(self, message: Kept) -> None:
        """Settle the files whose contents stay, now that their rows are proved.

        Raises:
            RemoteProtocolError: One is another file.
        """
        macs = self._proofs.each(message.macs, len(message.items), FILE_MAC)
        for (request, position), mac in zip(message.items, macs, strict=True):
            one, waits = self._waiting(request, position)
            if waits.kept is None:
                raise RemoteProtocolError("a file was kept whose content was not told")
            self._settle_with(one, position, waits.kept, (0, b"", mac))

    def contents(self, message: Contents) -> None:
        """Store small contents and settle their files."""
        writer = self._writer
        known = writer.find_contents([item[4] for item in message.items])
        new = new_bytes = stored = 0
        macs = self._proofs.each(message.macs, len(message.items), FILE_MAC)
        for item, mac in zip(message.items, macs, strict=True):
            request, position, marks, state, digest, size, codec, data = item
            content = known.get(digest)
            if content is None:
                content = known[digest] = self._bundles.add(digest, size, codec, data)
                new += 1
                new_bytes += size
                stored += len(data)
            told = (content, digest, mac)
            if marks or state or not self._settle_new(request, position, told):
                self.arrived(request, position, content, (marks, state, digest, mac))
        writer.count_new(new, new_bytes, stored)
        if self.churn is not None:
            for item in message.items:
                self.churn.look(item[6], item[7])

    def _settle_new(
        self, request: int, position: int, told: tuple[int, bytes, bytes | None]
    ) -> bool:
        """Do as `arrived` for a file of which nothing was known; tell whether it is one.

        In a first backup most are, so this is quick.
        """
        one = self._slices.get(request)
        waits = None if one is None else one.pending.get(position)
        if one is None or waits is None or waits.before is not None or waits.digest is not None:
            return False
        listed, (content, digest, mac) = waits.listed, told
        if listed.nlink > 1 or digest in self._awaited or listed.name in one.unsettled:
            return False
        del one.pending[position]
        if mac is not None:
            listed = Listed(*listed[:16], mac)  # half of what `_replace` costs
        self.rows.open(one.directory, listed, None, content, None)
        self._waiting_files -= 1
        if not one.pending:
            self._finish(one)
        return True

    def arrived(
        self,
        request: int,
        position: int,
        content: int,
        told: tuple[int, bytes, bytes, bytes | None],
    ) -> None:
        """Settle a file whose bytes are stored as *content*.

        Args:
            request: Listing request.
            position: In that listing.
            content: Content id.
            told: (marks, state, digest, code) as the client sent them.
        """
        marks, state, digest, mac = told
        one, waits = self._waiting(request, position)
        expected = waits.digest
        self._settle_with(one, position, content, (marks, state, mac))
        if digest in self._awaited:
            self._serve(digest, content)
        if expected is not None and expected != digest:
            self._pass_on(expected)

    def unread(self, message: Unread) -> None:
        """Deal with files that could not be read: keep what is known of them."""
        macs = self._proofs.each(message.macs, len(message.items), ENTRY_MAC)
        for (request, position, outcome, _), mac in zip(message.items, macs, strict=True):
            one, waits = self._waiting(request, position)
            waits.mac = mac
            del one.pending[position]
            self._waiting_files -= 1
            one.is_void = True
            self._without_bytes(one, waits, outcome)
            self._finish(one)
            self._leave_link(waits.listed, (request, position))
            if waits.digest is not None:
                self._pass_on(waits.digest)

    def _without_bytes(self, one: Slice, waits: Pending, outcome: int) -> None:
        """Write what there is to write for a file that could not be read."""
        before, listed = waits.before, waits.listed
        is_open = before is not None and before.last_set == OPEN
        keeps = is_open and before is not None and before.content is not None
        if outcome == UNREADABLE or (outcome == LEFT_OUT and keeps):
            if not keeps:
                self.rows.replace(one.directory, before, listed._replace(mac=waits.mac), None)
            self.rows.unsettle(one.directory, listed.name, "unread")
        elif outcome in (VANISHED, LEFT_OUT):
            if is_open and before is not None:
                self.rows.close(one.directory, before)
        else:
            raise RemoteProtocolError("an unread file has an unknown outcome")
        if outcome in (VANISHED, LEFT_OUT):
            one.count -= 1
            self.gone += 1

    def _settle_with(
        self, one: Slice, position: int, content: int, told: tuple[int, bytes, bytes | None]
    ) -> None:
        """Write the row of a file whose content is known, and what follows from it.

        Args:
            one: Its listing.
            position: In that.
            content: Content id.
            told: (marks, state, code) as the client sent them.
        """
        marks, state, mac = told
        waits = one.pending.pop(position)
        listed = waits.listed
        if state:
            fresh = listing.parse_stat(state)
            if not stat.S_ISREG(fresh.mode):
                raise RemoteProtocolError("a file turned into something else")
            listed = fresh._replace(
                filesystem=listed.filesystem,
                claim=0,
                name=listed.name,
                capture=listed.capture,
                xattrs=listed.xattrs,
            )
            one.is_void = True
        if mac is not None:
            listed = listed._replace(mac=mac)
        self.rows.replace(one.directory, waits.before, listed, content)
        if marks & (RACY | CHANGED):
            self.mark(one, listed.name, "changed" if marks & CHANGED else "racy")
        elif listed.name in one.unsettled:
            self.rows.settle(one.directory, listed.name)
        self._finish(one)
        self._waiting_files -= 1
        if waits.listed.nlink <= 1:
            return
        place = (one.request, position)
        if state or marks & CHANGED:
            self._leave_link(waits.listed, place)
        else:
            self._serve_link(waits.listed, place, content, marks)

    def _serve_link(self, listed: Listed, place: Place, content: int, marks: int) -> None:
        """Settle the other names of a file that was just settled."""
        group = self._links.group(listed)
        if group is None or group.leader != place:
            return
        if not marks:
            group.content = content
        waiting, group.waiting = group.waiting, []
        for request, position in waiting:
            one, _ = self._waiting(request, position)
            self._settle_with(one, position, content, (marks, b"", None))
        if marks:
            self._links.leave(listed)

    def _leave_link(self, listed: Listed, place: Place) -> None:
        """Let the names that waited for the one at *place* be read on their own."""
        group = self._links.group(listed)
        if group is None or group.leader != place:
            return
        self._links.leave(listed)
        self.wanted += [(request, position, True) for request, position in group.waiting]

    def _serve(self, digest: bytes, content: int) -> None:
        """Settle the files that waited for bytes under *digest*."""
        for request, position in self._awaited.pop(digest):
            one, waits = self._waiting(request, position)
            self._settle_with(one, position, content, (waits.marks, waits.state, waits.mac))
            self.wanted.append((request, position, False))

    def _pass_on(self, digest: bytes) -> None:
        """Ask the next file with *digest* for its bytes, the one before having failed."""
        waiting = self._awaited.pop(digest, None)
        if waiting:
            (request, position), *rest = waiting
            self._awaited[digest] = rest
            self.wanted.append((request, position, True))

    def _waiting(self, request: int, position: int) -> tuple[Slice, Pending]:
        one = self._slices.get(request)
        waits = None if one is None else one.pending.get(position)
        if one is None or waits is None:
            raise RemoteProtocolError("a file was told of that nobody asked for")
        return one, waits

    def _finish(self, one: Slice) -> None:
        """Remember the fingerprint of a slice whose last entry was settled."""
        if not one.pending and self._slices.pop(one.request, None) is not None:
            self._remember(one)

    def _remember(self, one: Slice) -> None:
        if one.fingerprint and not one.is_void:
            row = (one.directory, one.start, one.end, one.count, one.fingerprint, self._epoch)
            self._writer.group.fingerprints.append(row)
