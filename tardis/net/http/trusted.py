"""TLS to a tardisremote: the certificates that this machine trusts, or one pinned key."""

import hashlib
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from tardis.net.tls import check_pin, client_context


class TrustedAdapter(HTTPAdapter):
    """Connects to servers that are who they should be, and to no others.

    Args:
        host: Of the server, for messages.
        pin: See `net.Trust`.

    Attributes:
        binding: SHA-256 of the certificate that the server showed last, what a login is
            bound to.
    """

    def __init__(self, host: str, pin: str) -> None:
        self._host, self._pin = host, pin
        self.binding = b""
        super().__init__(pool_connections=1, pool_maxsize=4)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let all connections be checked by `seen`."""
        context = client_context(has_pin=bool(self._pin))
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        adapter = self

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                shown = self.sock.getpeercert(True)  # type: ignore[union-attr]
                adapter.seen(shown or b"")
                self.is_verified = True  # by its pin; urllib3, which knows of none, would warn

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self.poolmanager.pool_classes_by_scheme = {"https": Pool}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave it to the context, which knows what this machine trusts."""
        if self._pin:
            conn.cert_reqs, conn.assert_hostname = "CERT_NONE", False
        else:
            conn.cert_reqs = "CERT_REQUIRED"

    def seen(self, certificate: bytes) -> None:
        """Look at the certificate of a new connection.

        Raises:
            AuthenticationError: It has not the key that was pinned.
        """
        check_pin(self._host, certificate, self._pin)
        self.binding = hashlib.sha256(certificate).digest()
