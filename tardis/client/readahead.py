"""Small files read ahead of need: by threads where reading takes its time, else when it is due.

Threads that read what is in memory only hinder each other, for each system call hands the
interpreter's lock on: of an encrypted first backup a fifth of the client's time went there.  So
there are none until a file has to be waited for, or where compressing is the greater work.
"""

import resource
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

from tardis.crypto import digest
from tardis.model import SMALL, SourceError
from tardis.protocol import listing
from tardis.scan import CHANGED, HEADER, FolderReader, Range, Read
from tardis.streams import Codec

from .gathering import Content
from .packing import Packer

READERS: Final = 2
SLOW: Final = 0.05
"""Seconds of waiting, more than of work between, from which on threads read."""

QUICK: Final = (Codec.NONE, Codec.ZSTD)
"""What takes less time than the handing on of the lock."""

BATCH_BYTES: Final = 512 << 10
BATCH_FILES: Final = 64
"""Files of one directory that are read in one go, at most."""

SIZE: Final = 3
"""Where the size stands among the fields of a row."""


class Small(NamedTuple):
    """A small file that was read.

    Attributes:
        digest: Of its plain bytes.
        codec: Of *data*.
        data: What is to be stored, or the plain bytes where only the digest is wanted.
        mac: Code of its row, empty where there is none.
    """

    read: Read
    digest: bytes
    codec: int
    data: bytes
    mac: bytes = b""


class Spent(NamedTuple):
    """What a thread has done so far.

    Attributes:
        clock: Seconds of a steady clock.
        worked: Seconds of processor time.
        blocks: Read from disks.
    """

    clock: float
    worked: float
    blocks: int

    @classmethod
    def now(cls) -> "Spent":
        """Return that of the running thread."""
        blocks = resource.getrusage(resource.RUSAGE_THREAD).ru_inblock
        return cls(time.monotonic(), time.thread_time(), blocks)

    def waited(self, before: "Spent") -> float:
        """Return the seconds that it waited for what it read since *before*; below 0: worked."""
        worked = self.worked - before.worked
        waited = self.clock - before.clock - worked
        has_waited = waited > worked + (0 if self.blocks > before.blocks else SLOW)
        return waited if has_waited else -worked


Result = Small | SourceError | None
"""None: the file is not small."""


Seal = Callable[[int, int, bytes, bytes], bytes]
"""(codec, plain size, digest, compressed bytes) → sealed piece."""

Prove = Callable[[Range, int, Read, bytes], bytes]
"""(listing, position in it, how the file was read, digest) → code of its row."""


class Batch:
    """Some files of one listing, read in the order of their names.

    Attributes:
        request: The listing's number.
        positions: Of the files in it.
        is_told: Their digests are wanted, not their bytes.
        size_bytes: What reading them will bring, as far as is known.
        is_plain: All are small files, read as they were listed; known with the results.
    """

    __slots__ = (
        "_answer", "_read", "found", "is_plain", "is_told", "positions", "request", "size_bytes",
    )  # fmt: skip

    def __init__(self, request: int, found: Range, positions: list[int], is_told: bool) -> None:
        self.request = request
        self.found = found
        self.positions = positions
        self.is_told = is_told
        self.size_bytes = 0
        self.is_plain = False
        self._answer: SimpleQueue[list[Result] | Exception] = SimpleQueue()
        self._read: Callable[[Batch], list[Result]] | None = None

    @property
    def is_read(self) -> bool:
        """Whether `results` would not have to wait for somebody else."""
        return self._read is not None or not self._answer.empty()

    def read_when_due(self, read: Callable[["Batch"], list[Result]]) -> None:
        """Let `results` itself read, by *read*."""
        self._read = read

    def answer(self, results: list[Result] | Exception) -> None:
        """Say how it went."""
        self._answer.put(results)

    def results(self) -> list[Result]:
        """Return what came of each position; waits for it, once."""
        if self._read is not None:
            return self._read(self)
        found = self._answer.get()
        if isinstance(found, Exception):
            raise found
        return found

    def contents(self, results: list[Any]) -> tuple[list[Content], list[bytes]]:
        """Return what is sent of the files of a batch that is plain, and their codes if any."""
        request, places = self.request, self.positions
        items = [
            (request, place, read[0], b"", looks, read[2], codec, data)
            for place, (read, looks, codec, data, _) in zip(places, results, strict=True)
        ]
        return items, [one.mac for one in results if one.mac]


