"""Bytes that come in one order only, kept on disk for who wants them in any.

Each content is there once, whatever names and sets have it, and stays for the next one who
opens it, as long as there is room.  The files have no names, so nothing is left behind.
"""

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Final

from tardis.model import Content, StoreError
from tardis.streams import with_offsets

SPOOL_BYTES: Final = 4 << 30
"""What all of them may take together."""

_SHARE: Final = 2
"""One byte in so many of what is free may be taken."""


class Spooled:
    """A content on disk; see `model.Content`.

    Args:
        descriptor: Of its file.
        size: Plain bytes.
        turn: Held by whoever changes how many have it open.

    Attributes:
        users: How many have it open.
    """

    def __init__(self, descriptor: int, size: int, turn: Lock) -> None:
        self.size = size
        self._turn = turn
        self.users = 1
        self._descriptor = descriptor

    def read_at(self, offset: int, length: int) -> bytes:
        """See `model.Content.read_at`."""
        try:
            return os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise StoreError(f"a temporary file cannot be read: {error.strerror}") from error

    def chunks(self) -> Iterator[bytes]:
        """See `model.Content.chunks`; it was proved before."""
        offset = 0
        while part := self.read_at(offset, 1 << 20):
            yield part
            offset += len(part)

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """See `model.Content.pieces`."""
        return with_offsets(self.chunks())

    def close(self) -> None:
        """See `model.Content.close`; it stays on disk while there is room."""
        with self._turn:
            self.users -= 1

    def remove(self) -> None:
        """Give its room back."""
        os.close(self._descriptor)


class Spools:
    """Keeps contents by digest, up to *room* bytes of them, for several threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._turn = Lock()
        self._kept: OrderedDict[bytes, Spooled] = OrderedDict()
        self._is_ended = False

    def take(self, digest: bytes) -> Spooled | None:
        """Return what is kept of a content, for one more who closes it."""
        with self._turn:
            found = self._kept.get(digest)
            if found is not None:
                self._kept.move_to_end(digest)
                found.users += 1
            return found

    def put(self, digest: bytes, content: Content) -> Content:
        """Return what gives out *content* in any order; itself where there is no room for it.

        The caller sees to it that nobody puts the same meanwhile, and closes what is returned.

        Raises:
            IntegrityError: It is not what its digest says.
            TardisError: It cannot be read.
        """
        if isinstance(content, Spooled) or not self._reserve(content.size):
            return content
        made = None
        try:
            made = self._write(content)
        finally:
            if made is None:
                with self._turn:
                    self._taken -= content.size
        if made is None:
            return content
        content.close()
        with self._turn:
            self._kept[digest] = made
        return made

    def end(self) -> None:
        """Give all room back that nobody uses, and stop whoever writes."""
        with self._turn:
            self._is_ended = True
            self._shrink(0)

    def _reserve(self, size: int) -> bool:
        """Make room for so many bytes; return whether there is."""
        with self._turn:
            self._shrink(self._room - size)
            if self._is_ended or self._taken + size > self._room or size * _SHARE > _free():
                return False
            self._taken += size
            return True

    def _shrink(self, most: int) -> None:
        """Remove what nobody has open, the longest unused first, until *most* bytes are left."""
        for digest, one in list(self._kept.items()):
            if self._taken > most and not one.users:
                del self._kept[digest]
                one.remove()
                self._taken -= one.size

    def _write(self, content: Content) -> Spooled | None:
        """Return a copy of *content*; None if the disk does not take it."""
        try:
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed below
        except OSError:
            return None
        with file:
            for part in content.chunks():
                if self._is_ended:
                    raise StoreError("it is being unmounted")
                rest = memoryview(part)
                try:
                    while rest:
                        rest = rest[file.write(rest) :]
                except OSError:
                    return None
            return Spooled(os.dup(file.fileno()), content.size, self._turn)


def _free() -> int:
    found = os.statvfs(tempfile.gettempdir())
    return found.f_bavail * found.f_frsize
