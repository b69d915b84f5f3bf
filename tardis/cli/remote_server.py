"""What tardisremote does once its libraries are known to be there: serve, reload, end."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

from tardis import __version__
from tardis.admin import upgrade
from tardis.config import Option, Settings, table
from tardis.crypto import KeyRing
from tardis.model import ConfigError, SchemaError, TardisError
from tardis.net import certificate_marks
from tardis.store import Place, StoreReader, open_reader
from tardis.web import WebOptions, WebServer, make_app, renew

from .daemon_tls import tls_files
from .memory import spend_memory_for_speed
from .notify import Notifier
from .remote_keeping import keeping_of
from .service import Service, level, rooted

PATHS: Final[tuple[Option[str], ...]] = (
    table.REMOTE_BASE,
    table.DBDIR,
    table.LOG_FILE,
    table.CERT_FILE,
    table.TLS_KEY_FILE,
    table.METRICS_TOKEN_FILE,
    table.KEEPING_CONFIG,
    table.REMOTE_PID_FILE,
)

FIXED: Final[tuple[Option[Any], ...]] = (
    table.REMOTE_PORT,
    table.BIND,
    table.SSL,
    table.REMOTE_BASE,
    table.DBDIR,
    table.DBNAME,
    table.JOURNAL,
    table.UMASK,
    table.DAEMON,
    table.USER,
    table.GROUP,
    table.REMOTE_PID_FILE,
)
"""What stays as it was when the configuration is read again: it holds from start to end."""


class RemoteService:
    """One tardisremote.

    Args:
        settings: As it starts.
        reread: Returns the settings of the same command line once more; raises `TardisError`.
        notifier: Tells the service manager.

    Raises:
        ConfigError: There is no such user or group.
    """

    def __init__(
        self, settings: Settings, reread: Callable[[], Settings], notifier: Notifier
    ) -> None:
        self._start = os.getcwd()
        self._settings = rooted(settings, PATHS, self._start)
        self._reread = reread
        self._service = Service("tardisremote", self._settings, table.REMOTE_PID_FILE, notifier)

    def run(self) -> int:
        """Serve until told to stop; in the background, return once it serves there.

        Returns:
            0, or the status of what kept it from serving in the background.

        Raises:
            ConfigError: It cannot serve like that.
        """
        return self._service.run(self.serve)

    def serve(self, stands: Callable[[], None]) -> None:
        """Answer requests until told to stop; call *stands* once they may come.

        Raises:
            ConfigError: An address, a certificate or a file cannot be used.
        """
        spend_memory_for_speed(is_low=True)  # many threads, and each would keep some for itself
        settings, service = self._settings, self._service
        tls = tls_files(settings) if settings[table.SSL] else None
        options, pin = secured(settings)
        with ExitStack() as open_:
            open_.enter_context(service.pid_file())
            self._log = open_.enter_context(service.log(settings))
            binds = [(host, settings[table.REMOTE_PORT]) for host in settings[table.BIND]]
            self._app = make_app(options, self._log)
            self._server = WebServer(self._app, binds, tls, self._log)
            open_.callback(self._server.close)
            supervisor = service.supervisor(self._server.stop, self._reload)
            supervisor.hear(self._server.wake)
            service.identity.become()
            where = ", ".join(self._server.addresses)
            self._log.info(f"{options.program} serves {options.place.base} on {where}")
            if pin:
                self._log.info(f"connections are encrypted by TLS; the key's pin is {pin}")

            def started() -> None:
                stands()
                supervisor.stands(f"serving {options.place.base} on {where}")

            self._server.serve(started, supervisor.tick)
            self._log.info("tardisremote stopped")

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
        options, _ = secured(settings)
        target = self._service.target(settings)
        if settings[table.SSL]:
            self._server.renew_tls(*tls_files(settings))
        renew(self._app, options)
        self._log.turn_to(target, level(settings))
        self._settings = settings
        self._log.info("the configuration was read again")
        for row in kept:
            self._log(f"{row.keys[0]} changes when tardisremote is started anew", is_trouble=True)


def secured(settings: Settings) -> tuple[WebOptions, str]:
    """Return what the server needs to know, its certificate too, and the pin of that.

    Raises:
        ConfigError: A file that *settings* name cannot be used.
    """
    options = web_options(settings)
    if not settings[table.SSL]:
        return options, ""
    binding, pin = certificate_marks(*tls_files(settings))
    return replace(options, binding=binding), pin


def web_options(settings: Settings) -> WebOptions:
    """Return what the server needs to know of *settings*.

    Raises:
        ConfigError: A file that they name cannot be read.
    """
    place = Place(
        base=settings[table.REMOTE_BASE],
        db_name=settings[table.DBNAME],
        db_dir=settings[table.DBDIR],
        journal=settings[table.JOURNAL],
    )
    return WebOptions(
        place=place,
        program=f"tardisremote {__version__}",
        rights=settings[table.RIGHTS],
        allow_open=settings[table.ALLOW_OPEN],
        require_password=settings[table.REQUIRE_PASSWORD],
        compress=settings[table.COMPRESS],
        allow_cache=settings[table.CACHE],
        is_secure=settings[table.SSL],
        db_backups=settings[table.DB_BACKUPS],
        rate=settings[table.REQUEST_RATE],
        verbose=level(settings),
        log_details=settings[table.EXCEPTIONS],
        metrics_token=metrics_token(settings[table.METRICS_TOKEN_FILE]),
        open_store=open_upgraded if settings[table.ALLOW_SCHEMA_UPGRADES] else open_reader,
        keeping=keeping_of(settings),
    )


def metrics_token(path: str) -> str:
    """Return the first line of the file *path*; empty without one.

    Raises:
        ConfigError: It cannot be read, or has no first line.
    """
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            token = file.readline().strip()
    except (OSError, ValueError) as error:
        raise ConfigError(f"MetricsTokenFile {path} cannot be read: {error}") from error
    if not token:
        raise ConfigError(f"the first line of MetricsTokenFile {path} is empty")
    return token


def open_upgraded(place: Place, client: str, ring: KeyRing | None) -> StoreReader:
    """Open a store; one of an older version is brought up to date first."""
    try:
        return open_reader(place, client, ring)
    except SchemaError:
        upgrade(place, client)
    return open_reader(place, client, ring)
