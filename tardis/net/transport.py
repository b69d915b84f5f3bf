"""Bytes to and from a peer: TCP and Unix sockets behind one small interface."""

import fcntl
import os
import socket
import struct
import time
from collections.abc import Sequence
from threading import RLock
from typing import Any, Final, Protocol

from tardis.model import LineLostError

from .address import show_address

BUFFER: Final = 4 << 20
"""Bytes a Unix socket may hold on their way; the kernel may grant less.

TCP is left to the kernel, which widens its buffers as needed; a size set by hand would
end that, and could be less.
"""

LINGER: Final = 2.0
"""Seconds that `close` waits for a peer that does not read."""

KEEP_IDLE: Final = 60
"""Seconds without traffic before the kernel asks whether the other machine is there."""

_GLANCE: Final = 0.005
_JOINED: Final = 16 << 10
"""Bytes up to which a frame is written in one piece."""

_PARTS_MAX: Final = 1024
"""What the kernel takes with one call."""

_PATH_MAX: Final = 107
_SIOCOUTQNSD: Final = 0x894B
"""Asks for the bytes not yet sent; see linux/sockios.h."""

_QUEUED = struct.Struct("i")
_CHECK: Final = "check that tardisd runs there"


class Transport(Protocol):
    """A two-way stream of bytes.

    One thread may read while another writes; any thread may close.

    Attributes:
        peer: Who is at the other end, printable: ``127.0.0.1:50312`` or ``unix``.
        is_local: The peer runs on this machine: loopback address or Unix socket.
        binding: What tells this secured line from any other, for a login to be bound to;
            empty where nothing is encrypted.
    """

    peer: str
    is_local: bool
    binding: bytes

    def read(self, limit: int) -> bytes:
        """Return what has arrived, 1 to *limit* bytes, waiting for the first; b"" at the end.

        Raises:
            LineLostError: The connection broke.
        """
        ...

    def write(self, *parts: bytes | memoryview) -> None:
        """Write all of *parts*, one after another, waiting as long as it takes.

        Raises:
            LineLostError: The connection broke or was closed; part may have been sent.
        """
        ...

    def read_into(self, buffer: memoryview) -> int:
        """Put what has arrived into *buffer*; return how many bytes, 0 at the end.

        Raises:
            LineLostError: The connection broke.
        """
        ...

    def close(self) -> None:
        """End both directions and wake whoever reads or writes; harmless when repeated."""
        ...


