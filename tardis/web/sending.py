"""How bytes leave the server: written as they are, and those of files by the kernel alone."""

import os
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from tardis.model import IntegrityError, RawFile
from tardis.store import DiskFile

_CHUNK: Final = 512 << 10
_PAGE: Final = 4 << 10
_AT_ONCE: Final = 8 << 20
"""Bytes that the kernel is asked to send in one call."""


class SocketWriter:
    """Takes the place of cheroot's writer, which copies what it writes three times.

    Args:
        connection: With a timeout, which is that of each step, not of all that is written.

    Attributes:
        bytes_written: So far.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.bytes_written = 0

    def write(self, data: bytes) -> int:
        """Send all of *data*.

        Raises:
            OSError: The other side is gone, or takes nothing for too long.
        """
        view = memoryview(data)
        while view:
            view = view[self._connection.send(view) :]
        self.bytes_written += len(data)
        return len(data)

    def write_file(self, file: RawFile, begin: int, end: int) -> int:
        """Let the kernel send a part of *file*, as far as it can; return where it stopped.

        What is left has to be written.

        Raises:
            TimeoutError: The other side takes nothing for too long.
        """
        at = begin
        while at < end and isinstance(file, DiskFile):
            count = min(_AT_ONCE, end - at)
            try:
                sent = os.sendfile(self._connection.fileno(), file.fileno(), at, count)
            except BlockingIOError:
                _await_room(self._connection)
                continue
            except OSError:  # the file's or the line's: who writes the rest will see
                break
            if not sent:
                break
            at += sent
        self.bytes_written += at - begin
        return at


class Span(NamedTuple):
    """A part of a stored file.

    Attributes:
        open: Opens the file when its turn has come; IntegrityError when it cannot.
        begin: First byte.
        end: Behind the last one.
    """

    open: Callable[[], RawFile]
    begin: int
    end: int


class StoredBody:
    """Bytes, and parts of stored files, one after the other as the body of an answer; close it.

    Its length has been told before any of it leaves.  What cannot be read then is told as
    zeros: who asked proves all that is stored, finds damage there, and nowhere else.

    Args:
        parts: In their order.
        release: Called when the body is not needed any more, once or more often.

    Attributes:
        length: Bytes of all.
    """

    def __init__(
        self, parts: Sequence[bytes | Span], release: Callable[[], object] = lambda: None
    ) -> None:
        self._parts = parts
        self._release = release
        self.length = sum(
            one.end - one.begin if isinstance(one, Span) else len(one) for one in parts
        )

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes."""
        for part in self._parts:
            if isinstance(part, Span):
                with closing(_opened(part)) as file:
                    yield from _rest(file, part.begin, part.end)
            else:
                yield part

    def send(self, writer: SocketWriter) -> None:
        """Send all by the kernel alone, as far as it can.

        Raises:
            OSError: The other side is gone, or takes nothing for too long.
        """
        for part in self._parts:
            if isinstance(part, Span):
                with closing(_opened(part)) as file:
                    at = writer.write_file(file, part.begin, part.end)
                    for data in _rest(file, at, part.end):
                        writer.write(data)
            else:
                writer.write(part)

    def close(self) -> None:
        """Let go of what the bytes come from; harmless when repeated."""
        self._release()


class _Gone:
    """Takes the place of a file that cannot be opened."""

    name = "a file that is gone"

    def length(self) -> int:
        return 0

    def read_at(self, length: int, offset: int) -> bytes:
        return b""

    def close(self) -> None:
        pass


def _opened(span: Span) -> RawFile:
    try:
        return span.open()
    except IntegrityError:
        return _Gone()


def _rest(file: RawFile, begin: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a part of *file*; those that cannot be read as zeros."""
    at = begin
    while at < end:
        data = _read(file, min(_CHUNK, end - at), at)
        yield data
        at += len(data)


def _read(file: RawFile, count: int, at: int) -> bytes:
    """Return 1 to *count* bytes: what cannot be read is zeros, of as few pages as can be."""
    try:
        return file.read_at(count, at) or bytes(count)
    except IntegrityError:
        here = _PAGE - at % _PAGE
        if count <= here:
            return bytes(count)
    return _read(file, here, at)


def _await_room(connection: socket.socket) -> None:
    """Wait until *connection* takes more.

    Raises:
        TimeoutError: It does not for as long as its timeout.
    """
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    seconds = connection.gettimeout()
    if not poll.poll(None if seconds is None else seconds * 1000):
        raise TimeoutError("timed out")
