"""Contents that are kept as deltas, read through their chain without a temporary file.

Each link knows which parts it takes from its delta and which from below, so any part of a
content is brought by asking down the chain for just that part.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Final, Protocol

from tardis.delta import parse_delta
from tardis.model import (
    SEGMENT,
    SMALL,
    Content,
    DeltaError,
    IntegrityError,
    RawStore,
    StoredContent,
)
from tardis.streams import expand, with_offsets

from .large import LargeContent
from .proved import iter_proved
from .records import Kind, parse_record

LONGEST: Final = 100
"""Deltas on top of each other at the most, whatever a catalog says."""


class Held(Content, Protocol):
    """A content of a store that is open.

    Attributes:
        codec: How it is compressed; of a delta what it stands on.
    """

    codec: int


class SmallContent:
    """A content that is in memory whole; see `model.Content`."""

    def __init__(self, plain: bytes, codec: int = 0) -> None:
        self._plain = plain
        self.size = len(plain)
        self.codec = codec

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        return self._plain[offset : offset + length]

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        yield self._plain

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        yield 0, self._plain

    def close(self) -> None:
        """See `model.Content.close`."""


class DeltaContent:
    """What a delta makes of its basis; see `model.Content`.

    Args:
        content: What the catalog says of it.
        delta: Read plain; closed with this.
        basis: Closed with this.
        key: The repository's digest key.

    Raises:
        IntegrityError: The delta is damaged, or does not belong to contents of these sizes.
    """

    def __init__(self, content: StoredContent, delta: Content, basis: Held, key: bytes) -> None:
        self.size = content.size
        self.codec = basis.codec
        self._digest = content.digest
        self._delta, self._basis, self._key = delta, basis, key
        self._going: Generator[bytes, None, None] | None = None
        try:
            self._patch = parse_delta(delta.read_at, delta.size, basis.size, content.size)
        except DeltaError as error:
            raise IntegrityError(str(error)) from error

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        try:
            return self._patch.read_at(offset, length, self._basis.read_at)
        except DeltaError as error:
            raise IntegrityError(str(error)) from error

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`."""
        parts = (self.read_at(offset, SEGMENT) for offset in range(0, self.size, SEGMENT))
        self._going = iter_proved(parts, self.size, self._key, self._digest)
        return self._going

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`; a delta makes no holes."""
        return with_offsets(self.chunks())

    def close(self) -> None:
        """See `model.Content.close`."""
        if self._going is not None:
            self._going.close()  # nobody reads the files any more
        self._delta.close()
        self._basis.close()


def links_of(
    content: StoredContent, lookup: Callable[[Sequence[int]], Mapping[int, StoredContent]]
) -> list[StoredContent]:
    """Return *content* and what it stands on, the whole copy last.

    Raises:
        IntegrityError: The chain is longer than it says, goes round, or ends nowhere; or a
            content with holes is in it.
    """
    found = [content]
    while found[-1].basis is not None:
        below = lookup([found[-1].basis]).get(found[-1].basis)
        if below is None or len(found) > min(content.chain, LONGEST):
            raise IntegrityError("a content's chain of deltas is corrupt")
        found.append(below)
    if len(found) > 1 and any(one.has_holes for one in found):
        raise IntegrityError("a delta stands on a content with holes, or makes one")
    return found


def open_delta(raw: RawStore, content: StoredContent, basis: StoredContent, key: bytes) -> Content:
    """Open the delta itself that *content* is kept as.

    Raises:
        IntegrityError: It is absent, or is another one.
    """
    if content.pack is None:
        file = raw.file(content.digest, content.place)
        return LargeContent(file, content, key, basis.digest)
    data = raw.record(content.pack, content.place, content.stored)
    record, payload = parse_record(data, content.pack, content.place, content.stored)
    wanted = (Kind.DELTA, content.digest, basis.digest)
    if (record.kind, record.digest, record.basis) != wanted or not 0 <= record.size <= SMALL:
        raise IntegrityError(f"pack {content.pack} holds another delta at {content.place}")
    return SmallContent(expand(record.codec, payload, record.size))


def open_chain(
    links: Sequence[StoredContent],
    open_whole: Callable[[StoredContent], Held],
    open_one: Callable[[StoredContent, StoredContent], Content],
    key: bytes,
) -> Held:
    """Open the first of *links*, see `links_of`.

    Args:
        links: What stands on what.
        open_whole: Opens a whole copy.
        open_one: Opens the delta of a content against its basis.
        key: The repository's digest key.

    Raises:
        IntegrityError: Something of the chain is damaged or gone.
    """
    opened: Held = open_whole(links[-1])
    for content, basis in zip(links[-2::-1], links[:0:-1], strict=True):
        held: list[Content] = [opened]
        try:
            delta = open_one(content, basis)
            held.append(delta)
            opened = DeltaContent(content, delta, opened, key)
        except IntegrityError:
            for one in held:
                one.close()
            raise
    return opened
