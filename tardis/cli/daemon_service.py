"""The life of tardisd: it listens, becomes its user, serves, takes new settings, and ends."""

import importlib
import os
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from typing import Any, Final

from tardis import __version__
from tardis.config import Layer, Option, Settings, table
from tardis.model import ConfigError, TardisError
from tardis.net import Listener, Throttle, Transport
from tardis.server import Daemon, DaemonOptions

from .background import start_in_background
from .daemon_log import FileTarget, Log, SystemTarget, Target
from .daemon_tls import DaemonTls, daemon_tls
from .notify import Notifier
from .pid_file import PidFile
from .privileges import Identity, identity_of
from .supervisor import Supervisor

Handle = Callable[[Transport], None]

FIXED: Final[tuple[Option[Any], ...]] = (
    table.PORT,
    table.BIND,
    table.SOCKET,
    table.SINGLE,
    table.REUSE_ADDR,
    table.BASE_DIR,
    table.DBDIR,
    table.DBNAME,
    table.SCHEMA,
    table.JOURNAL,
    table.SERVER_SKIP_FILE_NAME,
    table.UMASK,
    table.DAEMON,
    table.USER,
    table.GROUP,
    table.PID_FILE,
)
"""What stays as it was when the configuration is read again: it holds from start to end."""

PATHS: Final[tuple[Option[str], ...]] = (
    table.SOCKET,
    table.BASE_DIR,
    table.DBDIR,
    table.LOG_FILE,
    table.CERT_FILE,
    table.TLS_KEY_FILE,
    table.PID_FILE,
)

PATIENCE: Final = 5.0
"""Seconds that visits have to end after the group they have sealed, and to tell their clients."""


