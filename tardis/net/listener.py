"""Where clients knock: TCP addresses or one Unix socket, a thread for each visit."""

import errno
import os
import select
import selectors
import socket
import stat
from collections.abc import Callable, Sequence
from typing import Final

from tardis.model import ConfigError

from .address import show_address
from .servers import Server, TcpServer, UnixServer
from .transport import Transport, reason
from .visits import OnError, Visits

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
"""Hosts of the default binds; a machine without IPv6 does with the first."""

GRACE: Final = 10.0
"""Seconds that running visits have to wind up once the listener stops."""

_STANDARD_ERROR: Final = 2
_NO_IPV6: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def _ignore(_error: BaseException) -> None:
    """Hear of an error and do nothing."""


def _nothing_else() -> float | None:
    """Have nothing to do beside listening."""
    return None


class Listener:
    """Listens, and runs a handler in a thread of its own for each visit.

    All addresses are bound when it is made.

    Args:
        binds: (host, port) of each TCP address, port 0 for any free one; or the path of
            a Unix socket, made for its owner only and removed in the end.
        handle: Called with each visit's transport, which is closed afterwards.
        is_single: `serve` returns when the first visit has ended; on a Unix socket also
            when the reader of our standard error is gone before anybody came.
        reuse_address: Bind although old connections still hold the port.
        max_visits: Further visits are hung up on while this many run.
        on_error: Told of what a handler raised and of refused visits, in any thread.
        tick: Called by the thread of `serve` again and again, whenever something happened and
            after `wake`; returns the seconds after which it wants to be called at the latest.
        patience: Seconds that running visits have to end by themselves, and to say good-bye,
            before `serve` closes their lines.

    Raises:
        ConfigError: An address cannot be listened on; nothing is bound then.
    """

    def __init__(  # noqa: PLR0913 - a shell's choices, each by its name
        self,
        binds: Sequence[tuple[str, int]] | str | os.PathLike[str],
        handle: Callable[[Transport], None],
        *,
        is_single: bool = False,
        reuse_address: bool = False,
        max_visits: int = 1000,
        on_error: OnError = _ignore,
        tick: Callable[[], float | None] = _nothing_else,
        patience: float = 0.0,
    ) -> None:
        self._is_single = is_single
        self._is_local = isinstance(binds, str | os.PathLike)
        self._reuse = reuse_address
        self._tick, self._patience = tick, patience
        self._visits = Visits(handle, on_error, max_visits)
        self._servers: list[Server] = []
        try:
            if isinstance(binds, str | os.PathLike):
                self._bind_path(os.fspath(binds))
            else:
                self._bind_all(binds)
        except ConfigError:
            self.close()
            raise

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is listened on, as ``127.0.0.1:7420`` or the path of the Unix socket."""
        return tuple(server.place for server in self._servers)

    def serve(self) -> None:
        """Serve visits until `stop` or, in single mode, until the first one has ended.

        Visits that still run have their time to end by themselves then; after that their
        lines are closed, and they get `GRACE` seconds to wind up.
        """
        try:
            self._serve()
        finally:
            self.close()
            self._visits.end(GRACE, self._patience)

    def wake(self) -> None:
        """Have `tick` called soon; for signal handlers too."""
        self._visits.ring()

    def stop(self) -> None:
        """Let `serve` return, now or as soon as it is called; for signal handlers too."""
        self._visits.stop()

    def close(self) -> None:
        """Stop listening and free the addresses; harmless when repeated."""
        for server in self._servers:
            server.server_close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._visits.alarm, selectors.EVENT_READ)
            for server in self._servers:
                selector.register(server, selectors.EVENT_READ, server)
            lifeline = _lifeline() if self._is_single and self._is_local else None
            if lifeline is not None:
                selector.register(lifeline, selectors.EVENT_READ, lifeline)
            while not self._visits.is_stopping:
                for key, _ in selector.select(self._tick()):
                    if isinstance(key.data, Server) and not self._is_taken():
                        key.data.handle_request()
                self._visits.hush()
                if self._is_taken():
                    self._wait_for_the_one(selector)
                    return
                if lifeline is not None and _is_cut(lifeline):
                    return

    def _is_taken(self) -> bool:
        """Tell whether the one visit of single mode has come."""
        return self._is_single and self._visits.seen > 0

    def _wait_for_the_one(self, selector: selectors.BaseSelector) -> None:
        """Turn everybody else away and wait until the visit has ended."""
        for key in list(selector.get_map().values()):
            if key.data is not None:
                selector.unregister(key.fileobj)
        self.close()
        while self._visits.count and not self._visits.is_stopping:
            selector.select(self._tick())
            self._visits.hush()

    def _bind_path(self, path: str) -> None:
        try:
            self._servers.append(UnixServer(path, self._visits))
        except OSError as error:
            raise _refused(path, error) from error

    def _bind_all(self, binds: Sequence[tuple[str, int]]) -> None:
        """Bind each address; where any port will do, all of them get the same if possible."""
        is_default = {host for host, _ in binds} == LOOPBACK
        chosen = 0
        for host, port in binds:
            try:
                for family, address in _addresses(host, port or chosen):
                    self._bind(family, address, is_any=not port)
            except OSError as error:
                if is_default and self._servers and error.errno in _NO_IPV6:
                    continue
                raise _refused(show_address(host, port), error) from error
            if not port and not chosen:
                chosen = self._servers[-1].server_address[1]

    def _bind(self, family: int, address: tuple[str, int], *, is_any: bool) -> None:
        try:
            server = TcpServer(family, address, self._visits, reuse=self._reuse)
        except OSError as error:
            if not is_any or error.errno != errno.EADDRINUSE:
                raise
            address = (address[0], 0)
            server = TcpServer(family, address, self._visits, reuse=self._reuse)
        self._servers.append(server)


def _addresses(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    """Return (family, address) for each address of *host*."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    pairs = ((int(family), (str(address[0]), port)) for family, _, _, _, address in found)
    return list(dict.fromkeys(pairs))


def _lifeline() -> int | None:
    """Return our standard error if it is a pipe, whose other end dies with who started us.

    `spawn_local` holds that end: a server whose client was killed before it came would
    otherwise wait for ever.
    """
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(_STANDARD_ERROR).st_mode)
    except OSError:
        return None
    return _STANDARD_ERROR if is_pipe else None


def _is_cut(pipe: int) -> bool:
    """Tell whether nobody reads the other end of *pipe* any more."""
    poll = select.poll()
    poll.register(pipe, 0)
    return bool(poll.poll(0))


def _refused(place: str, error: OSError) -> ConfigError:
    return ConfigError(f"cannot listen on {place}: {reason(error)}")
