"""Deltas of large files, made by several threads: most of such a file is where it was.

As long as nothing has moved, the new content is cut as its basis was, and the strong sums of
its blocks, which several threads make, are compared with the signature.  What lies between
blocks that are the same is looked for in the whole basis by librsync, and so is all from
where nothing fits any more, until something has been found again.  The delta is as small as
one of librsync alone, and has its form.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Final

from .commands import Commands
from .librsync import Search, Spread, in_turn, strong_sums
from .patching import MAGIC, iter_parts
from .signatures import HEAD, MODERN, ROW, SUM, Style, block_size

_WINDOW: Final = 1 << 20
"""Bytes that are compared at once, and what may differ before something must have moved."""


def iter_matched(
    signature: bytes,
    size: int,
    chunks: Iterable[bytes],
    style: Style = MODERN,
    spread: Spread | None = None,
) -> Generator[bytes, None, None]:
    """Yield a delta that turns the basis into *chunks*, in pieces of some MiB at the most.

    Args:
        signature: Of the basis.
        size: Bytes of the basis.
        chunks: The new content, in pieces of any size.
        style: Which sums the signature has.
        spread: Lets several threads make the sums; None: they are made in turn.

    Raises:
        DeltaError: librsync is absent, or the signature is not one of such a basis.
    """
    with closing(Search(signature, size, style)) as search:
        matching = _Matching(search, signature, (block_size(size, style), style), chunks)
        yield MAGIC
        while matching.has_more():
            if matching.is_straight:
                yield from matching.go_straight(spread or in_turn)
            else:
                matching.look_around()
                yield matching.commands.taken()
        yield matching.commands.finished()


class _Stream:
    """The new content; what was taken of it can be given back."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._parts: deque[bytes | memoryview] = deque()

    def has_more(self) -> bool:
        if not self._parts:
            self._parts += filter(None, (next(self._chunks, b""),))
        return bool(self._parts)

    def take(self, size: int) -> bytes:
        """Return *size* bytes, fewer only at the end."""
        taken, have = [], 0
        while have < size and self.has_more():
            part = self._parts.popleft()
            if len(part) > size - have:
                whole = memoryview(part)
                part, rest = whole[: size - have], whole[size - have :]
                self._parts.appendleft(rest)
            taken.append(part)
            have += len(part)
        only = taken[0] if len(taken) == 1 else None
        return only if isinstance(only, bytes) else b"".join(taken)

    def give_back(self, *parts: bytes) -> None:
        self._parts.extendleft(part for part in reversed(parts) if part)


class _Matching:
    """What is known on the way through the new content.

    Attributes:
        commands: What was found.
        is_straight: What comes next was where it is, `_place` in the basis, as far as we know.
    """

    def __init__(
        self, search: Search, signature: bytes, form: tuple[int, Style], chunks: Iterable[bytes]
    ) -> None:
        self.commands = Commands()
        self.is_straight = True
        self._search = search
        self._signature = signature
        self._block, self._style = form
        self._window = self._block * max(1, _WINDOW // self._block)
        self._stream = _Stream(chunks)
        self._place = 0
        self._under_way: deque[bytes] = deque()
        self._odd: list[bytes] = []

    def has_more(self) -> bool:
        """Tell whether there is more of the new content."""
        return self._stream.has_more()

    def go_straight(self, spread: Spread) -> Iterator[bytes]:
        """Compare what comes with what was there, until too much is something else."""
        work = partial(strong_sums, block=self._block, style=self._style)
        with closing(spread(work, self._windows())) as found:
            for sums in found:
                self._compare(self._under_way.popleft(), sums)
                yield self.commands.taken()
                if len(self._odd) * self._block >= self._window:
                    break
        self._stream.give_back(*self._odd, *self._under_way)
        self._odd.clear()
        self._under_way.clear()
        self.is_straight = False

    def look_around(self) -> None:
        """Look for what comes next in the whole basis."""
        data = self._stream.take(self._window)
        parts = self._parts_of(data)
        is_last = len(data) < self._window
        left = 0 if is_last or parts[-1][0] >= 0 else min(parts[-1][1], self._block - 1)
        self._write(parts, data, left)  # a block of the basis may begin in what is left
        self._stream.give_back(data[len(data) - left :])
        place, count = parts[0]
        self._place = place + count
        rest = parts[1:]
        is_one = not rest or (len(rest) == 1 and rest[0][1] == left)
        self.is_straight = place >= 0 and is_one and not self._place % self._block

    def _windows(self) -> Iterator[bytes]:
        while window := self._stream.take(self._window):
            self._under_way.append(window)
            yield window

    def _compare(self, window: bytes, sums: bytes) -> None:
        """Write what is the same at the same place, and what differs before that."""
        block, signature = self._block, self._signature
        first = HEAD.size + self._place // block * ROW + ROW - SUM
        count, last = len(sums) // SUM, 0
        for number in range(count):
            at = first + number * ROW
            if sums[number * SUM : (number + 1) * SUM] == signature[at : at + SUM]:
                continue
            self._copy(window, last, number)
            self._odd.append(window[number * block : (number + 1) * block])
            last = number + 1
        self._copy(window, last, count)
        self._place += len(window)

    def _copy(self, window: bytes, first: int, behind: int) -> None:
        """Write that some blocks of *window* are where they were, and what differed before."""
        if first < behind:
            self._write_odd()
            begin = first * self._block
            count = min(behind * self._block, len(window)) - begin
            self.commands.copy(self._place + begin, count)

    def _write_odd(self) -> None:
        if self._odd:
            data = b"".join(self._odd)
            self._write(self._parts_of(data), data, 0)
            self._odd.clear()

    def _write(self, parts: list[tuple[int, int]], data: bytes, left: int) -> None:
        """Write the *parts* of *data* but for the *left* bytes at its end."""
        view, at = memoryview(data)[: len(data) - left], 0
        for place, count in parts:
            if place >= 0:
                self.commands.copy(place, count)
            else:
                self.commands.literal(view[at : at + count])
            at += count

    def _parts_of(self, data: bytes) -> list[tuple[int, int]]:
        """Return (place in the basis, or less than 0; bytes) of what librsync finds in *data*."""
        delta = b"".join(self._search.iter_delta((data,), len(data) + 64))
        parts: list[tuple[int, int]] = []
        for place, count in iter_parts(lambda at, size: delta[at : at + size], len(delta)):
            before, length = parts[-1] if parts else (-1, 0)
            if length and (before < 0) == (place < 0) and (place < 0 or before + length == place):
                parts[-1] = before, length + count
            else:
                parts.append((max(place, -1), count))
        return parts
