"""TLS around a transport: the only module that knows `ssl`.

The records pass through memory, not through a TLS socket: one thread of ours reads a line
while another writes to it, which OpenSSL allows only under a lock, and a lock that is held
while the peer does not read would keep both sides waiting for each other.
"""

import hashlib
import hmac
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import Final

from tardis.crypto import pin_of
from tardis.model import AuthenticationError, ConfigError, LineLostError

from .transport import Transport

HANDSHAKE_SECONDS: Final = 60.0
"""How long the other side may take to agree."""

_CHUNK: Final = 256 << 10
_NOT_TLS: Final = bytes.fromhex("15030100020246")
"""The alert "protocol_version", fatal."""

_HOW: Final = "Check that it has a certificate that this machine trusts, or give its --pin."


class TlsTransport:
    """A transport whose bytes are encrypted on the wire; see `Transport`.

    The handshake has been done.  The end of the stream is not told from its being cut:
    the conversation above knows which words are the last.

    Args:
        plain: What carries the records; closed with this.
        session: Of the handshake.
        records: (received, to be sent), in memory.

    Attributes:
        peer: See `Transport`.
        is_local: See `Transport`.
        binding: SHA-256 of the server's certificate, what a login is bound to.
    """

    def __init__(
        self,
        plain: Transport,
        session: ssl.SSLObject,
        records: tuple[ssl.MemoryBIO, ssl.MemoryBIO],
        binding: bytes,
    ) -> None:
        self._plain = plain
        self._session = session
        self._received, self._sent = records
        self._turn, self._sending = Lock(), Lock()
        self.peer, self.is_local = plain.peer, plain.is_local
        self.binding = binding

    def read(self, limit: int) -> bytes:
        """Return what has arrived, 1 to *limit* bytes; b"" at the end or once closed.

        Raises:
            LineLostError: The connection broke, or what came is not what was sent.
        """
        while True:
            with self._turn:
                found = self._decrypted(limit)
            if found is not None:
                self._answer()
                return found
            data = self._plain.read(_CHUNK)
            if not data:
                return b""
            with self._turn:
                self._received.write(data)

    def read_into(self, buffer: memoryview) -> int:
        """Put what has arrived into *buffer*; return how many bytes, 0 at the end.

        Raises:
            LineLostError: As `read` does.
        """
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def write(self, *parts: bytes | memoryview) -> None:
        """Write all of *parts*, one after another.

        Raises:
            LineLostError: The connection broke or was closed; part may have been sent.
        """
        view = memoryview(b"".join(parts))
        with self._sending:
            for start in range(0, len(view), _CHUNK):
                with self._turn:
                    self._encrypt(view[start : start + _CHUNK])
                    records = self._sent.read()
                self._plain.write(records)

    def close(self) -> None:
        """End both directions and wake whoever reads or writes; harmless when repeated."""
        self._plain.close()

    def _decrypted(self, limit: int) -> bytes | None:
        """Return what is there, b"" at the end, None when more has to arrive first."""
        try:
            return self._session.read(limit)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            raise LineLostError(f"the line to {self.peer} was disturbed: {_why(error)}") from error

    def _encrypt(self, part: memoryview) -> None:
        try:
            self._session.write(part)
        except ssl.SSLError as error:
            raise LineLostError(f"the line to {self.peer} was disturbed: {_why(error)}") from error

    def _answer(self) -> None:
        """Send what TLS itself has to say, unless whoever writes will do so."""
        if self._sent.pending and self._sending.acquire(blocking=False):
            try:
                with self._turn:
                    records = self._sent.read()
                self._plain.write(records)
            finally:
                self._sending.release()


