"""Telling what directories look like: by fingerprint where the server may know them.

Ranges are told in the order of the walk, parents first.  What was told and not answered
yet is kept, and bounded: a range is dropped as soon as it is known to be the same.
"""

from collections.abc import Sequence
from typing import Final

from tardis.crypto import fingerprint
from tardis.model import RemoteProtocolError
from tardis.protocol import MAX_FRAME, listing
from tardis.protocol.messages import Differ, Fingerprints, Listing, Verdicts
from tardis.scan import HEADER, Range, range_of

from .attributes import read_attributes
from .links import read_links
from .run import Run
from .sealing import in_order, seal_listing, seal_rows

LISTING_BYTES: Final = MAX_FRAME // 2
"""Bytes of entries, link targets and attributes in one listing, at most."""


class Directories:
    """Tells ranges of directories, and lists those that the server does not know.

    Attributes:
        outstanding: Entries told, or waiting to be, that were not answered.
        next_request: Number of the next listing.
    """

    def __init__(self, run: Run) -> None:
        self.outstanding = 0
        self.next_request = 0
        self._run = run
        self._key = run.opened.digest_key
        self._capture = run.attributes.level
        self._most = run.options.clones
        self._is_listing_all = run.opened.is_first or not self._most
        self._batch: list[tuple[Range, bytes]] = []
        self._asked: dict[int, list[tuple[Range, bytes]]] = {}
        self._asked_count = 0
        self._listed: dict[int, Range] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is to come."""
        return bool(self._asked or self._listed)

    def tell(self, found: Range) -> None:
        """Tell the server of *found*, now or with more of its kind."""
        report = self._run.report
        report.directories += not found.start
        report.entries += len(found.rows)
        report.files += found.files
        report.size_bytes += found.size_bytes
        self.outstanding += len(found.rows)
        if self._run.sum is not None:
            self._run.sum.add(found)
        if found.is_alone:
            self.flush()
            self._list(found, b"")
            return
        blob = b"".join(found.rows)
        parts = listing.fingerprint_parts(self._capture, found.start, found.end, blob)
        looks = fingerprint(self._key, parts)
        if self._is_listing_all:
            self._list(found, looks)
            return
        self._batch.append((found, looks))
        if len(self._batch) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Send the fingerprints that were gathered."""
        if self._batch:
            self._ask(self._batch)
            self._batch = []

    def ask_for_echo(self) -> None:
        """Send an empty question; its answer follows all that the server had to say."""
        self._ask([])

    def _ask(self, batch: list[tuple[Range, bytes]]) -> None:
        items = tuple(
            (*found.directory, found.start, found.end, len(found.rows), looks)
            for found, looks in batch
        )
        request = self._asked_count
        self._asked_count += 1
        self._asked[request] = batch
        self._run.line.say(Fingerprints(request, items))

    def on_differ(self, message: Differ) -> bool:
        """List what differs; the rest is done.  Tell whether it was an echo.

        Raises:
            RemoteProtocolError: The answer belongs to nothing we asked.
        """
        batch = self._asked.pop(message.request, None)
        wanted = set(message.items)
        if batch is None or not wanted <= set(range(len(batch))):
            raise RemoteProtocolError("the server answered what was not asked")
        for position, (found, looks) in enumerate(batch):
            if position in wanted:
                self._list(found, looks)
            else:
                self.outstanding -= len(found.rows)
                self._run.observer.advanced(found.files, found.size_bytes)
        return not batch

    def on_verdicts(self, message: Verdicts) -> Range:
        """Return the range that *message* judges.

        Raises:
            RemoteProtocolError: It judges what was not listed.
        """
        found = self._listed.pop(message.request, None)
        if found is None:
            raise RemoteProtocolError("the server judged what was not listed")
        self.outstanding -= len(found.rows)
        return found

    def _list(self, found: Range, looks: bytes) -> None:
        """Say the listing of *found*, which is outstanding already."""
        before, seals = len(found.rows), self._run.seals
        if seals is not None:
            found = in_order(seals, found)
        listed = found
        found, targets, racy, is_whole = read_links(self._run, found)
        if self._run.sum is not None and len(found.rows) != before:
            for row in set(listed.rows).difference(found.rows):
                self._run.sum.change(found, row, b"")
        self.outstanding += len(found.rows) - before
        entries = b"".join(found.rows) if seals is None else seal_rows(seals, found.rows)
        left = LISTING_BYTES - len(entries) - sum(len(target) for _, target in targets)
        attributes = read_attributes(self._run, found, left)
        if attributes.size > left:
            self._list_halves(found)
            return
        if self._run.prover is not None and attributes.items:
            found = found._replace(attributes=dict(attributes.items))
        for position, error in attributes.problems:
            path = found.path + b"/" + found.rows[position][HEADER:]
            self._run.report.add_problem(path, error.reason)
            is_whole = False
        request = self.next_request
        self.next_request += 1
        self._listed[request] = found
        looks = looks if is_whole else b""
        borders = (found.start, found.end)
        young = tuple(sorted({*racy, *attributes.racy}))
        message = Listing(
            request, found.directory, *borders, looks, entries,
            targets, young, attributes.items, self._capture, self._macs(found, targets),
        )  # fmt: skip
        if seals is not None:
            message = seal_listing(seals, message, found.rows)
        self._run.line.say(message)

    def _macs(self, found: Range, targets: Sequence[tuple[int, bytes]]) -> bytes:
        """Return the codes of what is listed and is no regular file."""
        prover = self._run.prover
        return b"" if prover is None else prover.others(found, targets)

    def _list_halves(self, found: Range) -> None:
        """List in two messages a range whose links are too much for one."""
        half = len(found.rows) // 2
        middle = found.rows[half][HEADER:]
        if self._run.seals is not None:
            middle = self._run.seals.names.seal(middle)
        lower, upper = (found.start, middle), (middle, found.end)
        self._list(range_of(found.directory, found.path, lower, found.rows[:half]), b"")
        self._list(range_of(found.directory, found.path, upper, found.rows[half:]), b"")
