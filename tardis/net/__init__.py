"""Transports, the line that carries messages over them, and who listens."""

from .address import parse_server_url
from .http_login import Ticket
from .http_opening import HttpAsker, open_http, open_http_line
from .http_place import HttpPlace, parse_http_url
from .line import HEARTBEAT, SILENCE, Line
from .listener import Listener
from .local import LocalServer, spawn_local
from .securing import Trust, certificate_marks, secured, server_tls
from .throttle import LEAST_RATE, Throttle
from .transport import SocketTransport, Transport, dial_tcp, dial_unix, memory_pair

__all__ = [
    "HEARTBEAT",
    "LEAST_RATE",
    "SILENCE",
    "HttpAsker",
    "HttpPlace",
    "Line",
    "Listener",
    "LocalServer",
    "SocketTransport",
    "Throttle",
    "Ticket",
    "Transport",
    "Trust",
    "certificate_marks",
    "dial_tcp",
    "dial_unix",
    "memory_pair",
    "open_http",
    "open_http_line",
    "parse_http_url",
    "parse_server_url",
    "secured",
    "server_tls",
    "spawn_local",
]
