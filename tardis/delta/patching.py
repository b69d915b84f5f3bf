"""Applying a delta, in plain Python and within bounds, at any offset.

A delta is the magic number, then commands: copy from the basis, take literal bytes that
stand in the delta, end.  `parse_delta` walks over them once and notes where each part of
the new content comes from; `Patch` then brings any part of it.  Whatever a delta says, it
can neither reach outside its basis, nor stand for other than the declared size, nor have
far more commands than an honest one, nor hang.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final

from tardis.model import DeltaError

ReadAt = Callable[[int, int], bytes]
"""(offset, length) → that many bytes from there, fewer only at the end."""

MAGIC: Final = b"rs\x026"
END: Final = 0
LITERALS: Final = 0x40
"""Highest command that is a literal's length itself."""

LONG_LITERALS: Final = 0x41
COPIES: Final = 0x45
_BEHIND: Final = 0x55
WIDTHS: Final = (1, 2, 4, 8)

_WINDOW: Final = 64 << 10
_SPARE: Final = 64
_LEAST: Final = 512
"""Bytes that a command stands for, on average and at the least, beyond `_SPARE` of them."""


class Patch:
    """A content as parts of its basis and of a delta.

    Args:
        read_delta: Reads the delta.
        size: Bytes of the new content.
    """

    def __init__(self, read_delta: ReadAt, size: int) -> None:
        self.size = size
        self._read_delta = read_delta
        self._starts = array("Q")
        self._sources = array("q")
        self._have = 0

    @property
    def commands(self) -> int:
        """Tell of how many parts it consists."""
        return len(self._starts)

    def read_at(self, offset: int, length: int, read_basis: ReadAt) -> bytes:
        """Return up to *length* bytes from *offset*; empty at the end.

        Raises:
            DeltaError: Basis or delta are shorter than they were.
        """
        end = min(offset + length, self.size)
        starts, parts = self._starts, []
        number = bisect_right(starts, offset) - 1
        while offset < end:
            behind = starts[number + 1] if number + 1 < len(starts) else self.size
            source, wanted = self._sources[number], min(behind, end) - offset
            skipped = offset - starts[number]
            if source >= 0:
                part = read_basis(source + skipped, wanted)
            else:
                part = self._read_delta(~source + skipped, wanted)
            if len(part) != wanted:
                raise DeltaError("a delta or its basis is cut off")
            parts.append(part)
            offset += wanted
            number += 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def add(self, source: int, length: int) -> None:
        """Let the next *length* bytes come from *source*; below 0: ``~source`` in the delta.

        Raises:
            DeltaError: They are too many, or there are too many parts.
        """
        if not 0 < length <= self.size - self._have:
            raise DeltaError("a delta stands for more than its size, or copies nothing")
        is_next = self._starts and self._sources[-1] + self._have - self._starts[-1] == source
        if not (is_next and source > 0 and self._sources[-1] >= 0):
            if len(self._starts) >= self.size // _LEAST + _SPARE:
                raise DeltaError("a delta has far more commands than it needs")
            self._starts.append(self._have)
            self._sources.append(source)
        self._have += length

    def finish(self) -> None:
        """Make sure that nothing is missing.

        Raises:
            DeltaError: It stands for less than its size.
        """
        if self._have != self.size:
            raise DeltaError(f"a delta stands for {self._have} bytes, not for {self.size}")


def parse_delta(read_delta: ReadAt, length: int, basis_size: int, size: int) -> Patch:
    """Return what the delta makes of its basis.

    Args:
        read_delta: Reads the delta; kept for the literals.
        length: Bytes of the delta.
        basis_size: Bytes of the basis.
        size: Bytes of the new content.

    Raises:
        DeltaError: It is no delta, or not one between contents of these sizes.
    """
    patch = Patch(read_delta, size)
    for place, count in iter_parts(read_delta, length):
        if place >= 0 and place + count > basis_size:
            raise DeltaError("a delta copies from beyond its basis")
        patch.add(place, count)
    patch.finish()
    return patch


def made_size(read_delta: ReadAt, length: int) -> int:
    """Return the bytes of the content that a delta of *length* bytes makes.

    Raises:
        DeltaError: It is no delta.
    """
    return sum(count for _, count in iter_parts(read_delta, length))


def iter_parts(read_delta: ReadAt, length: int) -> Iterator[tuple[int, int]]:
    """Yield (place in the basis, or ``~place`` in the delta; bytes) of every command.

    Raises:
        DeltaError: It is no delta.
    """
    source = _Source(read_delta, length)
    if source.take(len(MAGIC)) != MAGIC:
        raise DeltaError("a delta does not begin like one")
    while (command := source.number(1)) != END:
        if command < COPIES:
            count = command
            if command > LITERALS:
                count = source.number(WIDTHS[command - LONG_LITERALS])
            yield ~source.place, count
            source.skip(count)
        elif command < _BEHIND:
            first, second = divmod(command - COPIES, len(WIDTHS))
            yield source.number(WIDTHS[first]), source.number(WIDTHS[second])
        else:
            raise DeltaError(f"a delta has an unknown command {command}")
    if source.place != length:
        raise DeltaError("a delta goes on behind its end")


class _Source:
    """Reads a delta from its beginning, passing over literals."""

    def __init__(self, read_delta: ReadAt, length: int) -> None:
        self._read = read_delta
        self._length = length
        self._window, self._first = b"", 0
        self.place = 0

    def take(self, count: int) -> bytes:
        inside = self.place - self._first
        found = self._window[inside : inside + count] if inside >= 0 else b""
        if len(found) < count:
            left = self._length - self.place
            self._window, self._first = self._read(self.place, min(_WINDOW, left)), self.place
            found = self._window[:count]
            if len(found) < count:
                raise DeltaError("a delta is cut off")
        self.place += count
        return found

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def skip(self, count: int) -> None:
        if count > self._length - self.place:
            raise DeltaError("a literal of a delta is cut off")
        self.place += count
