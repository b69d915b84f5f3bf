"""The daemon's side: visits, one client each, from hello to goodbye."""

from .daemon import Daemon
from .options import DaemonOptions, Log

__all__ = ["Daemon", "DaemonOptions", "Log"]
