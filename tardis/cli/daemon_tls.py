"""TLS for the daemon: on its visits, and the pair of files that it needs."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tardis.config import Settings, table
from tardis.crypto import make_certificate
from tardis.model import ConfigError, LineLostError
from tardis.net import Transport, server_tls

from .daemon_log import Log

Handle = Callable[[Transport], None]

_PUBLIC: Final = 0o644
_PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class DaemonTls:
    """What the daemon puts between its visits and the network.

    Attributes:
        accept: Puts TLS on a visit's transport; None leaves it as it is.
        pin: Fingerprint of the key.
    """

    accept: Callable[[Transport], Transport] | None = None
    pin: str = ""

    def over(self, handle: Handle, log: Log) -> Handle:
        """Return *handle* for transports as they come from the network."""
        accept = self.accept
        if accept is None:
            return handle

        def visited(plain: Transport) -> None:
            try:
                transport = accept(plain)
            except LineLostError as error:
                log(str(error), is_trouble=True)
                return
            handle(transport)

        return visited

    def tell(self, log: Log) -> None:
        """Log the pin that clients may ask for."""
        if self.pin:
            log.info(f"connections are encrypted by TLS; the key's pin is {self.pin}")


def daemon_tls(settings: Settings) -> DaemonTls:
    """Return what *settings* ask for; nothing on a Unix socket.

    Raises:
        ConfigError: The certificate is not named, or cannot be used.
    """
    if not settings[table.SSL] or settings[table.SOCKET]:
        return DaemonTls()
    return DaemonTls(*server_tls(*tls_files(settings)))


def certificate_made(settings: Settings) -> int:
    """Make the pair of files for a server, print the pin of its key, and return 0.

    Raises:
        ConfigError: A file is not named, is there already, or cannot be made.
    """
    certificate, key = tls_files(settings)
    public, hidden, pin = make_certificate(settings[table.MAKE_CERTIFICATE])
    _make(((key, hidden, _PRIVATE), (certificate, public, _PUBLIC)))
    print(f"Made {certificate} and {key}.")
    print(f"Clients know this server by --pin {pin}")
    return 0


def tls_files(settings: Settings) -> tuple[str, str]:
    """Return the files that hold the certificate and its key.

    Raises:
        ConfigError: They are not named.
    """
    certificate, key = settings[table.CERT_FILE], settings[table.TLS_KEY_FILE]
    if not (certificate and key):
        raise ConfigError(
            "TLS needs a certificate and its key",
            hint="Name their files by --certfile and --keyfile, or CertFile and KeyFile.",
        )
    return certificate, key


def _make(files: Sequence[tuple[str, bytes, int]]) -> None:
    for path, data, mode in files:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with open(descriptor, "wb") as file:
                file.write(data)
        except OSError as error:
            raise ConfigError(f"cannot make {path}: {error.strerror}") from error
