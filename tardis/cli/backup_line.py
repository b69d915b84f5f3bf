"""How `tardis` reaches its server: over the network, or by starting one for this run."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tardis.config import Settings, table
from tardis.model import RemoteProtocolError
from tardis.net import (
    Line,
    Throttle,
    Transport,
    Trust,
    dial_tcp,
    dial_unix,
    parse_server_url,
    secured,
    spawn_local,
)
from tardis.protocol import CLIENT, Session

from .user_store import user_base

LOCAL_SECONDS = 120.0
"""How long a local server may take until it listens: only a busy machine needs some of that."""


def server_of(settings: Settings) -> tuple[str, int, str]:
    """Return (host, port, client); what the server's URL names wins."""
    if is_socket(settings):
        return settings[table.SERVER], 0, settings[table.CLIENT]
    host, port, client = parse_server_url(settings[table.SERVER])
    return host, port or settings[table.PORT], client or settings[table.CLIENT]


def is_socket(settings: Settings) -> bool:
    """Tell whether the server is named by the path of a Unix socket."""
    return settings[table.SERVER].startswith("/")


@contextmanager
def connected(settings: Settings) -> Iterator[Line]:
    """Give a line to the server; it is closed in the end, and a local server with it.

    Raises:
        LineLostError: The server cannot be reached or started.
        AuthenticationError: TLS is wanted, and the server is not the one that is meant.
    """
    if settings[table.LOCAL]:
        server = spawn_local(local_command(settings), "", LOCAL_SECONDS)
        try:
            with _line(server.transport, settings) as line:
                yield line
        finally:
            server.close()
        return
    host, port, _ = server_of(settings)
    timeout = settings[table.TIMEOUT]
    is_unix = is_socket(settings)
    transport = dial_unix(host, timeout) if is_unix else dial_tcp(host, port, timeout)
    if not is_unix:
        transport = Throttle(settings[table.BANDWIDTH]).over(transport)
    if not is_unix and (settings[table.USE_TLS] or settings[table.PIN]):
        transport = secured(transport, Trust(host, settings[table.PIN]))
    with _line(transport, settings) as line:
        yield line


@contextmanager
def _line(transport: Transport, settings: Settings) -> Iterator[Line]:
    is_json = settings[table.PROTOCOL] == "json"
    line = Line(transport, Session(CLIENT, is_json=is_json), timeout=settings[table.TIMEOUT])
    try:
        yield line
    except RemoteProtocolError as error:
        line.give_up(error)
        raise
    finally:
        line.close()


def local_command(settings: Settings) -> list[str]:
    """Return the command that starts the local server of this run."""
    command = shlex.split(settings[table.LOCAL_SERVER_CMD])
    config = local_config(settings)
    if not command:
        command = ["tardisd", *(["--config", config] if config else [])]
    command[:1] = find_program(command[0])
    base = settings[table.LOCAL_DATABASE]
    has_config = bool(config or settings[table.LOCAL_SERVER_CMD])
    if not base and not has_config and os.geteuid() != 0:
        base = user_base()
        os.makedirs(base, mode=0o700, exist_ok=True)
    if base:
        command += ["--database", base]
    return [*command, "--allow-new-hosts"]


def local_config(settings: Settings) -> str:
    """Return the daemon's configuration file for local servers; empty when there is none."""
    for option in (table.LOCAL_CONFIG, table.DAEMON_CONFIG_NAME):
        if os.path.isfile(settings[option]):
            return settings[option]
    return ""


def find_program(name: str) -> list[str]:
    """Return how to start *name*: a bare one is looked for beside this program first."""
    if os.path.dirname(name):
        return [name]
    for place in (os.path.dirname(os.path.abspath(sys.argv[0])), os.path.dirname(sys.executable)):
        found = shutil.which(name, path=place)
        if found:
            return [found]
    if shutil.which(name) or name != "tardisd":
        return [name]
    return [sys.executable, "-m", "tardis.cli.tardisd"]
