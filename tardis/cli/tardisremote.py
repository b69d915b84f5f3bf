"""tardisremote: serves the backups by HTTP."""

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Final

from tardis.config import Settings, table
from tardis.model import ConfigError

from .daemon_tls import certificate_made
from .main import run
from .settings import load
from .version import shows_version

PROGRAM: Final = "tardisremote"


def command(argv: Sequence[str]) -> int:
    """Serve until told to stop; return 0."""
    if shows_version(PROGRAM, argv):
        return 0
    settings = load(PROGRAM, argv).settings
    if settings[table.MAKE_CERTIFICATE]:
        return certificate_made(settings)
    return _serve()(settings)


def _serve() -> Callable[[Settings], int]:
    """Return what serves.

    Raises:
        ConfigError: A library is missing.
    """
    try:
        serve: Callable[[Settings], int] = importlib.import_module("tardis.cli.remote_server").serve
    except ImportError as error:
        raise ConfigError(
            f"tardisremote needs the Python package {error.name}",
            hint="pip install 'tardis[remote]'",
        ) from error
    return serve


def main() -> None:
    """Entry point named in setup.py."""
    sys.exit(run(command, sys.argv[1:]))


if __name__ == "__main__":
    main()
