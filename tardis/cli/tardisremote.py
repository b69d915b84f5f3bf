"""tardisremote: serves the backups by HTTP."""

import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from tardis.config import table
from tardis.model import ConfigError

from .check_config import asks_for_check, check_config
from .daemon_tls import certificate_made
from .main import run
from .notify import Notifier
from .remote_probe import probe_remote
from .settings import load
from .version import shows_version

PROGRAM: Final = "tardisremote"


def command(argv: Sequence[str]) -> int:
    """Serve until told to stop; return 0."""
    if shows_version(PROGRAM, argv):
        return 0
    if asks_for_check(argv):
        return check_config(PROGRAM, argv, os.environ, probe_remote)
    settings = load(PROGRAM, argv).settings
    if settings[table.MAKE_CERTIFICATE]:
        return certificate_made(settings)
    os.umask(settings[table.UMASK])
    config = settings[table.REMOTE_CONFIG]  # the background has another working directory
    words = [*argv] if os.path.isabs(config) else [*argv, "--config", os.path.abspath(config)]
    server = remote_server()
    service = server.RemoteService(
        settings, lambda: load(PROGRAM, words).settings, Notifier(os.environ)
    )
    status: int = service.run()
    return status


def remote_server() -> ModuleType:
    """Return the module that serves.

    Raises:
        ConfigError: A library is missing.
    """
    try:
        return importlib.import_module("tardis.cli.remote_server")
    except ImportError as error:
        raise ConfigError(
            f"tardisremote needs the Python package {error.name}",
            hint="pip install 'tardis[remote]'",
        ) from error


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
