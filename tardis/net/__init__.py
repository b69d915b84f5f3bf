"""Transports, the line that carries messages over them, and who listens."""

from .address import parse_server_url
from .line import HEARTBEAT, SILENCE, Line
from .listener import Listener
from .local import LocalServer, spawn_local
from .securing import Trust, certificate_marks, secured, server_tls
from .transport import SocketTransport, Transport, dial_tcp, dial_unix, memory_pair

__all__ = [
    "HEARTBEAT",
    "SILENCE",
    "Line",
    "Listener",
    "LocalServer",
    "SocketTransport",
    "Transport",
    "Trust",
    "certificate_marks",
    "dial_tcp",
    "dial_unix",
    "memory_pair",
    "parse_server_url",
    "secured",
    "server_tls",
    "spawn_local",
]
