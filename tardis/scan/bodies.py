"""What is read of a large file, digested on the way: all of it, or all but its holes."""

from collections.abc import Callable, Iterator

from tardis.crypto import Digester, HoledDigester, is_modern

from .holes import find_extents, iter_filled, iter_sections, size_reached
from .reading import Open, iter_segments, kept_still

Advance = Callable[[int], None]
"""Hears how many plain bytes were read, or passed over as a hole."""


class Body:
    """The bytes of an open file, digested on the way.

    Args:
        file: Read once.
        key: See `crypto.content_key`; in the classic scheme segments have zeros for holes.
        advance: Hears how far it is.

    Attributes:
        has_holes: It is a file with holes.
        size: Plain bytes so far.
        data_bytes: Of these in no hole.

    Raises:
        OSError: It cannot be said where its holes are.
    """

    def __init__(self, file: Open, key: bytes, advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self._extents = find_extents(file)
        self.has_holes = self._extents is not None
        self.size = self.data_bytes = 0
        self.digest = b""
        self._state: Digester | HoledDigester = (
            HoledDigester(key) if self.has_holes and is_modern(key) else Digester(key)
        )

    def segments(self) -> Iterator[bytes]:
        """Yield all segments; afterwards *size* and *digest* are known.

        Raises:
            OSError: The bytes cannot be read.
        """
        state = self._state
        if isinstance(state, HoledDigester):
            yield from self._sections(state)
            return
        for data, data_bytes, end in self._plain():
            state.update(data)
            self._note(end, data_bytes)
            yield data
        self.digest = state.digest()

    def so_far(self) -> bytes:
        """Return the 32 bytes that stand for the segments so far, as `UploadHeld` has them."""
        state = self._state
        return state.so_far() if isinstance(state, HoledDigester) else state.digest()

    def kept_still(self) -> bool:
        """Tell whether the file, read to its end, is as it was before its first byte."""
        return kept_still(self._file, self.size)

    def _plain(self) -> Iterator[tuple[bytes, int, int]]:
        if self._extents is not None:
            yield from iter_filled(self._file, self._extents)
            return
        end = 0
        for data in iter_segments(self._file):
            end += len(data)
            yield data, len(data), end

    def _sections(self, state: HoledDigester) -> Iterator[bytes]:
        for packed, data_bytes, end in iter_sections(self._file, self._extents or ()):
            state.update(packed)
            self._note(end, data_bytes)
            yield packed
        self._note(size_reached(self._file, self.size), 0)
        self.digest = state.digest(self.size)

    def _note(self, size: int, data_bytes: int) -> None:
        self._advance(size - self.size)
        self.size = size
        self.data_bytes += data_bytes