def cut(request: int, found: Range, positions: tuple[int, ...], *, is_told: bool) -> list[Batch]:
    """Return the files at *positions* of a listing in batches."""
    batches: list[Batch] = []
    for position in positions:
        (size,) = listing.SIZE.unpack_from(found.rows[position])
        size = size if size <= SMALL else 0
        last = batches[-1] if batches else None
        if last is None or (
            last.size_bytes + size > BATCH_BYTES or len(last.positions) >= BATCH_FILES
        ):
            last = Batch(request, found, [], is_told)
            batches.append(last)
        last.positions.append(position)
        last.size_bytes += size
    return batches


class ReadAhead:
    """Reads batches; threads, once there are any, end with `close`.

    Args:
        open_folder: Returns a reader for the listing's directory; see `Run.open_folder`.
        key: The repository's digest key.
        packer: Compresses.
        seal: Seals what is packed; None: it is sent in clear.
        prove: Makes codes; None: entries have none.
    """

    def __init__(
        self,
        open_folder: Callable[[Range], FolderReader],
        key: bytes,
        packer: Packer,
        seal: Seal | None = None,
        prove: Prove | None = None,
    ) -> None:
        self._seal = seal
        self._prove = prove
        self._open_folder = open_folder
        self._key = key
        self._packer = packer
        self._waited = 0.0
        self._most = 0 if packer.codec in QUICK else READERS
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._threads: list[Thread] = []

    @property
    def readers(self) -> int:
        """How many threads there are."""
        return len(self._threads)

    def submit(self, batch: Batch) -> None:
        """Let *batch* be read: its answer comes in its own time, or when it is asked for."""
        if not self._most:
            batch.read_when_due(self._read)
            return
        for number in range(len(self._threads), self._most):
            thread = Thread(target=self._run, name=f"reader-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._batches.put(batch)

    def close(self) -> None:
        """End the threads once they have read what was submitted."""
        for _ in self._threads:
            self._batches.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                batch.answer(self._read(batch))
            except Exception as error:  # noqa: BLE001 - handed over to `Batch.results`
                batch.answer(error)

    def _read(self, batch: Batch) -> list[Result]:
        found, before = batch.found, None if self._most else Spent.now()
        try:
            reader = self._open_folder(found)
        except SourceError as error:
            return [error] * len(batch.positions)
        results: list[Result] = []
        is_plain = True
        try:
            for position in batch.positions:
                one = self._read_one(reader, found, position, batch.is_told)
                if type(one) is not Small or one.read.state or one.read.marks & CHANGED:
                    is_plain = False
                results.append(one)
        finally:
            reader.close()
        batch.is_plain = is_plain
        if before is not None:
            self._waited = max(0.0, self._waited + Spent.now().waited(before))
            if self._waited > SLOW:
                self._most = READERS
        return results

    def _read_one(self, reader: FolderReader, found: Range, position: int, is_told: bool) -> Result:
        row = found.rows[position]
        if listing.SIZE.unpack_from(row)[0] > SMALL:
            return None
        name = row[HEADER:]
        try:
            small = reader.read_small(name, row)
        except SourceError as error:
            return error
        if small is None:
            return None
        read, data = small
        looks = digest(self._key, data)
        mac = b"" if self._prove is None else self._prove(found, position, read, looks)
        if is_told:
            return Small(read, looks, 0, data, mac)
        codec, stored = self._packer.pack(name, data)
        if self._seal is not None:
            stored = self._seal(codec, read.size, looks, stored)
        return Small(read, looks, codec, stored, mac)