class DaemonService:
    """One tardisd.

    Args:
        settings: As it starts.
        reread: Returns the settings of the same command line once more; raises `TardisError`.
        options_of: What the server needs to know of settings; raises `ConfigError`.
        notifier: Tells the service manager.
    """

    def __init__(
        self,
        settings: Settings,
        reread: Callable[[], Settings],
        options_of: Callable[[Settings], DaemonOptions],
        notifier: Notifier,
    ) -> None:
        self._start = os.getcwd()
        self._settings = self._rooted(settings)
        self._reread, self._options_of = reread, options_of
        self._notifier = notifier
        self._is_behind = is_background(settings)
        self._identity = Identity(os.geteuid(), os.getegid())

    def run(self) -> int:
        """Serve until told to stop; in the background, return once it serves there.

        Returns:
            0, or the status of what kept it from serving in the background.

        Raises:
            ConfigError: It cannot serve like that.
        """
        if self._is_behind:
            self._identity = identity_of(
                *(self._settings[one] for one in (table.USER, table.GROUP))
            )
            return start_in_background(self.serve)
        self.serve(lambda: None)
        return 0

    def serve(self, stands: Callable[[], None]) -> None:
        """Serve until told to stop; call *stands* once clients may come.

        Raises:
            ConfigError: It cannot serve like that.
        """
        settings, identity = self._settings, self._identity
        options = self._options_of(settings)
        with ExitStack() as open_:
            open_.enter_context(
                PidFile(settings[table.PID_FILE]) if self._is_behind else nullcontext()
            )
            secure = daemon_tls(settings)
            self._log = open_.enter_context(Log(self._target(settings), level(settings)))
            self._daemon = Daemon(options, self._log, log_details=settings[table.EXCEPTIONS])
            self._handle = self._handler(settings, secure)
            supervisor = Supervisor(self._notifier, self._stop, self._reload)
            self._listener = self._listening(settings, supervisor)
            open_.callback(self._listener.close)
            supervisor.hear(self._listener.wake)
            identity.become()
            if self._is_behind:
                require_base(options.place.base)
            where = ", ".join(self._listener.addresses)
            self._log.info(f"tardisd {__version__} serves {options.place.base} on {where}")
            secure.tell(self._log)
            stands()
            supervisor.stands(f"serving {options.place.base} on {where}")
            self._listener.serve()
            self._log.info("tardisd stopped")

    def visit(self, transport: Transport) -> None:
        """Serve one visit by the settings that hold when it comes."""
        self._handle(transport)

    def _listening(self, settings: Settings, supervisor: Supervisor) -> Listener:
        def refused(error: BaseException) -> None:
            self._log(f"{type(error).__name__}: {error}", is_trouble=True)

        where = [(host, settings[table.PORT]) for host in settings[table.BIND]]
        return Listener(
            settings[table.SOCKET] or where,
            self.visit,
            is_single=settings[table.SINGLE],
            reuse_address=settings[table.REUSE_ADDR],
            on_error=refused,
            tick=supervisor.tick,
            patience=PATIENCE,
        )

    def _handler(self, settings: Settings, secure: DaemonTls) -> Handle:
        """Return what serves a visit; with Profile it prints where the time went."""
        handle: Handle = self._daemon.visit
        if settings[table.PROFILE]:
            handle = importlib.import_module("tardis.cli.profiling").profiled(handle)
        handle = secure.over(handle, self._log)
        if settings[table.SOCKET] or not settings[table.BANDWIDTH]:
            return handle
        throttle = Throttle(settings[table.BANDWIDTH])
        return lambda transport: handle(throttle.over(transport))

    def _target(self, settings: Settings) -> Target:
        """Open what is logged to: in the background the system's log, where no file is named."""
        path = settings[table.LOG_FILE]
        if self._is_behind and not path:
            return SystemTarget("tardisd")
        is_new = bool(path) and not os.path.exists(path)
        target = FileTarget(path)
        if is_new:  # it is opened again, by name, when it was rotated
            self._identity.own(path)
        return target

    def _stop(self) -> None:
        """Let visits end after their sealed group, then the daemon."""
        self._daemon.stop()
        self._listener.stop()

    def _reload(self) -> None:
        """Open the log anew and take new settings; where these are bad the old ones stay."""
        try:
            self._log.turn_to(self._target(self._settings), level(self._settings))
            self._renew(self._rooted(self._reread()))
        except TardisError as error:
            self._log(f"not reloaded, the old configuration stays: {error}", is_trouble=True)

    def _renew(self, fresh: Settings) -> None:
        kept = {row: self._settings[row] for row in FIXED if fresh[row] != self._settings[row]}
        settings = fresh
        for row, value in kept.items():
            settings = settings.changed({row: value}, self._settings.origin(row))
        options = self._options_of(settings)
        secure = daemon_tls(settings)
        target = self._target(settings)
        self._daemon.renew(options, log_details=settings[table.EXCEPTIONS])
        self._handle = self._handler(settings, secure)
        self._log.turn_to(target, level(settings))
        self._settings = settings
        self._log.info("the configuration was read again")
        for row in kept:
            self._log(f"{row.keys[0]} changes when tardisd is started anew", is_trouble=True)

    def _rooted(self, settings: Settings) -> Settings:
        """Return *settings* with whole paths: the background has another working directory."""
        whole = {row: os.path.join(self._start, settings[row]) for row in PATHS if settings[row]}
        changed = {row: path for row, path in whole.items() if path != settings[row]}
        return settings.changed(changed, Layer.COMMAND)


def is_background(settings: Settings) -> bool:
    """Tell whether to go to the background: never for a visit whose client waits for our end."""
    is_local = bool(settings[table.SOCKET]) and settings[table.SINGLE]
    return settings[table.DAEMON] and not is_local


def level(settings: Settings) -> int:
    """Return how much is logged."""
    return settings[table.SERVER_VERBOSE]


def require_base(base: str) -> None:
    """Return if stores can be made below *base*, or *base* itself.

    Raises:
        ConfigError: They cannot, as whom we are now.
    """
    place = base
    while not os.path.exists(place):
        place = os.path.dirname(place)
    if not (os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK, effective_ids=True)):
        raise ConfigError(
            f"user number {os.geteuid()} cannot write to {place}",
            hint="Make the base directory and give it to the user of the daemon.",
        )
