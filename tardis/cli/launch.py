"""The entry points: ``--version`` is answered at once; only then is the program imported."""

import importlib
import sys

from tardis.cli.version import shows_version


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


def _start(program: str) -> None:
    if not shows_version(program, sys.argv[1:]):
        importlib.import_module(f"tardis.cli.{program}").main()
