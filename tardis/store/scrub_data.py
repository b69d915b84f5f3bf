"""Reads stored bytes and compares them with their digests, pack by pack and file by file.

Plain contents are expanded and digested as restoring would do it; deltas are put together
through their chains; of sealed bytes each piece has a checksum that needs no key.  The page
cache is told to let go first, so that what is compared is what the disk holds.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from tardis.crypto import check_piece, content_key
from tardis.crypto import digest as content_digest
from tardis.model import IntegrityError
from tardis.streams import Codec, expand, unpack

from .catalog import scrubbing
from .catalog.connection import connect_plain
from .catalog.scrubbing import Packed
from .classic_files import check_sealed
from .layout import Layout
from .reader import StoreReader
from .records import HEADER, Kind, pack_header, parse_header
from .scrub_window import Pace, Window, forget_cache
from .sealed import check_large

_WINDOW: Final = 4 << 20
"""Bytes of a pack that are in memory."""

_PACK, _FILES, _MANIFESTS = "pack", "files", "manifests"


class Unit(NamedTuple):
    """What one process reads at a time: a pack, or all large contents of one folder.

    Attributes:
        sort: ``pack``, ``files`` or ``manifests``.
        number: Of the pack; or the first byte of the digests; or 0.
        size: Stored bytes in it.
    """

    sort: str
    number: int
    size: int

    @property
    def name(self) -> str:
        """Its name in the state file."""
        return f"{self.sort} {self.number}"


class Read(NamedTuple):
    """What reading a unit showed.

    Attributes:
        bad: (content id, why) of what is not what it should be.
        whole: Ids of contents that are marked as damaged and are not.
        spare: Sentences about manifests.
    """

    size: int
    bad: list[tuple[int, str]]
    whole: list[int]
    spare: list[str]


def units(copy: Layout) -> list[Unit]:
    """Return all that can be read of a store, the largest first."""
    with closing(connect_plain(copy.database, "ro")) as db:
        found = [Unit(_PACK, number, size) for number, size in scrubbing.live_bytes(db)]
        found += [Unit(_FILES, number, size) for number, size in scrubbing.large_bytes(db)]
        manifests = sum(stored for _, _, stored in scrubbing.manifest_files(db))
        found += [Unit(_MANIFESTS, 0, manifests)] if manifests else []
    return sorted(found, key=lambda one: (-one.size, one.name))


@contextmanager
def begin_reading(
    copy: Layout, work: Sequence[Unit], rate: float
) -> Iterator[Callable[[int], Any]]:
    """Give what reads the n-th of *work*, at *rate* bytes a second at most, 0 for any."""
    with closing(_DataReader(copy, rate)) as reader:
        yield lambda number: tuple(reader.read(work[number]))


class _DataReader:
    """Reads units; one for each process."""

    def __init__(self, copy: Layout, rate: float) -> None:
        self._copy = copy
        self._db = connect_plain(copy.database, "ro")
        self._reader = StoreReader(copy)
        repository = self._reader.repository()
        self._key = content_key(repository.scheme, repository.digest_key)
        self._is_sealed = repository.is_sealed
        self._pace = Pace(rate)
        self._buffer = bytearray(_WINDOW)

    def read(self, unit: Unit) -> Read:
        """Read one unit."""
        done = Read(unit.size, [], [], [])
        if unit.sort == _PACK:
            self._read_pack(unit.number, done)
        elif unit.sort == _FILES:
            self._read_files(unit.number, done)
        else:
            self._read_manifest_files(done)
        return done

    def close(self) -> None:
        """Give up what is open."""
        self._reader.close()
        self._db.close()

    def _read_pack(self, number: int, done: Read) -> None:
        deltas: list[Packed] = []
        path = self._copy.pack(number)
        try:
            forget_cache(path)
            window = Window(path, self._buffer, self._pace)
        except OSError:
            return  # the look at the structure has told of it
        with closing(window):
            for one in scrubbing.iter_packed(self._db, number):
                if one[6] is not None and not self._is_sealed:
                    deltas.append(one)
                    continue
                self._judge(one[0], one[7], done, partial(self._prove, window, one))
            for manifest in scrubbing.manifests_in(self._db, number):
                self._read_manifest(window, manifest, number, done)
        for one in deltas:
            self._judge(one[0], one[7], done, partial(self._rebuild, one[0]))

    def _read_files(self, first: int, done: Read) -> None:
        for number, is_damaged, digest, place in scrubbing.large_in(self._db, first):
            forget_cache(self._copy.large(digest, place))
            self._judge(number, is_damaged, done, partial(self._rebuild, number))

    def _read_manifest_files(self, done: Read) -> None:
        for number, place, _ in scrubbing.manifest_files(self._db):
            path = self._copy.manifest(number, place)
            try:
                unpack(zlib.decompress(Path(path).read_bytes()))
            except (OSError, ValueError, zlib.error) as error:
                done.spare.append(f"a manifest of set {number} is damaged: {error}")

    def _judge(self, number: int, is_damaged: int, done: Read, prove: Callable[[], object]) -> None:
        """Note a content that is bad, or good though it is marked."""
        try:
            prove()
        except IntegrityError as error:
            if not is_damaged:
                done.bad.append((number, str(error)))
        else:
            if is_damaged:
                done.whole.append(number)

    def _prove(self, window: Window, one: Packed) -> None:
        """Compare the record of a whole content with its digest; a sealed one by its checksum."""
        _, digest, size, stored, codec, place, basis, _ = one
        data = window.at(place, HEADER.size + stored)
        if data[: HEADER.size] != pack_header(Kind.DATA, codec, size, digest, stored):
            record = parse_header(bytes(data[: HEADER.size]))
            kind = Kind.DATA if basis is None else Kind.DELTA
            if (record.kind, record.digest, record.basis) != (kind, digest, basis):
                raise IntegrityError("another record lies there")
        plain = bytes(data[HEADER.size :])
        if self._is_sealed:
            check_piece(plain)
            return
        if codec != Codec.NONE:
            plain = expand(codec, plain, size)
        if len(plain) != size or content_digest(self._key, plain) != digest:
            raise IntegrityError("stored bytes do not match their digest")

    def _rebuild(self, number: int) -> None:
        """Read a content as restoring does, through its chain."""
        content = self._reader.contents([number])[number]
        if content.cipher:
            path = self._copy.large(content.digest, content.place)
            below = self._reader.contents([content.basis] if content.basis else [])
            basis = below[content.basis].digest if content.basis else None
            if self._copy.is_classic:
                lengths = check_sealed(path, content.stored)
            else:
                lengths = check_large(path, content, basis)
            for length in lengths:
                self._pace.spend(length)
            return
        with closing(self._reader.open(content)) as opened:
            for _, piece in opened.pieces():
                self._pace.spend(len(piece))

    def _read_manifest(
        self, window: Window, manifest: tuple[int, int, int, int, int], pack: int, done: Read
    ) -> None:
        number, _, _, place, stored = manifest
        try:
            data = bytes(window.at(place, HEADER.size + stored))
            record = parse_header(data)
            unpack(expand(record.codec, data[HEADER.size :], record.size))
        except (IntegrityError, ValueError) as error:
            done.spare.append(f"pack {pack} has a damaged manifest of set {number}: {error}")
