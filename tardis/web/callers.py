"""Where a request comes from, as far as that can be believed."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Final, NamedTuple

_FORWARDED: Final = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        address: Of the other end of the connection.
        is_near: It is this machine, asked for by a name that no other machine's page can have.
        is_private: Nobody on the way can listen: TLS, or this machine.
        is_direct: It asks for this server by an address or this machine's name.
    """

    address: str
    is_near: bool
    is_private: bool
    is_direct: bool


def caller_of(environ: Mapping[str, str], *, is_secure: bool) -> Caller:
    """Return who asks, by the request's WSGI environment.

    What somebody else passes on is not near, though it comes from this machine.  Nor is what
    asks for another name: a page of another machine can let its own name lead here, and its
    scripts would then read what is open to this machine.
    """
    address = environ.get("REMOTE_ADDR", "")
    is_loopback = _is_loopback(address)
    is_direct = is_secure or _is_own(environ.get("HTTP_HOST", ""))
    is_near = is_loopback and is_direct and not any(name in environ for name in _FORWARDED)
    return Caller(address, is_near, is_secure or is_loopback, is_direct)


def _is_loopback(address: str) -> bool:
    found = _ip(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return found is not None and (mapped or found).is_loopback


def _is_own(host: str) -> bool:
    """Tell whether *host*, of a request, is an address or a name of this machine's own."""
    if host.startswith("["):
        return _ip(host[1:].partition("]")[0]) is not None and "]" in host
    name = host.partition(":")[0].rstrip(".").lower()
    own = socket.gethostname().lower()
    return _ip(name) is not None or name in ("localhost", own, own.partition(".")[0])


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
