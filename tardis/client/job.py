"""A whole backup, seen from the client."""

from collections.abc import Iterator
from typing import Final

from tardis.crypto import Head
from tardis.model import Observer, RemoteProtocolError, Report, TardisError, from_wire
from tardis.policy import SignedRoot
from tardis.protocol import Message, listing
from tardis.protocol.messages import (
    AddRoot,
    CloseSet,
    Differ,
    DigestVerdicts,
    Goodbye,
    Owners,
    PurgeSets,
    Refused,
    SetClosed,
    SetOpened,
    SetsPurged,
    SignatureEnd,
    SignaturePart,
    Unlistable,
    UploadHeld,
    Verdicts,
)
from tardis.scan import Range, Unlisted

from .directories import Directories
from .early import Early
from .greeting import open_set
from .heads import Chain
from .options import JobOptions
from .owners import owner_names
from .roots import Item, Roots, find_sources
from .run import Talk, expect
from .sealing import seal_owners, seal_root
from .upload import Uploader

WINDOW: Final = 20_000
"""Entries that may wait for an answer, or to be sent, at any time."""

OWNERS: Final = 5_000
"""Names of users and groups in one message."""

MOST_BYTES: Final = (1 << 63) - 1
"""What a set is called long at the most; files of holes add up to more."""