class SocketTransport:
    """A connected stream socket, which it closes in the end.

    Args:
        connection: A TCP or Unix stream socket without a timeout.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reading, self._writing, self._ending = RLock(), RLock(), RLock()
        self._is_closed = False
        self.binding = b""
        self.peer, self.is_local = _tell(connection)
        _tune(connection)

    def read(self, limit: int) -> bytes:
        """Return what has arrived, 1 to *limit* bytes; b"" at the end or once closed."""
        with self._reading:
            if self._is_closed:
                return b""
            try:
                return self._socket.recv(limit)
            except OSError as error:
                if self._is_closed:
                    return b""
                raise self._lost(error) from error

    def read_into(self, buffer: memoryview) -> int:
        """Put what has arrived into *buffer*; return how many bytes, 0 at the end."""
        with self._reading:
            if self._is_closed:
                return 0
            try:
                return self._socket.recv_into(buffer)
            except OSError as error:
                if self._is_closed:
                    return 0
                raise self._lost(error) from error

    def write(self, *parts: bytes | memoryview) -> None:
        """Write all of *parts*, many of them with one call to the kernel."""
        with self._writing:
            if self._is_closed:
                raise LineLostError(f"the line to {self.peer} is closed")
            try:
                if len(parts) == 1 or sum(map(len, parts)) < _JOINED:
                    self._socket.sendall(b"".join(parts))
                else:
                    self._send(parts)
            except OSError as error:
                raise self._lost(error) from error

    def _send(self, parts: Sequence[bytes | memoryview]) -> None:
        for first in range(0, len(parts), _PARTS_MAX):
            some = parts[first : first + _PARTS_MAX]
            sent = self._socket.sendmsg(some)
            for part in some:  # of which the kernel may take a beginning
                if sent < len(part):
                    self._socket.sendall(memoryview(part)[sent:])
                sent = max(0, sent - len(part))

    def close(self) -> None:
        """End both directions, the writing one first so that the last words arrive.

        Takes up to `LINGER` seconds when the peer does not read.  Closing with bytes
        unread would reset a TCP connection and drop what still waits to be sent.
        """
        with self._ending:
            if self._is_closed:
                return
            if self._shut(socket.SHUT_WR):
                self._await_delivery()
            self._is_closed = True
            self._shut(socket.SHUT_RDWR)
            self._close_unused()

    def _close_unused(self) -> None:
        """Close the descriptor when nobody uses it: its number may be given out again."""
        if not self._reading.acquire(timeout=LINGER):
            return
        try:
            if self._writing.acquire(timeout=LINGER):
                self._socket.close()
                self._writing.release()
        finally:
            self._reading.release()

    def _shut(self, way: int) -> bool:
        """End one or both directions; False when the peer was faster."""
        try:
            self._socket.shutdown(way)
        except OSError:
            return False
        return True

    def _await_delivery(self) -> None:
        end = time.monotonic() + LINGER
        while self._unsent() and time.monotonic() < end:
            time.sleep(_GLANCE)

    def _unsent(self) -> int:
        """Return how many written bytes wait because the peer does not read."""
        if self._socket.family == socket.AF_UNIX:
            return 0  # what was written is in the peer's queue already
        try:
            queued = fcntl.ioctl(self._socket, _SIOCOUTQNSD, bytes(_QUEUED.size))
        except (OSError, ValueError):
            return 0
        return int(_QUEUED.unpack(queued)[0])

    def _lost(self, error: OSError) -> LineLostError:
        return LineLostError(f"the line to {self.peer} was cut: {reason(error)}")


def memory_pair() -> tuple[Transport, Transport]:
    """Return the two ends of a line within this process."""
    one, other = socket.socketpair()
    return SocketTransport(one), SocketTransport(other)


def dial_tcp(host: str, port: int, timeout: float) -> Transport:
    """Connect to *host*, trying each of its addresses until one answers.

    Args:
        host: A name or an IPv4 or IPv6 address.
        port: Where tardisd listens.
        timeout: Seconds for each address.

    Raises:
        LineLostError: The name is unknown, or no address answered.
    """
    place = show_address(host, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unreachable(place, error) from error
    failure: OSError = OSError(0, "it has no address")
    for family, _, _, _, address in found:
        try:
            return SocketTransport(_connect(family, address, timeout))
        except OSError as error:
            failure = error
    raise _unreachable(place, failure) from failure


def dial_unix(path: str, timeout: float) -> Transport:
    """Connect to the Unix socket at *path* within *timeout* seconds.

    Raises:
        LineLostError: Nobody listens there.
    """
    try:
        return SocketTransport(_connect(socket.AF_UNIX, path, timeout))
    except OSError as error:
        raise _unreachable(path, error) from error


def reason(error: Exception) -> str:
    """Return why the operating system refused, in its words."""
    words = getattr(error, "strerror", None)
    return str(words or error)


def _unreachable(place: str, error: Exception) -> LineLostError:
    return LineLostError(f"cannot reach {place}: {reason(error)}", hint=_CHECK)


def _connect(family: int, address: Any, timeout: float) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(address)
        connection.settimeout(None)
    except OSError:
        connection.close()
        raise
    return connection


def _tell(connection: socket.socket) -> tuple[str, bool]:
    """Return the peer's printable name and whether it is on this machine."""
    if connection.family == socket.AF_UNIX:
        return "unix", True
    try:
        host, port = connection.getpeername()[:2]
    except OSError:
        return "a peer that left", False
    plain = host.removeprefix("::ffff:")
    return show_address(host, port), plain.startswith("127.") or plain == "::1"


def _tune(connection: socket.socket) -> None:
    """Ask for what suits long streams of frames; a kernel that refuses is no trouble."""
    if connection.family == socket.AF_UNIX:
        _try_option(connection, socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        return
    _try_option(connection, socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _try_option(connection, socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    _try_option(connection, socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_IDLE)


def _try_option(connection: socket.socket, level: int, option: int, value: int) -> None:
    try:
        connection.setsockopt(level, option, value)
    except OSError:
        return


def is_socket_path(path: str) -> bool:
    """Tell whether *path* is short enough for a Unix socket."""
    return len(os.fsencode(path)) <= _PATH_MAX
