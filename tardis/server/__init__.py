"""The daemon's side: visits, one client each, from hello to goodbye."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .daemon import Daemon
    from .login import LOGIN_SECONDS, Attempts, fake_slot, note_refusal
    from .options import DaemonOptions, Log
    from .permits import Permit

__all__ = [
    "LOGIN_SECONDS",
    "Attempts",
    "Daemon",
    "DaemonOptions",
    "Log",
    "Permit",
    "fake_slot",
    "note_refusal",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
