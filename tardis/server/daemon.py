"""The daemon: a visit for every line, and no trouble of one visit reaches another."""

import threading
import traceback

from tardis.model import LineLostError, PeerError, TardisError
from tardis.net import Line, Transport
from tardis.protocol import SERVER, Session
from tardis.store import DaemonState, Flushers, store_trouble

from .login import Attempts
from .options import DaemonOptions, Log
from .shared import Shared
from .turns import Turns
from .visit import Visit

QUEUE_BYTES = 4 << 20
"""Received bytes that may wait in one visit before the server stops reading."""


class Daemon:
    """Serves visits; a listener calls `visit` in a thread for each.

    Args:
        options: The administrator's.
        log: Where to tell what happens.
        log_details: Also log the call chain of trouble.
    """

    def __init__(self, options: DaemonOptions, log: Log, *, log_details: bool = False) -> None:
        self._options = options
        self._log = log
        self._log_details = log_details
        self._stopping = threading.Event()
        turns = Turns(options.max_backups)
        state = DaemonState(options.place.base)
        self._shared = Shared(Flushers(), state, Attempts(state), self._stopping.is_set, turns)

    def stop(self) -> None:
        """Let running visits end after the group they have sealed."""
        self._stopping.set()
        self._shared.turns.is_stopping = True

    def renew(self, options: DaemonOptions, *, log_details: bool = False) -> None:
        """Let visits that begin from now on go by *options*, which are of the same place."""
        self._options = options
        self._log_details = log_details
        self._shared.turns.limit = options.max_backups

    def visit(self, transport: Transport) -> None:
        """Serve one client to the end."""
        options = self._options
        line = Line(transport, Session(SERVER), timeout=options.timeout, queue_bytes=QUEUE_BYTES)
        try:
            with store_trouble(options.place.base):
                Visit(line, options, self._shared, self._log).serve()
        except LineLostError as error:
            self._tell(line, error)
        except TardisError as error:
            self._tell(line, error)
            line.give_up(error)
        except Exception as error:  # noqa: BLE001 - handed over to the log, the daemon goes on
            fault = f"{line.peer}: a fault of this program: {traceback.format_exc()}"
            self._log(fault, is_trouble=True)
            line.give_up(PeerError(f"the server met a fault of its own: {type(error).__name__}"))
        finally:
            line.close()

    def _tell(self, line: Line, error: TardisError) -> None:
        text = f"{line.peer}: {type(error).__name__}: {error}"
        details = f"\n{traceback.format_exc()}" if self._log_details else ""
        # A local daemon shares its client's standard error, where the client tells the same.
        is_news = self._log_details or not self._options.is_local
        self._log(text + details, is_trouble=is_news)
