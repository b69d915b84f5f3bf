"""What tardisremote does once its libraries are known to be there."""

import os
import signal
from dataclasses import replace
from types import FrameType

from tardis import __version__
from tardis.admin import upgrade
from tardis.config import Settings, table
from tardis.crypto import KeyRing
from tardis.model import ConfigError, SchemaError
from tardis.net import certificate_marks
from tardis.store import Place, StoreReader, open_reader
from tardis.web import WebOptions, WebServer, make_app

from .daemon_log import Log
from .daemon_tls import tls_files


def serve(settings: Settings) -> int:
    """Answer requests until SIGTERM or SIGINT; return 0.

    Raises:
        ConfigError: An address, a certificate or a file cannot be used.
    """
    os.umask(settings[table.UMASK])
    tls = tls_files(settings) if settings[table.SSL] else None
    options = web_options(settings)
    pin = ""
    if tls is not None:
        binding, pin = certificate_marks(*tls)
        options = replace(options, binding=binding)
    with Log(settings[table.LOG_FILE], settings[table.SERVER_VERBOSE]) as log:
        binds = [(host, settings[table.REMOTE_PORT]) for host in settings[table.BIND]]
        server = WebServer(make_app(options, log), binds, tls, log)
        stop_on_signals(server)
        log.info(f"{options.program} serves {options.place.base} on {server.addresses}")
        if pin:
            log.info(f"connections are encrypted by TLS; the key's pin is {pin}")
        server.serve()
        log.info("tardisremote stopped")
    return 0


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


def stop_on_signals(server: WebServer) -> None:
    """Let SIGTERM and SIGINT end the server once running requests are answered."""

    def stop(_signum: int, _frame: FrameType | None) -> None:
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
