"""The HTTP server: threads, TLS, any number of addresses; the plug of cheroot."""

import errno
import os
import select
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import flask
from cheroot import errors, wsgi
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter

from tardis.model import ConfigError
from tardis.server import Log

from .options import BODY_BYTES, HEADER_BYTES
from .sending import SocketWriter, StoredBody

THREADS: Final = 32
"""Requests that are answered at the same time, on each address."""

_IDLE_CONNECTIONS: Final = 200
_BACKLOG: Final = 128
_SECONDS: Final = 30
_WARNING: Final = 30
_TICK: Final = 1.0
_LOOPBACK: Final = frozenset(("127.0.0.1", "::1"))
_NO_IPV6: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class WebServer:
    """Serves one application; all addresses are bound when it is made.

    Args:
        app: See `app.make_app`.
        binds: (host, port) of each address, port 0 for any free one.
        tls: Files with certificate and key; None: in clear.
        log: Hears of trouble with connections; for any thread.

    Raises:
        ConfigError: An address cannot be listened on, or the files cannot be used.
    """

    def __init__(
        self,
        app: flask.Flask,
        binds: Sequence[tuple[str, int]],
        tls: tuple[str, str] | None,
        log: Log,
    ) -> None:
        self._is_stopping = False
        self._servers: list[_Server] = []
        self._threads: list[threading.Thread] = []
        sockets: list[socket.socket] = []
        try:
            adapter = _Tls(*tls) if tls else None
            sockets += _bound(binds)
        except (OSError, ssl.SSLError) as error:
            for one in sockets:
                one.close()
            raise ConfigError(f"cannot use {' and '.join(tls or ())}: {error}") from error
        self._servers = [_Server(one, app.wsgi_app, adapter, log) for one in sockets]
        self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def ports(self) -> list[tuple[str, int]]:
        """(host, port) of what is listened on."""
        return [one.where for one in self._servers]

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is listened on, as ``127.0.0.1:7430``."""
        return tuple(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.ports
        )

    def serve(
        self,
        started: Callable[[], None] = lambda: None,
        tick: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Answer requests until `stop`, then let running ones end, for some seconds.

        Args:
            started: Called once requests are answered.
            tick: Called now and after each `wake`; returns the seconds until it wants to be
                called again, None for never.
        """
        try:
            for one in self._servers:
                one.prepare()
                thread = threading.Thread(target=one.serve, name=f"http {one.where}")
                thread.start()
                self._threads.append(thread)
            started()
            while not self._is_stopping:
                self._doze(tick())
        finally:
            for one in self._servers:
                one.stop()
            for thread in self._threads:
                thread.join()
            self.close()

    def renew_tls(self, certificate: str, key: str) -> None:
        """Show another certificate to those who come from now on, if there was one at all.

        Raises:
            ConfigError: The files cannot be used; the old ones stay.
        """
        for one in self._servers:
            if one.ssl_adapter is not None:
                try:
                    one.ssl_adapter.renew(certificate, key)
                except (OSError, ssl.SSLError) as error:
                    raise ConfigError(f"cannot use {certificate} and {key}: {error}") from error

    def stop(self) -> None:
        """Let `serve` return, now or as soon as it is called; for signal handlers too."""
        self._is_stopping = True
        self.wake()

    def wake(self) -> None:
        """Let `serve` call its tick; takes no lock, so that signal handlers may call it."""
        with suppress(OSError):  # it is full of other calls, or all is over
            os.write(self._bell[1], b"!")

    def close(self) -> None:
        """Free the addresses, also where they were never served; harmless when repeated."""
        for one in self._servers:
            one.close()
        bells, self._bell = self._bell, (-1, -1)
        for bell in bells:
            with suppress(OSError):
                os.close(bell)

    def _doze(self, seconds: float | None) -> None:
        """Wait for a call of `wake`, and no longer than that."""
        bell = select.poll()  # select itself knows no descriptor from 1024 on
        bell.register(self._bell[0], select.POLLIN)
        wait = None if seconds is None else max(0, round(seconds * 1000))
        if not self._is_stopping and bell.poll(wait):
            os.read(self._bell[0], 4096)


