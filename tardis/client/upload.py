"""Reading what the server wants, and sending it: small files many to a message.

Each listing that the server judged is a task; its files are dealt with in the order of
their names.  Small ones are read ahead by `readahead`, large ones where they are sent.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from tardis.crypto import content_key
from tardis.delta import has_librsync, style_of
from tardis.model import CLASSIC, SMALL, RemoteProtocolError, SourceError
from tardis.protocol import listing
from tardis.protocol.messages import DigestVerdicts, Verdicts
from tardis.scan import CHANGED, GONE, HEADER, FolderReader, Range, Read

from .deltas import FORGED, DeltaSender, Form, Signature, Signatures, Wanted
from .gathering import Gathering
from .large import LargeSender, digest_large
from .packing import Packer, pack_segments, pack_stream
from .proving import Prove, Twins, prove_kept, unproved
from .readahead import SIZE, Batch, ReadAhead, Result, cut
from .run import Run
from .settling import EVERY, Settling
from .tasks import Task, Told

KEPT_BYTES: Final = 8 << 20
"""Bytes of small files that are kept while the server thinks about their digests."""

AHEAD_BYTES, AHEAD_BATCHES = 8 << 20, 32
"""What is read ahead of small files, at most."""

VANISHED, LEFT_OUT, UNREADABLE = 0, 1, 2


class Uploader:
    """Serves the server's wishes, a little at each `step`.

    Attributes:
        outstanding: Entries that are wanted and were not dealt with.
        large: Sends large contents.
        signatures: Of what deltas will stand on.
    """

    def __init__(self, run: Run) -> None:
        self.outstanding = 0
        self._run = run
        key = run.opened.digest_key if run.seals is None else run.seals.ring.contents
        self._key = content_key(run.opened.scheme, key)
        options = run.options
        self._packer = Packer(options.codec, options.compress_min, options.is_dense)
        self._packer.expect(run.expected_bytes)
        is_classic = run.opened.scheme == CLASSIC
        signs = (options.signs or run.seals is not None) and has_librsync() and not is_classic
        pack = pack_stream if is_classic else pack_segments
        self.large = LargeSender(run.line, self._key, self._packer, pack, run.seals, signs=signs)
        form = Form(style_of(run.opened.scheme), pack, self._packer, run.seals)
        self.signatures = Signatures(run.line, form)
        known = self.large.offered, options.delta_percent
        self._deltas = DeltaSender(run.line, self._key, form, *known, signs=signs)
        self._settling = Settling()
        self._tasks: deque[Task] = deque()
        self._seal_small = seal = None if run.seals is None else run.seals.seal_small
        prove = None if run.prover is None else run.prover.file
        self._ahead = ReadAhead(lambda one: _open(run, one), self._key, self._packer, seal, prove)
        self._uncut: deque[Batch] = deque()
        self._batches: deque[Batch] = deque()
        self._ahead_bytes = 0
        self._work: Iterator[None] | None = None
        self._told: dict[tuple[int, int], Told] = {}
        self._kept_bytes = 0
        self._gathering = Gathering(run.line)
        self._twins = Twins()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is wanted any more, as far as the server has said."""
        waits = self._tasks or self._uncut or self._batches or self._work or self._told
        return not waits and self.signatures.is_idle

    @property
    def needs_echo(self) -> bool:
        """Whether the server may still come back to an entry it passed over."""
        return self._settling.is_lingering

    def on_verdicts(self, message: Verdicts, found: Range, next_request: int) -> None:
        """Take up what is wanted of the listing *found*.

        Raises:
            RemoteProtocolError: A position lies outside.
        """
        request, contents, digests = message.request, message.contents, message.digests
        if message.kept:
            kept, unknown = prove_kept(self._run.prover, message, found)
            self._run.line.say(kept)
            digests += unknown
        wanted = (*contents, *digests, *(one[0] for one in message.deltas))
        if wanted and not 0 <= min(wanted) <= max(wanted) < len(found.rows):
            raise RemoteProtocolError("the server wants an entry that was not listed")
        self._settling.open(request, found, len(wanted))
        self._pass_by(found, wanted)
        self.outstanding += len(wanted)
        deltas = message.deltas
        if self._run.options.digest_above:
            contents, early = self._split(found, contents)
            digests += early
            left, early = self._split(found, tuple(one[0] for one in deltas))
            deltas, digests = tuple(one for one in deltas if one[0] in left), digests + early
        if contents or digests:
            self._tasks.append(Task(request, contents, digests))
        for position, basis, size in deltas:
            self._want_delta(Wanted(request, position, basis, size))
        if self._settling.is_lingering and request % EVERY == 0:
            self.flush()
            self._settling.answered(request, next_request)

    def on_digest_verdicts(self, message: DigestVerdicts) -> None:
        """Send the contents whose digests the server does not know.

        Raises:
            RemoteProtocolError: An item names an entry that nobody waits for.
        """
        for request, position, is_wanted in message.items:
            told = self._told.pop((request, position), None)
            if told is None:
                if is_wanted:
                    self._want_again(request, position, is_new=True)
                continue
            self._kept_bytes -= len(told.data or b"")
            if not is_wanted:
                self._run.report.files_known += 1
                self._settle(request, position, told.read, "Known")
            elif told.data is None:
                self._want_again(request, position, is_new=False)
            else:
                self._add_content(request, position, told)
        for wanted in map(Wanted._make, message.deltas):
            told = self._told.pop((wanted.request, wanted.position), None)
            if told is None:
                raise RemoteProtocolError("the server wants an entry that nobody waits for")
            self._kept_bytes -= len(told.data or b"")
            self.outstanding += 1
            self._want_delta(wanted)

    def step(self, *, may_wait: bool = True) -> bool:
        """Do a little of what is wanted, and is read or *may_wait*; tell whether there was any."""
        self._read_ahead()
        if self._work is None:
            self.signatures.ask()
            if (ready := self.signatures.take()) is not None:
                self._work = self._serve_delta(*ready)
            elif self._batches and (may_wait or self._batches[0].is_read):
                self._work = self._serve(self._batches.popleft())
            else:
                return False
        try:
            next(self._work)
        except StopIteration:
            self._work = None
        return True

    def _want_delta(self, one: Wanted) -> None:
        """Take up a file that is wanted as a delta, where deltas can be made."""
        if has_librsync():
            self.signatures.want(one)
        else:
            self._run.report.lacks_deltas += 1
            self._tasks.append(Task(one.request, (one.position,), ()))

    def _split(
        self, found: Range, positions: tuple[int, ...]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return which of *positions* are sent at once, and whose digests are told first."""
        limit = self._run.options.digest_above
        sizes = {one: listing.ENTRY.unpack_from(found.rows[one])[SIZE] for one in positions}
        at_once = tuple(one for one in positions if sizes[one] <= limit)
        return at_once, tuple(one for one in positions if sizes[one] > limit)

    def flush(self) -> None:
        """Send what was gathered."""
        self._gathering.flush()

    def close(self) -> None:
        """End the threads that read ahead."""
        self._ahead.close()

    def echoed(self) -> None:
        """Hear that the server has nothing to say about what was told so far."""
        self._settling.forget()

    def _want_again(self, request: int, position: int, *, is_new: bool) -> None:
        if request not in self._settling:
            raise RemoteProtocolError("the server wants an entry that is done")
        if is_new:
            self._settling.reopen(request)
        if not 0 <= position < len(self._settling.range_of(request).rows):
            raise RemoteProtocolError("the server wants an entry that was not listed")
        self.outstanding += 1
        self._tasks.append(Task(request, (position,), ()))

    def _read_ahead(self) -> None:
        """Let as much be read as there is room for."""
        while self._ahead_bytes < AHEAD_BYTES and len(self._batches) < AHEAD_BATCHES:
            if not self._uncut:
                if not self._tasks:
                    return
                request, contents, digests = self._tasks.popleft()
                found = self._settling.range_of(request)
                self._uncut += cut(request, found, contents, is_told=False)
                self._uncut += cut(request, found, digests, is_told=True)
                continue
            batch = self._uncut.popleft()
            self._ahead.submit(batch)
            self._batches.append(batch)
            self._ahead_bytes += batch.size_bytes

    def _serve(self, batch: Batch) -> Iterator[None]:
        """Send or tell what was read; pauses now and then."""
        request, found = batch.request, batch.found
        self._run.observer.working_on(found.path)
        results = batch.results()
        self._ahead_bytes -= batch.size_bytes
        if batch.is_plain and not (batch.is_told or self._run.watches_files):
            self._send_plain(batch, results)
            yield
            return
        do = self._tell if batch.is_told else self._send
        for position, result in zip(batch.positions, results, strict=True):
            self.outstanding -= 1
            try:
                has_said = do(request, position, found, result)
            except SourceError as error:
                self._fail(request, position, error)
                has_said = False
            if has_said:
                yield

    def _send_plain(self, batch: Batch, results: list[Result]) -> None:
        """Send small files that all are as they were listed: most are, so this is quick."""
        run, count = self._run, len(results)
        items, macs = batch.contents(results)
        self._gathering.contents(items, macs)
        size = sum([item[5] for item in items])
        self.outstanding -= count
        run.report.files_new += count
        run.report.bytes_backed += size
        run.observer.advanced(count, size)
        self._settling.done(batch.request, count)

    def _serve_delta(self, one: Wanted, signature: Signature | None) -> Iterator[None]:
        """Send a file as a delta; where that cannot be, let it be sent whole."""
        request, position = one.request, one.position
        found = self._settling.range_of(request)
        self._run.observer.working_on(found.path)
        self.outstanding -= 1
        try:
            read, row = None, found.rows[position]
            if signature is not None and signature.is_forged:
                path = found.path + b"/" + row[HEADER:]
                self._run.report.add_problem(path, FORGED)
            elif signature is not None:
                with closing(_open(self._run, found)) as reader:
                    told = (row, self._advance, self._prove(found, position))
                    read = self._deltas.send(one, signature, reader, *told)
        except SourceError as error:
            self._fail(request, position, error)
            return
        if read is None:
            self._want_again(request, position, is_new=False)
            return
        report = self._run.report
        report.files_delta += 1
        report.bytes_backed += read.size
        report.bytes_spared += max(0, read.size - self._deltas.size)
        self._settle(request, position, read, "Delta")
        yield

    def _send(self, request: int, position: int, found: Range, result: Result) -> bool:
        """Send a file; tell whether a message was said."""
        if result is None:
            row = found.rows[position]
            with closing(_open(self._run, found)) as reader:
                told = (row, self._advance, self._prove(found, position))
                sent = self.large.send((request, position), reader, *told)
            self._sent(request, position, *sent)
            return True
        if isinstance(result, SourceError):
            raise result
        read, looks, codec, stored, mac = result
        item = (request, position, read.marks, read.state, looks, read.size, codec, stored)
        has_said = self._gathering.content(item, mac)
        self._sent(request, position, read, read.size)
        return has_said

    def _tell(self, request: int, position: int, found: Range, result: Result) -> bool:
        """Tell a file's digest; tell whether a message was said."""
        data: bytes | None = None
        if result is None:
            row = found.rows[position]
            read, looks = self._twins.find(row) or self._digest_large(found, row)
            mac = self._prove(found, position)(read, looks)
        elif isinstance(result, SourceError):
            raise result
        else:
            read, looks, _, data, mac = result
            data = data if self._kept_bytes + len(data) <= KEPT_BYTES else None
        self._kept_bytes += len(data or b"")
        self._told[request, position] = Told(read, looks, data, mac)
        item = (request, position, read.marks, read.state, looks, read.size)
        return self._gathering.digest(item, mac) or result is None

    def _digest_large(self, found: Range, row: bytes) -> tuple[Read, bytes]:
        with closing(_open(self._run, found)) as reader:
            return digest_large(reader, row, self._key, self._advance)

    def _prove(self, found: Range, position: int) -> Prove:
        """Return what makes the code of a file that is sent, and remembers it for its twins."""
        prover = self._run.prover
        if prover is None:
            return unproved

        def prove(read: Read, digest: bytes) -> bytes:
            self._twins.remember(found.rows[position], read, digest)
            return prover.file(found, position, read, digest)

        return prove

    def _add_content(self, request: int, position: int, told: Told) -> None:
        """Gather a small content into the next message."""
        read, looks, data, mac = told
        name = self._settling.range_of(request).rows[position][HEADER:]
        codec, stored = self._packer.pack(name, data or b"")
        if self._seal_small is not None:
            stored = self._seal_small(codec, read.size, looks, stored)
        item = (request, position, read.marks, read.state, looks, read.size, codec, stored)
        self._gathering.content(item, mac)
        self._sent(request, position, read, read.size)

    def _sent(self, request: int, position: int, read: Read, data_bytes: int) -> None:
        """Count a file of which *data_bytes* went out: all that is in no hole."""
        report = self._run.report
        report.files_new += 1
        report.bytes_backed += data_bytes
        self._settle(request, position, read, "New" if self._run.opened.is_first else "Full")

    def _settle(self, request: int, position: int, read: Read, kind: str) -> None:
        """Close the books on a file that was read."""
        run = self._run
        if read.state or read.marks & CHANGED or run.watches_files:
            found = self._settling.range_of(request)
            row = found.rows[position]
            path = found.path + b"/" + row[HEADER:]
            run.report.size_bytes += read.size - listing.ENTRY.unpack_from(row)[SIZE]
            if read.state and run.sum is not None:
                run.sum.read(found, position, read)
            if read.marks & CHANGED:
                run.report.add_problem(path, "it changed while it was read")
            run.observer.file_done(path, kind, read.size)
        run.observer.advanced(1, 0 if read.size > SMALL else read.size)
        self._settling.done(request)

    def _fail(self, request: int, position: int, error: SourceError) -> None:
        """Tell that a file cannot be read, and take it out of the books if it is gone."""
        run, found = self._run, self._settling.range_of(request)
        row = found.rows[position]
        path = found.path + b"/" + row[HEADER:]
        outcome = UNREADABLE
        if error.errno in GONE:
            outcome = VANISHED
            run.report.vanished += 1
            run.remark(path, "vanished")
        elif run.blame(path, error.errno, error.reason):
            outcome = LEFT_OUT
        if outcome != UNREADABLE:
            run.report.entries -= 1
            run.report.files -= 1
            run.report.size_bytes -= listing.ENTRY.unpack_from(row)[SIZE]
        if run.sum is not None:
            run.sum.change(found, row, b"" if outcome == VANISHED else None)
        mac = b"" if run.prover is None else run.prover.file(found, position, None)
        self._gathering.unread((request, position, outcome, error.reason), mac)
        self._settling.done(request)

    def _pass_by(self, found: Range, wanted: tuple[int, ...]) -> None:
        """Tell whoever watches of the files of a listing that need nothing more."""
        if self._run.is_watched:
            sizes = [listing.ENTRY.unpack_from(found.rows[position])[SIZE] for position in wanted]
            left = found.size_bytes - sum(sizes)
            self._run.observer.advanced(found.files - len(wanted), left)

    def _advance(self, size_bytes: int) -> None:
        self._run.observer.advanced(0, size_bytes)


def _open(run: Run, found: Range) -> FolderReader:
    """Return a reader for the files of a listing; the caller closes it."""
    return run.open_folder(found.path, found.directory)
