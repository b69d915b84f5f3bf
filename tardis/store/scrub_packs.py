"""Looks whether every record is where the catalog says, by the headers alone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from tardis.crypto import KeysFile
from tardis.model import IntegrityError, StoredContent, StoreError
from tardis.render import counted

from .catalog.scrubbing import Packed
from .classic_reading import StreamFile
from .findings import Finding, Level
from .large import SegmentFile
from .layout import Layout
from .records import HEADER, Kind, pack_header, parse_header
from .scrub_window import Window

Manifest = tuple[int, int, int, int, int]
"""(set, is full, sequence, place, stored) of a manifest."""

_SHORT: Final = "the pack is cut off"
_WINDOW: Final = 256 << 10
"""Bytes that are read at once: for small records that is faster than header by header."""


class PackFacts(NamedTuple):
    """What the catalog says of a pack.

    Attributes:
        holds: ``contents`` or ``manifests``.
        length: Committed bytes.
    """

    number: int
    holds: str
    length: int


class PackCheck:
    """Looks at one pack.

    Args:
        layout: Of the store.
        pack: What the catalog says of it.
        repository: Id of the store, which its first record should repeat.
    """

    def __init__(self, layout: Layout, pack: PackFacts, repository: bytes) -> None:
        self.findings: list[Finding] = []
        self.records = 0
        self._pack = pack
        self._repository = repository
        self._path = layout.pack(pack.number)
        self._size = 0
        self._bad: dict[str, list[int]] = {}
        self._lost_manifests: dict[str, int] = Counter()
        self._known = 0

    def look(self, contents: Iterable[Packed], manifests: Sequence[Manifest]) -> None:
        """Compare the pack with the rows of what should lie in it, both by place."""
        try:
            window = Window(self._path, bytearray(_WINDOW))
        except OSError as error:
            self._all_lost(contents, manifests, error.strerror or str(error))
            return
        with closing(window):
            self._size = window.size
            self._look_at_head(window)
            self._look_at_contents(window, contents)
            for manifest in manifests:
                self._look_at_manifest(window, manifest)
        self._tell()

    def _look_at_head(self, window: Window) -> None:
        """Make sure that the keys are repeated at the head, where there is anything at all."""
        if not self._pack.length:
            return
        try:
            record = parse_header(bytes(window.at(0, HEADER.size)))
            text = bytes(window.at(HEADER.size, record.stored))
            found = KeysFile.parse(text, "").repository.id
            is_same = record.kind == Kind.KEYS and found == self._repository
        except StoreError:
            is_same = False
        if not is_same:
            self._find("pack-head", Level.NOTE, "does not begin with the keys, unlike others")

    def _look_at_contents(self, window: Window, contents: Iterable[Packed]) -> None:
        """Compare each header with the one that the row stands for; parse those that differ."""
        length, holds, data_kind = HEADER.size, window.holds, int(Kind.DATA)
        end = records = 0
        for one in contents:
            records += 1
            number, digest, size, stored, codec, place, _, is_damaged = one
            if is_damaged:
                self._known += 1
                continue
            header = pack_header(data_kind, codec, size, digest, stored)
            try:
                is_so = holds(place, header)
            except IntegrityError as error:
                self._spoilt(number, str(error))
                continue
            if not is_so:
                why = _difference(bytes(window.at(place, length)), one)
                if why:
                    self._spoilt(number, why)
                    continue
            if place < end:
                self._spoilt(number, "it overlaps the record before it")
                continue
            end = place + length + stored
            if end > self._size:
                self._spoilt(number, _SHORT)
        self.records += records

    def _look_at_manifest(self, window: Window, manifest: Manifest) -> None:
        number, _, _, place, stored = manifest
        self.records += 1
        digest = number.to_bytes(8, "big").ljust(32, b"\0")
        try:
            record = parse_header(bytes(window.at(place, HEADER.size)))
        except IntegrityError as error:
            self._lost_manifests[str(error)] += 1
            return
        if (record.kind, record.digest, record.stored) != (Kind.MANIFEST, digest, stored):
            self._lost_manifests["another record lies there"] += 1
        elif place + HEADER.size + stored > self._size:
            self._lost_manifests[_SHORT] += 1

    def _all_lost(
        self, contents: Iterable[Packed], manifests: Sequence[Manifest], why: str
    ) -> None:
        """Tell of a pack that cannot be opened."""
        lost = []
        for number, *_, is_damaged in contents:
            self.records += 1
            if is_damaged:
                self._known += 1
            else:
                lost.append(number)
        self.records += len(manifests)
        if lost:
            text = f"cannot be read ({why}) and held {counted(len(lost), 'content')}"
            self._find("pack-missing", Level.DAMAGE, text, lost)
        elif manifests:
            text = f"cannot be read ({why}) and held {counted(len(manifests), 'manifest')}"
            self._find("pack-missing", Level.SPARE, text)
        else:
            level = Level.KNOWN if self._known else Level.NOTE
            self._find("pack-missing", level, f"cannot be read ({why}), and nothing else needs it")

    def _spoilt(self, number: int, why: str) -> None:
        self._bad.setdefault(why, []).append(number)

    def _tell(self) -> None:
        """Sum up what was found."""
        for why, ids in self._bad.items():
            kind = "pack-cut" if why == _SHORT else "record"
            text = f"lacks {counted(len(ids), 'content')} that should lie there: {why}"
            self._find(kind, Level.DAMAGE, text, ids)
        for why, count in self._lost_manifests.items():
            text = f"lacks {counted(count, 'manifest')} that should lie there: {why}"
            self._find("manifest", Level.SPARE, text)
        if self._bad or self._lost_manifests:
            return
        if self._size < self._pack.length:
            level = Level.KNOWN if self._known else Level.NOTE
            text = f"is cut off: {self._size} of {self._pack.length} bytes are left"
            self._find("pack-cut", level, f"{text}, and hold all that is needed")
        elif self._size > self._pack.length:
            text = f"has {self._size - self._pack.length} bytes behind its end"
            self._find("pack-tail", Level.NOTE, f"{text} that a killed run left")

    def _find(self, kind: str, level: Level, text: str, ids: Sequence[int] = ()) -> None:
        number = self._pack.number
        self.findings.append(Finding(kind, level, f"pack {number} {text}", tuple(ids), number))


def _difference(header: bytes, one: Packed) -> str:
    """Return in what a header differs from its row, empty when in nothing that matters."""
    try:
        record = parse_header(header)
    except IntegrityError as error:
        return str(error)
    is_delta = one[6] is not None
    wanted = (Kind.DELTA if is_delta else Kind.DATA, one[1], one[3], one[6])
    if (record.kind, record.digest, record.stored, record.basis) != wanted:
        return "another record lies there"
    if not is_delta and (record.size, record.codec) != (one[2], one[4]):
        return "its header and the catalog differ"
    return ""


def look_at_large(layout: Layout, content: StoredContent, basis: bytes | None) -> str:
    """Return what is wrong with the file of a content, empty when nothing is."""
    path = layout.large(content.digest, content.place)
    try:
        if layout.is_classic:
            StreamFile(path, content.stored, content.codec, content.size).close()
        else:
            SegmentFile(path, content, basis).close()
    except IntegrityError as error:
        return str(error)
    return ""
