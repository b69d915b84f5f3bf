"""Who is trusted at the other end; TLS itself is loaded by those who use it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from .transport import Transport


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a client trusts.

    Attributes:
        host: Name or address that the server's certificate must be for.
        pin: Fingerprint of the key that the server must have, as `crypto.pin_of` returns it;
            empty: its certificate must be one that this machine trusts, for *host*.
    """

    host: str
    pin: str = ""


def secured(plain: Transport, trust: Trust) -> Transport:
    """Return *plain* with TLS on it, the server known to be the one of *trust*.

    Raises:
        AuthenticationError: The server is not the one that is meant.
        LineLostError: The server does not speak TLS.
    """
    try:
        found: Transport = _tls().connect(plain, trust.host, trust.pin)
    except BaseException:
        plain.close()
        raise
    return found


def server_tls(certificate: str, key: str) -> tuple[Callable[[Transport], Transport], str]:
    """Return what puts TLS on a visit's transport, and the pin of its key.

    The first raises LineLostError when the client does not speak TLS.

    Args:
        certificate: File with the server's certificate, and those that vouch for it.
        key: File with its private key.

    Raises:
        ConfigError: The files cannot be read, or do not belong together.
    """
    server = _tls().ServerTls(certificate, key)
    return server.accept, server.pin


def certificate_marks(certificate: str, key: str) -> tuple[bytes, str]:
    """Return what logins are bound to, and the pin of the key; arguments and errors as above."""
    server = _tls().ServerTls(certificate, key)
    return server.binding, server.pin


def _tls() -> ModuleType:
    """Return what knows TLS; most runs need none, and it takes long to load."""
    return importlib.import_module(".tls", __package__)
