"""Stores behind a tardisremote, read by HTTP; the plug of requests."""

from .line import HttpLine
from .store import HttpStore

__all__ = ["HttpLine", "HttpStore"]