class ServerTls:
    """What a server needs to speak TLS.

    Args:
        certificate: File with its certificate, and those that vouch for it.
        key: File with the private key.

    Attributes:
        pin: See `crypto.pin_of`.
        binding: SHA-256 of the certificate, what a login is bound to.

    Raises:
        ConfigError: They cannot be read, or do not belong together.
    """

    def __init__(self, certificate: str, key: str) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._context.load_cert_chain(certificate, key, password=_no_password)
            with open(certificate, encoding="ascii") as file:
                first = _first_certificate(file.read())
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"the certificate {certificate} with the key {key} cannot be used: {_why(error)}",
                hint="`tardisd --make-certificate NAME` makes a pair that fits.",
            ) from error
        self.binding = hashlib.sha256(first).digest()
        self.pin = pin_of(first)

    def accept(self, plain: Transport) -> TlsTransport:
        """Return *plain* with TLS on it, its handshake done.

        Raises:
            LineLostError: The client does not speak TLS, or does not trust us.
        """
        records = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self._context.wrap_bio(*records, server_side=True)
        try:
            _shake_hands(plain, session, records)
        except ssl.SSLError as error:
            with suppress(LineLostError):
                plain.write(_NOT_TLS)  # OpenSSL says nothing to who begins in clear
            raise LineLostError(
                f"{plain.peer} did not begin a TLS connection: {_why(error)}"
            ) from error
        return TlsTransport(plain, session, records, self.binding)


def connect(plain: Transport, host: str, pin: str) -> TlsTransport:
    """Return *plain* with TLS on it, its handshake done and the server known.

    Args:
        plain: Connected, nothing said yet.
        host: See `Trust`, as for *pin*.
        pin: See there.

    Raises:
        AuthenticationError: The server is not the one that is meant.
        LineLostError: The server does not speak TLS.
    """
    records = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = client_context(has_pin=bool(pin)).wrap_bio(*records, server_hostname=host)
    try:
        _shake_hands(plain, session, records)
    except ssl.SSLCertVerificationError as error:
        raise AuthenticationError(
            f"the certificate of {plain.peer} is not trusted: {error.verify_message}", hint=_HOW
        ) from error
    except ssl.SSLError as error:
        raise LineLostError(
            f"{plain.peer} does not speak TLS: {_why(error)}",
            hint="Leave out --ssl if it is meant to be like that.",
        ) from error
    certificate = session.getpeercert(binary_form=True) or b""
    check_pin(plain.peer, certificate, pin)
    return TlsTransport(plain, session, records, hashlib.sha256(certificate).digest())


def client_context(*, has_pin: bool) -> ssl.SSLContext:
    """Return what a client trusts: what this machine does; with a pin, whom `check_pin` knows."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if has_pin:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the pin is looked at instead
    return context


def check_pin(peer: str, certificate: bytes, pin: str) -> None:
    """Make sure that *certificate*, of *peer*, has the key of *pin*, unless that is empty.

    Raises:
        AuthenticationError: It has another one.
    """
    if not pin:
        return
    found = pin_of(certificate)
    if not hmac.compare_digest(found, pin):
        raise AuthenticationError(
            f"{peer} has another key than the one that was pinned",
            hint=f"It shows {found}: compare that with what the server printed.",
        )


def _shake_hands(
    plain: Transport, session: ssl.SSLObject, records: tuple[ssl.MemoryBIO, ssl.MemoryBIO]
) -> None:
    received, sent = records
    with _limited(plain):
        while not _is_agreed(plain, session, sent):
            data = plain.read(_CHUNK)
            if not data:
                raise LineLostError(f"{plain.peer} hung up before the connection was secured")
            received.write(data)


def _is_agreed(plain: Transport, session: ssl.SSLObject, sent: ssl.MemoryBIO) -> bool:
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        return False
    else:
        return True
    finally:  # what is said on failure tells the other side why
        if records := sent.read():
            plain.write(records)


@contextmanager
def _limited(plain: Transport) -> Iterator[None]:
    """Hang up unless the block is over in time."""
    timer = Timer(HANDSHAKE_SECONDS, plain.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _first_certificate(text: str) -> bytes:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start = text.index(begin)
    return ssl.PEM_cert_to_DER_cert(text[start : text.index(end, start) + len(end)])


def _no_password() -> str:
    raise ValueError("the key is protected by a password")


def _why(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
