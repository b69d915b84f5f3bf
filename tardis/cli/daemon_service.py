"""The life of tardisd: it listens, becomes its user, serves, takes new settings, and ends."""

import importlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from tardis import __version__
from tardis.config import Option, Settings, table
from tardis.model import ConfigError, TardisError
from tardis.net import Listener, Throttle, Transport
from tardis.server import Daemon, DaemonOptions

from .daemon_tls import DaemonTls, daemon_tls
from .daemon_watch import Watch
from .notify import Notifier
from .service import Service, level, rooted
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
    table.LOW_MEMORY,
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
    table.LOG_CFG,
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

    Raises:
        ConfigError: There is no such user or group.
    """

    def __init__(
        self,
        settings: Settings,
        reread: Callable[[], Settings],
        options_of: Callable[[Settings], DaemonOptions],
        notifier: Notifier,
    ) -> None:
        self._start = os.getcwd()
        self._settings = rooted(settings, PATHS, self._start)
        self._reread, self._options_of = reread, options_of
        self._service = Service("tardisd", self._settings, table.PID_FILE, notifier)
        self._watching = ExitStack()

    def run(self) -> int:
        """Serve until told to stop; in the background, return once it serves there.

        Returns:
            0, or the status of what kept it from serving in the background.

        Raises:
            ConfigError: It cannot serve like that.
        """
        return self._service.run(self.serve)

    def serve(self, stands: Callable[[], None]) -> None:
        """Serve until told to stop; call *stands* once clients may come.

        Raises:
            ConfigError: It cannot serve like that.
        """
        settings, service = self._settings, self._service
        options = self._options_of(settings)
        with ExitStack() as open_:
            open_.enter_context(service.pid_file())
            secure = daemon_tls(settings)
            self._log = open_.enter_context(service.log(settings))
            self._daemon = Daemon(options, self._log, log_details=settings[table.EXCEPTIONS])
            watch = Watch(settings, options.place, self._log)
            self._handle = self._handler(settings, secure, watch)
            supervisor = service.supervisor(self._stop, self._reload)
            self._listener = self._listening(settings, supervisor)
            open_.callback(self._listener.close)
            supervisor.hear(self._listener.wake)
            service.identity.become()
            if service.is_behind:
                require_base(options.place.base)
            where = ", ".join(self._listener.addresses)
            self._log.info(f"tardisd {__version__} serves {options.place.base} on {where}")
            secure.tell(self._log)
            open_.callback(self._watching.close)
            self._watching.enter_context(watch)
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

    def _handler(self, settings: Settings, secure: DaemonTls, watch: Watch) -> Handle:
        """Return what serves a visit; with Profile it prints where the time went."""
        handle: Handle = self._daemon.visit
        if settings[table.PROFILE]:
            handle = importlib.import_module("tardis.cli.profiling").profiled(handle)
        handle = secure.over(watch.over(handle), self._log)
        if settings[table.SOCKET] or not settings[table.BANDWIDTH]:
            return handle
        throttle = Throttle(settings[table.BANDWIDTH])
        return lambda transport: handle(throttle.over(transport))

    def _stop(self) -> None:
        """Let visits end after their sealed group, then the daemon."""
        self._daemon.stop()
        self._listener.stop()

    def _reload(self) -> None:
        """Open the log anew and take new settings; where these are bad the old ones stay."""
        try:
            self._log.turn_to(self._service.target(self._settings), level(self._settings))
            self._renew(rooted(self._reread(), PATHS, self._start))
        except TardisError as error:
            self._log(f"not reloaded, the old configuration stays: {error}", is_trouble=True)

    def _renew(self, fresh: Settings) -> None:
        kept = {row: self._settings[row] for row in FIXED if fresh[row] != self._settings[row]}
        settings = fresh
        for row, value in kept.items():
            settings = settings.changed({row: value}, self._settings.origin(row))
        options = self._options_of(settings)
        secure = daemon_tls(settings)
        target = self._service.target(settings)
        watch = Watch(settings, options.place, self._log)
        self._daemon.renew(options, log_details=settings[table.EXCEPTIONS])
        self._handle = self._handler(settings, secure, watch)
        self._watching.close()
        self._watching.enter_context(watch)
        self._log.turn_to(target, level(settings))
        self._settings = settings
        self._log.info("the configuration was read again")
        for row in kept:
            self._log(f"{row.keys[0]} changes when tardisd is started anew", is_trouble=True)


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
