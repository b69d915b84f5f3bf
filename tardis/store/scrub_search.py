"""Looks for other bytes that are a damaged content: everything that proves itself counts.

Records that no row names, representations that wait to be removed, tails of packs, and a
content whose own header alone is damaged: a digest tells whether they are what is wanted.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from tardis.crypto import digest as content_digest
from tardis.model import SMALL, IntegrityError, StoredContent
from tardis.streams import compress, expand

from .classic_reading import ClassicContent
from .delta_uploads import segments
from .holed import HoledContent
from .large import LargeContent, SegmentFile
from .layout import Layout
from .records import GROUP_ALIGNMENT, HEADER, Kind, parse_header
from .scrub_files import iter_packs
from .scrub_window import Window

_WINDOW: Final = 256 << 10
_MOST_PLACES: Final = 64
"""Files of one digest that are looked at."""

Segment = tuple[int, int, bytes]
"""(codec, plain size, stored bytes)."""


class Spot(NamedTuple):
    """Where a record of a wanted content lies in a pack."""

    pack: int
    place: int
    codec: int
    size: int
    stored: int


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that have proved to be a content.

    Attributes:
        where: In words, safe to print.
        segments: Called for its segments, as they are stored anew.
    """

    where: str
    segments: Callable[[], Iterator[Segment]]


class Search:
    """Finds sources of contents whose representation is damaged.

    Args:
        layout: Of the store.
        key: See `crypto.content_key`.
        wanted: Digests of the small contents that will be asked for; packs are looked
            through once, and only if there are any.
        is_sealed: The store is encrypted: its digests are of what only a key can show, so
            no bytes prove themselves, and nothing is found.
    """

    def __init__(
        self, layout: Layout, key: bytes, wanted: set[bytes], *, is_sealed: bool = False
    ) -> None:
        self._layout = layout
        self._is_sealed = is_sealed
        self._key = key
        self._wanted = wanted
        self._spots: dict[bytes, list[Spot]] | None = None

    def find(self, content: StoredContent) -> Source | None:
        """Return bytes that are *content*, whole, or None when there are none."""
        if self._is_sealed:
            return None
        if self._layout.is_classic or content.size > SMALL:
            return self._find_file(content)
        return self._find_record(content)

    def _find_record(self, content: StoredContent) -> Source | None:
        for spot in self._candidates(content):
            with suppress(IntegrityError, OSError):
                data = self._payload(spot)
                plain = expand(spot.codec, data, content.size)
                if content_digest(self._key, plain) == content.digest:
                    segment = (spot.codec, content.size, data)
                    where = f"pack {spot.pack} at {spot.place}"
                    return Source(where, lambda segment=segment: iter([segment]))  # type: ignore[misc]
        return None

    def _candidates(self, content: StoredContent) -> Iterator[Spot]:
        """Yield its own place, whatever the header there says, then what looks like it."""
        if content.pack is not None and content.basis is None:
            yield Spot(content.pack, content.place, content.codec, content.size, content.stored)
        if self._spots is None:
            self._spots = self._look_through_packs()
        yield from self._spots.get(content.digest, ())

    def _payload(self, spot: Spot) -> bytes:
        with closing(Window(self._layout.pack(spot.pack), bytearray(_WINDOW))) as window:
            return bytes(window.at(spot.place + HEADER.size, spot.stored))

    def _look_through_packs(self) -> dict[bytes, list[Spot]]:
        """Return where whole copies of the wanted contents seem to lie."""
        found: dict[bytes, list[Spot]] = {}
        for number in iter_packs(self._layout):
            with suppress(OSError):
                for digest, spot in self._iter_records(number):
                    if digest in self._wanted:
                        found.setdefault(digest, []).append(spot)
        return found

    def _iter_records(self, number: int) -> Iterator[tuple[bytes, Spot]]:
        """Yield (digest, place) of all whole contents of a pack; damaged places are passed."""
        with closing(Window(self._layout.pack(number), bytearray(_WINDOW))) as window:
            place = 0
            while place + HEADER.size <= window.size:
                try:
                    record = parse_header(bytes(window.at(place, HEADER.size)))
                except IntegrityError:
                    place = (place // GROUP_ALIGNMENT + 1) * GROUP_ALIGNMENT
                    continue
                if record.kind == Kind.DATA and not record.flags:
                    spot = Spot(number, place, record.codec, record.size, record.stored)
                    yield record.digest, spot
                place += HEADER.size + record.stored

    def _find_file(self, content: StoredContent) -> Source | None:
        """Look at the content's own file, whatever its header says, and at those beside it."""
        places = [content.place, *(one for one in range(_MOST_PLACES) if one != content.place)]
        for place in places:
            path = self._layout.large(content.digest, place)
            if not os.path.lexists(path):
                continue
            is_own = place == content.place and content.basis is None
            with suppress(IntegrityError, OSError):
                fresh = self._row_of(path, content, is_own=is_own)
                self._prove(path, fresh)
                where = os.path.relpath(path, self._layout.directory)
                return Source(where, lambda path=path, fresh=fresh: self._segments(path, fresh))  # type: ignore[misc]
        return None

    def _row_of(self, path: str, content: StoredContent, *, is_own: bool) -> StoredContent:
        """Return *content* as a row of the file *path* would have it."""
        if is_own:
            return content
        if self._layout.is_classic:
            return content._replace(stored=os.stat(path).st_size, basis=None, chain=0)
        with open(path, "rb") as file:
            record = parse_header(file.read(HEADER.size))
        if record.kind != Kind.DATA:
            raise IntegrityError("only a whole copy can be taken")
        return content._replace(stored=record.stored, basis=None, chain=0)

    def _prove(self, path: str, content: StoredContent) -> None:
        for _ in self._segments(path, content):
            pass

    def _segments(self, path: str, content: StoredContent) -> Iterator[Segment]:
        """Yield a file's segments; at the end it is proved, or IntegrityError raised."""
        if self._layout.is_classic:
            with closing(ClassicContent(path, content, self._key)) as whole:
                for piece in whole.chunks():
                    yield 0, len(piece), piece
        elif content.has_holes:
            yield from self._holed_segments(path, content)
        else:
            with closing(LargeContent(headless(path, content), content, self._key)) as opened:
                yield from segments(opened.chunks(), opened.codec)

    def _holed_segments(self, path: str, content: StoredContent) -> Iterator[Segment]:
        with closing(HoledContent(headless(path, content), content, self._key)) as opened:
            for _ in opened.pieces():
                pass  # all is proved before anything is stored
        with closing(headless(path, content)) as file:
            for number in range(file.count):
                plain = file.holed_segment(number)
                yield file.codec, len(plain), compress(file.codec, plain)


def headless(path: str, content: StoredContent) -> SegmentFile:
    """Open the file of a content whose digest, not its header, tells whether it is one."""
    return SegmentFile(path, content, is_headless=True)