class _Connection(HTTPConnection):
    """cheroot's connection with a writer of ours."""

    def __init__(self, server: "_Server", sock: socket.socket, makefile: Any) -> None:
        super().__init__(server, sock, makefile)
        self.wfile = SocketWriter(sock)


class _Gateway(wsgi.Gateway_10):
    """cheroot's way from a request to the application, with files sent by the kernel."""

    def respond(self) -> None:
        """Answer the request."""
        answer = self.req.server.wsgi_app(self.env, self.start_response)
        try:
            # TLS has to see every byte
            if isinstance(answer, StoredBody) and self.req.server.ssl_adapter is None:
                self.req.ensure_headers_sent()
                answer.send(self.req.conn.wfile)
            else:
                for part in filter(None, answer):
                    self.write(part)
        finally:
            self.req.ensure_headers_sent()
            if hasattr(answer, "close"):
                answer.close()


class _Server(wsgi.Server):
    """cheroot's server on a socket of ours."""

    ConnectionClass = _Connection
    version = "tardisremote"
    max_request_header_size = HEADER_BYTES
    max_request_body_size = 2 * BODY_BYTES  # Flask, which answers in JSON, says no before
    keep_alive_conn_limit = _IDLE_CONNECTIONS
    expiration_interval = 0.2

    def __init__(self, bound: socket.socket, app: Any, adapter: "_Tls | None", log: Log) -> None:
        self.where: tuple[str, int] = bound.getsockname()[:2]
        super().__init__(
            self.where,
            app,
            numthreads=THREADS,
            server_name="tardisremote",
            request_queue_size=_BACKLOG,
            timeout=_SECONDS,
        )
        self.software = self.version
        self.ssl_adapter = adapter
        self.gateway = _Gateway
        self._bound = bound
        self._log = log

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:
        """Take the socket that was bound when we were made."""
        self.socket = self._bound
        return self._bound

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Pass on what matters; that connections come and go does not."""
        is_theirs = isinstance(sys.exc_info()[1], ssl.SSLError | ConnectionError | TimeoutError)
        if level >= _WARNING and not is_theirs:
            self._log(f"http: {msg}" + (_chain() if traceback else ""), is_trouble=True)

    def close(self) -> None:
        """Free the address, also where it was never served."""
        self._bound.close()


def _chain() -> str:
    return f"\n{traceback.format_exc()}" if sys.exc_info()[0] else ""


class _Tls(BuiltinSSLAdapter):
    """TLS whose handshake is done by the thread that serves the connection.

    cheroot does it where connections are accepted: one client that says nothing would keep
    all others waiting.
    """

    def __init__(self, certificate: str, key: str) -> None:
        super().__init__(certificate, key)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def renew(self, certificate: str, key: str) -> None:
        """Use other files from now on."""
        self.context.load_cert_chain(certificate, key)

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """Return *sock* with TLS on it, and what the application is told of that."""
        try:
            secured = self.context.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False
            )
        except OSError as error:  # it hung up meanwhile
            raise errors.FatalSSLAlert(*error.args) from error
        return secured, {"wsgi.url_scheme": "https", "HTTPS": "on"}


def _bound(binds: Sequence[tuple[str, int]]) -> list[socket.socket]:
    """Return a socket for each address; of the defaults, one that there is not is left out."""
    found: list[socket.socket] = []
    is_default = {host for host, _ in binds} == _LOOPBACK
    chosen = 0
    for host, port in binds:
        try:
            found.append(_one(host, port or chosen))
        except OSError as error:
            if is_default and found and error.errno in _NO_IPV6:
                continue
            for one in found:
                one.close()
            raise ConfigError(
                f"cannot listen on {host} port {port}: {error.strerror or error}"
            ) from error
        chosen = chosen or (0 if port else int(found[-1].getsockname()[1]))
    return found


def _one(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, proto)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # What is accepted inherits it.  An answer is written in parts: else each would wait
        # until the other side has acknowledged the one before, which it puts off.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made
