"""What tardisremote does once its libraries are known to be there."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tardis import __version__
from tardis.admin import upgrade
from tardis.config import Option, Settings, table
from tardis.crypto import KeyRing
from tardis.model import ConfigError, SchemaError
from tardis.net import certificate_marks
from tardis.store import Place, StoreReader, open_reader
from tardis.web import WebOptions, WebServer, make_app

from .daemon_tls import tls_files
from .notify import Notifier
from .service import Service, level, rooted

PATHS: Final[tuple[Option[str], ...]] = (
    table.REMOTE_BASE,
    table.DBDIR,
    table.LOG_FILE,
    table.CERT_FILE,
    table.TLS_KEY_FILE,
    table.REMOTE_PID_FILE,
)


def serve(settings: Settings) -> int:
    """Answer requests until SIGTERM or SIGINT; return 0.

    Raises:
        ConfigError: An address, a certificate or a file cannot be used.
    """
    os.umask(settings[table.UMASK])
    settings = rooted(settings, PATHS, os.getcwd())
    notifier = Notifier(os.environ)
    service = Service("tardisremote", settings, table.REMOTE_PID_FILE, notifier)
    return service.run(lambda stands: answer(settings, service, stands))


def answer(settings: Settings, service: Service, stands: Callable[[], None]) -> None:
    """Answer requests until told to stop; call *stands* once they may come.

    Raises:
        ConfigError: An address, a certificate or a file cannot be used.
    """
    tls = tls_files(settings) if settings[table.SSL] else None
    options = web_options(settings)
    pin = ""
    if tls is not None:
        binding, pin = certificate_marks(*tls)
        options = replace(options, binding=binding)
    with service.pid_file(), service.log(settings) as log:
        binds = [(host, settings[table.REMOTE_PORT]) for host in settings[table.BIND]]
        server = WebServer(make_app(options, log), binds, tls, log)

        def reopen() -> None:
            try:
                log.turn_to(service.target(settings), level(settings))
                log.info("the log was opened anew; settings change at the next start only")
            except ConfigError as error:
                log(str(error), is_trouble=True)

        supervisor = service.supervisor(server.stop, reopen)
        supervisor.hear(server.wake)
        service.identity.become()

        def started() -> None:
            stands()
            supervisor.stands(f"serving {options.place.base} on {', '.join(server.addresses)}")

        log.info(f"{options.program} serves {options.place.base} on {server.addresses}")
        if pin:
            log.info(f"connections are encrypted by TLS; the key's pin is {pin}")
        server.serve(started, supervisor.tick)
        log.info("tardisremote stopped")


def web_options(settings: Settings) -> WebOptions:
    """Return what the server needs to know of *settings*.

    Raises:
        ConfigError: A file that they name cannot be read.
    """
    place = Place(
        base=settings[table.REMOTE_BASE],
        db_name=settings[table.DBNAME],
        db_dir=settings[table.DBDIR],
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
        metrics_token=metrics_token(settings[table.METRICS_TOKEN_FILE]),
        open_store=open_upgraded if settings[table.ALLOW_SCHEMA_UPGRADES] else open_reader,
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
