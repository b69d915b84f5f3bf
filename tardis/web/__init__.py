"""The past over HTTP: an API for programs, and pages for people."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .app import APIS, make_app, renew
    from .options import Keeping, WebOptions
    from .server import WebServer

__all__ = ["APIS", "Keeping", "WebOptions", "WebServer", "make_app", "renew"]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
