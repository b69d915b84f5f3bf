"""The past over HTTP: an API for programs, and pages for people."""

from .app import APIS, make_app, renew
from .options import WebOptions
from .server import WebServer

__all__ = ["APIS", "WebOptions", "WebServer", "make_app", "renew"]
