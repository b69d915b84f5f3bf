"""Directories and their listings: compared with the rows, turned into rows and verdicts."""

import stat

from tardis.model import OPEN, SMALL, Entry, Listed, RemoteProtocolError
from tardis.policy import LEAST, Verdict, judge_changed, judge_new
from tardis.protocol import listing
from tardis.protocol.messages import (
    AddFilesystems,
    AddRoot,
    Differ,
    Fingerprints,
    Listing,
    Unlistable,
    Verdicts,
)
from tardis.store import StoreWriter

from .checks import check_range, check_root
from .directories import Directories
from .offers import NONE
from .proofs import Others
from .rows import is_same
from .settling import Settling
from .slices import Pending, Slice

MAX_ITEMS = 10_000
_MOST_FILESYSTEMS = (1 << 31) - 1
_SPECIALS = frozenset({stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK})


class Intake:
    """Hears what the client's tree looks like; answers what is wanted of it.

    Args:
        writer: Of the store, with its set begun.
        settling: Where files go whose bytes are wanted.
        has_history: Bytes of new files may be known already.
    """

    def __init__(self, writer: StoreWriter, settling: Settling, has_history: bool) -> None:
        self._writer = writer
        self._settling = settling
        self._rows = settling.rows
        self._has_history = has_history
        self._has_macs = writer.repository.has_macs
        self._epoch = writer.ask.epoch()
        known = writer.ask.filesystems()
        self._filesystems = {number for number, _, _ in known}
        self._filesystem_keys = {(kind, key) for _, kind, key in known}
        is_first = not writer.ask.knows_directories()
        self.dirs = Directories(writer, is_first)
        self.roots = 0
        self.directories = 0
        self.entries = 0
        self._next_request = 0

    def add_filesystems(self, message: AddFilesystems) -> None:
        """Record file systems that are new here."""
        for number, kind, key, has_inodes, has_ctime in message.items:
            if number in self._filesystems or (kind, key) in self._filesystem_keys:
                raise RemoteProtocolError("a file system was told that is known already")
            if not 0 < number <= _MOST_FILESYSTEMS:
                raise RemoteProtocolError("a file system was told under an impossible number")
            self._filesystems.add(number)
            self._filesystem_keys.add((kind, key))
            row = (number, kind, key, int(has_inodes), int(has_ctime))
            self._writer.group.filesystems.append(row)

    def add_root(self, message: AddRoot) -> None:
        """Record a root; its directory keeps the identity that the same path had."""
        self._require_filesystem(message.directory[0])
        check_root(message)
        number = self._writer.number
        before = None
        if not message.name:
            before = self._writer.ask.root_before(message.path, number)
        directory = self.dirs.claim(message.directory, None, before)
        if before is not None and before != directory:
            self._writer.group.unlinked.append((before,))
        self._rows.add_root(message, directory)
        self.roots += 1

    def fingerprints(self, message: Fingerprints) -> Differ:
        """Return which of the told ranges are not what is stored."""
        if len(message.items) > MAX_ITEMS:
            raise RemoteProtocolError("too many fingerprints in one message")
        differing = []
        ask, dirs = self._writer.ask, self.dirs
        for position, item in enumerate(message.items):
            filesystem, inode, claim, start, end, count, fingerprint = item
            directory = dirs.find((filesystem, inode, claim))
            known = None if directory is None else ask.fingerprint(directory, start)
            if known == (end, count, fingerprint, self._epoch):
                self.entries += count
                self.directories += not start
            else:
                differing.append(position)
        return Differ(message.request, tuple(differing))

    def listing(self, message: Listing) -> Verdicts:
        """Turn one listed range into rows; return what is wanted of its regular files."""
        if message.request != self._next_request:
            raise RemoteProtocolError("listings are not numbered one after the other")
        self._next_request += 1
        check_range(message)
        directory = self.dirs.named(message.directory)
        one = Slice(message.request, directory, message.start, message.end, message.fingerprint)
        self.directories += not message.start
        if self.dirs.is_new(directory):
            before: dict[bytes, Entry] = {}
        else:
            before = self._writer.ask.open_rows(directory, message.start, message.end)
            one.unsettled = self._writer.ask.unsettled_names(directory, message.start, message.end)
            self._rows.void(directory, message.start, message.end)
        verdicts = self._walk(message, one, before)
        for row in before.values():
            self._rows.close(directory, row)
            if row.is_regular:
                self._writer.group.count("gone_files")
        if b"" in one.unsettled:
            self._rows.settle(directory, b"")
        self.entries += one.count
        self._settling.begin(one)
        return verdicts

    def unlistable(self, message: Unlistable) -> None:
        """Note a directory that could not be listed; its children stay."""
        directory = self.dirs.named(message.directory)
        self._rows.void(directory, b"", None)
        self._rows.unsettle(directory, b"", "unread")

    def _walk(self, message: Listing, one: Slice, before: dict[bytes, Entry]) -> Verdicts:
        """Go through the entries; what is left in *before* afterwards is gone."""
        targets, racy = dict(message.targets), frozenset(message.racy)
        attributes = dict(message.attributes)
        others = self._others(message)
        gone = self._gone(message, one, before)
        wishes: dict[Verdict, list[int]] = {verdict: [] for verdict in Verdict}
        deltas: list[tuple[int, int, int]] = []
        for position, listed in enumerate(listing.iter_listing(message.entries, message.capture)):
            name = listed.name
            self._require_inside(message, listed)
            if position in attributes:
                listed = listed._replace(xattrs=attributes.pop(position))  # noqa: PLW2901
            row = before.pop(name, None)
            if stat.S_ISREG(listed.mode):
                verdict = self._judge(one, position, listed, row or gone.get(name))
                offer = NONE
                if verdict is not Verdict.KEEP and listed.size >= LEAST:
                    former = self._former(listed, row or gone.get(name), before)
                    offer = self._offer(one.pending[position], verdict, former)
                if offer == NONE:
                    wishes[verdict].append(position)
                else:
                    deltas.append((position, *offer))
            else:
                proved = listed if others is None else others.proved(listed)
                self._irregular(one, proved, (row, gone.get(name)), targets.get(position))
            if position in racy and not stat.S_ISREG(listed.mode):
                self._settling.mark(one, name, "racy")
            if name in one.unsettled and position not in one.pending and position not in racy:
                self._settling.settle(one, name)
            one.count += 1
        if attributes:
            raise RemoteProtocolError("attributes were told of what is not listed")
        if others is not None:
            others.end()
        contents, digests = (tuple(wishes[one]) for one in (Verdict.CONTENT, Verdict.DIGEST))
        return Verdicts(message.request, contents, digests, tuple(deltas), tuple(one.kept))

    def _others(self, message: Listing) -> Others | None:
        """Return the codes of a listing, None where entries have none."""
        if message.macs and not self._has_macs:
            raise RemoteProtocolError("codes of entries were told that nobody keeps")
        return Others(message.macs) if self._has_macs else None

    def _gone(self, message: Listing, one: Slice, before: dict[bytes, Entry]) -> dict[bytes, Entry]:
        """Return the newest closed rows of the listed names that have no open one."""
        if self.dirs.is_new(one.directory):
            return {}
        entries = listing.iter_listing(message.entries)
        names = [listed.name for listed in entries if listed.name not in before]
        return self._writer.ask.gone_rows(one.directory, names) if names else {}

    def _judge(self, one: Slice, position: int, listed: Listed, before: Entry | None) -> Verdict:
        """Settle a regular file, or let it wait; return what is wanted of it."""
        if before is None:
            same_size = listed.size > SMALL and self._settling.may_know_size(listed.size)
            verdict = judge_new(listed, self._has_history, SMALL, same_size)
        else:
            verdict = judge_changed(listed, before, listed.name not in one.unsettled)
        is_kept = verdict is Verdict.KEEP and before is not None
        if is_kept and before is not None and not self._must_prove(listed, before):
            self._rows.replace(one.directory, before, listed, before.content)
            return Verdict.KEEP
        waits = Pending(listed, before)
        one.pending[position] = waits
        if is_kept and before is not None:
            waits.kept = before.content
            told = (before.first_set, before.mode, before.uid, before.gid)
            one.kept.append((position, *told, before.xattrs or b"", before.mac or b""))
            return Verdict.KEEP
        return self._settling.link_or(one, position, waits, verdict)

    def _must_prove(self, listed: Listed, before: Entry) -> bool:
        """Tell whether a content stays that needs a new row, which only the client can prove."""
        return self._has_macs and not (before.last_set == OPEN and is_same(listed, before))

    def _former(self, listed: Listed, row: Entry | None, others: dict[bytes, Entry]) -> int | None:
        """Return the content that a file had before: under its name, or it elsewhere.

        Args:
            listed: The file.
            row: The name's open or newest closed row, if any.
            others: Open rows of names that were not listed so far.
        """
        same = listed[8:10]
        if row is None:
            found = (one for one in others.values() if (one.filesystem, one.inode) == same)
            row = next(found, None)
        if row is not None:
            return row.content
        if not self._has_history or not listed.inode:
            return None
        return self._writer.ask.content_moved(listed.name, same, self._writer.number)

    def _offer(self, waits: Pending, verdict: Verdict, former: int | None) -> tuple[int, int]:
        """Remember what a file was before; return what its bytes may be a delta against."""
        waits.former = former
        return self._settling.offer(waits) if verdict is Verdict.CONTENT else NONE

    def _irregular(
        self,
        one: Slice,
        listed: Listed,
        known: tuple[Entry | None, Entry | None],
        target: bytes | None,
    ) -> None:
        """Take what is no regular file; *known* are its name's open row, and the closed one."""
        row, gone = known
        if stat.S_ISDIR(listed.mode):
            self._directory(one, listed, row, gone)
        else:
            self._other(one, listed, row, target)

    def _directory(self, one: Slice, listed: Listed, row: Entry | None, gone: Entry | None) -> None:
        child = None
        last = row or gone
        if listed.claim != listing.NOT_ENTERED:
            identity = (listed.filesystem, listed.inode, listed.claim)
            before = last.child if last is not None else None
            child = self.dirs.claim(identity, one.directory, before, int(row is not None))
        self._rows.replace_other(one.directory, row, listed, child, None)

    def _other(self, one: Slice, listed: Listed, row: Entry | None, target: bytes | None) -> None:
        """Let a symbolic link, a FIFO, a socket or a device be what is listed."""
        if stat.S_ISLNK(listed.mode):
            if not target or b"\0" in target:
                raise RemoteProtocolError("a symbolic link was listed without its target")
        elif stat.S_IFMT(listed.mode) not in _SPECIALS:
            raise RemoteProtocolError("a listing holds a kind of file that there is not")
        elif target is not None:
            raise RemoteProtocolError("a target was told of what is no symbolic link")
        self._rows.replace_other(one.directory, row, listed, None, target)

    def _require_inside(self, message: Listing, listed: Listed) -> None:
        if listed.name < message.start or (message.end is not None and listed.name >= message.end):
            raise RemoteProtocolError("a listing holds a name outside its range")
        self._require_filesystem(listed.filesystem)

    def _require_filesystem(self, number: int) -> None:
        if number not in self._filesystems:
            raise RemoteProtocolError("an entry lies on a file system that was not told")