class BackupJob:
    """Backs up the roots of *options* over *line*, once.

    Attributes:
        report: Counts as the job goes on.
        opened: The set, once the server has opened it.
        closed: How it ended, once it is complete.
        purged: What the server removed, if it was asked to and did.
        refusal: Why it did not.
    """

    def __init__(self, line: Talk, options: JobOptions, observer: Observer | None = None) -> None:
        self.report = Report()
        self.opened: SetOpened | None = None
        self.closed: SetClosed | None = None
        self.purged: SetsPurged | None = None
        self.refusal: TardisError | None = None
        self._line = line
        self._options = options
        self._observer = observer
        self._unlistable: list[Unlistable] = []
        self._roots: list[SignedRoot] = []
        self._chain: Chain | None = None

    def run(self) -> Report:
        """Make one backup set and return what was done; it is durable by then.

        Raises:
            NoSourceError: There is nothing to back up; no set was made.
            TardisError: The set stays incomplete; the next run continues it.
        """
        sources = find_sources(self._options, self.report)
        early = Early(self._line, self._options, self.report, sources)
        self.opened, seals = open_set(self._line, self._options, early.step)
        self._chain = None if seals is None else Chain(seals, self._options.book)
        self._check_heads()
        run, roots, walk = early.settle(self.opened, seals)
        run.watch(self._observer)
        self._directories = Directories(run)
        self._uploader = Uploader(run)
        self._run = run
        try:
            self._converse(walk)
            self._close(roots)
        finally:
            self._uploader.close()
        return self.report

    def _check_heads(self) -> None:
        """Say what does not hold of the sets that were signed before this one."""
        if self._chain is None or self.opened is None:
            return
        faults, note = self._chain.judge(self.opened.heads)
        for fault in faults:
            self.report.add_problem(self._options.client.encode(), fault)
        if note:
            self.report.remarks.append(note)

    def _signed(self, counts: tuple[int, int, int, int]) -> tuple[tuple[Head, ...], bytes]:
        """Return what is signed of the set that is about to be complete, and its sum, sealed."""
        if self._chain is None or self.opened is None:
            return (), b""
        wish, seals = self._options.wish, self._run.seals
        run = (wish.session, wish.command_line)
        told = b"" if self._run.sum is None else self._run.sum.told()
        sealed = b"" if seals is None else seals.names.seal_value(told, b"sum")
        return (self._chain.sign(self.opened.number, run, counts, self._roots, told),), sealed

    def _converse(self, walk: Iterator[Item]) -> None:
        """Walk, tell, and serve the server's wishes until neither side has any left."""
        line, directories, uploader = self._line, self._directories, self._uploader
        is_walking = True
        while True:
            while (message := line.hear(0)) is not None:
                self._handle(message)
            may_walk = is_walking and self._has_room()
            if uploader.step(may_wait=not may_walk):
                continue
            if may_walk:  # files are read meanwhile
                item = next(walk, None)
                is_walking = item is not None
                if item is not None:
                    self._tell(item)
                continue
            uploader.flush()
            if not directories.is_waiting:
                directories.flush()
            if not directories.is_waiting and uploader.is_idle:
                if not uploader.needs_echo:
                    return
                directories.ask_for_echo()
            message = line.hear()
            if message is not None:
                self._handle(message)

    def _has_room(self) -> bool:
        outstanding = self._directories.outstanding + self._uploader.outstanding
        return outstanding + listing.RANGE_ENTRIES <= WINDOW

    def _tell(self, item: Item) -> None:
        match item:
            case Range():
                self._run.observer.working_on(item.path)
                self._directories.tell(item)
            case Unlisted():
                self._tell_unlisted(item)
            case AddRoot():
                if self._run.sum is not None:
                    self._run.sum.root(item.path)
                self._roots.append((item.path, item.name, item.ancestors))
                self._directories.flush()
                seals = self._run.seals
                self._line.say(item if seals is None else seal_root(seals, item))

    def _tell_unlisted(self, item: Unlisted) -> None:
        """Tell of a directory that is gone as empty; one that is closed to us comes last."""
        if item.is_gone:
            self.report.vanished += 1
            self._run.remark(item.path, "vanished")
            self._directories.tell(Range(item.directory, item.path, b"", None, [], (), 0, 0, 0))
            return
        if self._run.sum is not None:
            self._run.sum.skip(item.path)
        self._run.blame(item.path, item.error.errno, item.error.reason)
        self._unlistable.append(Unlistable(item.directory, item.error.reason))

    def _handle(self, message: Message) -> None:
        match message:
            case Verdicts():
                found = self._directories.on_verdicts(message)
                self._uploader.on_verdicts(message, found, self._directories.next_request)
            case Differ():
                if self._directories.on_differ(message):
                    self._uploader.echoed()
            case DigestVerdicts():
                self._uploader.on_digest_verdicts(message)
            case UploadHeld():
                self._uploader.large.offered.add(message)
            case SignaturePart():
                self._uploader.signatures.on_part(message)
            case SignatureEnd():
                self._uploader.signatures.on_end(message)
            case _:
                raise RemoteProtocolError("the server said what does not belong here")

    def _purge(self) -> bool:
        """Let the server remove old sets if that is wanted; tell whether the line still lives.

        The set stays complete in any case.
        """
        wish = self._options.purge
        if wish is None:
            return True
        try:
            self._line.say(PurgeSets(wish.priority, wish.keep_ns))
            answer = self._line.hear()
        except TardisError as error:  # the set is complete: that is not to be lost in the words
            self.refusal = error
            return False
        match answer:
            case SetsPurged() as purged:
                self.purged = purged
            case Refused() as refused:
                self.refusal = from_wire(refused.code, refused.text, refused.hint)
            case _:
                raise RemoteProtocolError("the server did not answer the wish to purge")
        return True

    def _close(self, roots: Roots) -> None:
        """Close the set, and wait until it is durable."""
        line, report = self._line, self.report
        for message in self._unlistable:
            line.say(message)
        names = owner_names(roots.walker.owners | self._run.attributes.owners)
        for first in range(0, len(names), OWNERS):
            items = names[first : first + OWNERS]
            seals = self._run.seals
            line.say(Owners(items if seals is None else seal_owners(seals, items)))
        size_bytes = min(report.size_bytes, MOST_BYTES)
        counts = (report.directories, report.entries, size_bytes, len(report.problems))
        line.say(CloseSet(*counts, *self._signed(counts)))
        self.closed = expect(line, SetClosed)
        if self._chain is not None:
            self._chain.remember()
        if self._purge():
            line.say(Goodbye())
        report.bytes_sent = line.bytes_sent
        report.bytes_received = line.bytes_received
        report.messages_sent = line.messages_sent
        report.messages_received = line.messages_received
