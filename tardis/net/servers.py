"""Listening sockets, each one a `socketserver` that gives every visit its own thread."""

import errno
import os
import socket
import stat
import sys
import time
from contextlib import suppress
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from typing import Any, Final

from tardis.model import LineLostError

from .address import show_address
from .transport import SocketTransport
from .visits import Visits

_BACKLOG: Final = 128
_PRIVATE: Final = 0o600
_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE: Final = 0.1


class Server(ThreadingMixIn, TCPServer):
    """A bound and listening socket; `handle_request` takes one visit, if one is waiting.

    Args:
        family: Of the address.
        address: As `socket.bind` takes it.
        visits: Told of all that comes and goes.
        reuse: Bind although old connections still hold the port.

    Attributes:
        place: The address, printable.

    Raises:
        OSError: It cannot be listened on.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = _BACKLOG

    def __init__(self, family: int, address: Any, visits: Visits, *, reuse: bool = False) -> None:
        self.address_family = family
        self.allow_reuse_address = reuse
        self.timeout = 0  # whoever knocked may be gone again
        self.place = ""
        self._visits = visits
        super().__init__(address, BaseRequestHandler, bind_and_activate=False)
        try:
            self.server_bind()
            self.server_activate()
            self.socket.setblocking(False)
        except OSError:
            self.socket.close()
            raise

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; wait a little when the system has run out of something."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._visits.on_error(error)
                time.sleep(_PAUSE)
            raise

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Count the visit, or turn it away when there are too many."""
        if self._visits.begin():
            return True
        self._visits.on_error(LineLostError(f"turned {client_address} away: too many visits"))
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the visit's thread."""
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads
            self._visits.finish()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Run the visit; this is its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._visits.finish()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Hand the connection to the handler."""
        self._visits.run(SocketTransport(request))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Hand what was raised to whoever wants to know."""
        error = sys.exception()
        if error is not None:
            self._visits.on_error(error)


class TcpServer(Server):
    """A TCP address; IPv6 ones take no IPv4 visits, so both may be bound to one port."""

    def server_bind(self) -> None:
        """Bind, and note what port it became."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()
        self.place = show_address(str(self.server_address[0]), self.server_address[1])


class UnixServer(Server):
    """A Unix socket that only its owner may connect to; its path goes with it.

    A path that a dead process left behind is replaced.
    """

    def __init__(self, path: str, visits: Visits) -> None:
        self._mark: tuple[int, int] | None = None
        super().__init__(socket.AF_UNIX, path, visits)

    def server_bind(self) -> None:
        """Bind; nobody can connect before the mode is right, for we do not listen yet."""
        self.place = str(self.server_address)
        _clear_stale(self.place)
        super().server_bind()
        os.chmod(self.place, _PRIVATE)
        self._mark = _identity(self.place)

    def server_close(self) -> None:
        """Close, and remove the path unless somebody else's socket is there now."""
        super().server_close()
        if self._mark is not None and _identity(self.place) == self._mark:
            with suppress(FileNotFoundError, PermissionError):
                # who made its directory may have removed both; or we are another user by now
                os.unlink(self.place)
        self._mark = None


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _clear_stale(path: str) -> None:
    """Remove a socket at *path* that nobody listens on; leave all else for `bind` to refuse."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return
    except OSError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        if probe.connect_ex(path) == errno.ECONNREFUSED:
            os.unlink(path)
