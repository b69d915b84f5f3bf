"""How bytes leave the server: written as they are, and those of files by the kernel alone."""

import os
import select
import socket
from collections.abc import Iterator
from typing import Final

from tardis.model import IntegrityError, RawFile
from tardis.store import DiskFile

_CHUNK: Final = 512 << 10
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


class FileBody:
    """A part of a stored file as the body of an answer; close it.

    Args:
        file: Closed with this.
        begin: First byte.
        end: Behind the last one.
    """

    def __init__(self, file: RawFile, begin: int, end: int) -> None:
        self._file = file
        self._begin, self._end = begin, end

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes.

        Raises:
            IntegrityError: They cannot be read, or there are fewer.
        """
        at = self._begin
        while at < self._end:
            data = self._file.read_at(min(_CHUNK, self._end - at), at)
            if not data:
                raise _cut_off()
            yield data
            at += len(data)

    def send(self, connection: socket.socket) -> int:
        """Let the kernel send the bytes, if it can; return how many it has sent.

        Nothing is sent where it cannot: then the bytes have to be written.

        Raises:
            IntegrityError: There are fewer.
            OSError: The other side is gone, or takes nothing for too long.
        """
        if not isinstance(self._file, DiskFile):
            return 0
        at = self._begin
        while at < self._end:
            count = min(_AT_ONCE, self._end - at)
            try:
                sent = os.sendfile(connection.fileno(), self._file.fileno(), at, count)
            except BlockingIOError:
                _await_room(connection)
                continue
            except OSError:
                if at > self._begin:
                    raise
                return 0
            if not sent:
                raise _cut_off()
            at += sent
        return at - self._begin

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        self._file.close()


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


def _cut_off() -> IntegrityError:
    return IntegrityError("a file became shorter while it was read")
