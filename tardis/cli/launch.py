"""The entry points: ``--version`` is answered at once; only then is the program imported."""

import importlib
import sys
from typing import Final

from tardis.cli.version import shows_version

INTERRUPTED: Final = 130


def tardis() -> None:
    """Start `tardis`."""
    _start("tardis")


def tardisd() -> None:
    """Start `tardisd`."""
    _start("tardisd")


def regenerate() -> None:
    """Start `regenerate`."""
    _start("regenerate")


def lstardis() -> None:
    """Start `lstardis`."""
    _start("lstardis")


def tardiff() -> None:
    """Start `tardiff`."""
    _start("tardiff")


def sonic() -> None:
    """Start `sonic`."""
    _start("sonic")


def tardisfs() -> None:
    """Start `tardisfs`."""
    _start("tardisfs")


def tardisremote() -> None:
    """Start `tardisremote`."""
    _start("tardisremote")


def _start(program: str) -> None:
    if shows_version(program, sys.argv[1:]):
        return
    try:
        importlib.import_module(f"tardis.cli.{program}").main()
    except KeyboardInterrupt:  # while it was imported; later on `main.run` says so
        sys.exit(INTERRUPTED)
