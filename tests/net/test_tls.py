"""TLS on a line: who is trusted, both ways at once, and peers that do not speak it."""

import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from tardis.crypto import make_certificate
from tardis.model import AuthenticationError, ConfigError, LineLostError
from tardis.net import SocketTransport, Transport, Trust, memory_pair, secured, server_tls, tls
from tests.net.lines import PATIENCE, in_thread, until

HOST = "backup.example"


class Pair(NamedTuple):
    """Files of a server, and their pin."""

    certificate: str
    key: str
    pin: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return made(tmp_path_factory.mktemp("pair"))


def made(place: Path, name: str = HOST) -> Pair:
    public, hidden, pin = make_certificate(name)
    (place / "cert").write_bytes(public)
    (place / "key").write_bytes(hidden)
    return Pair(str(place / "cert"), str(place / "key"), pin)


class Ends:
    """A client and a server that agree, or do not, in two threads."""

    def __init__(self, pair: Pair) -> None:
        self.plain, self.far = memory_pair()
        self.accept, self.pin = server_tls(pair.certificate, pair.key)
        self.server: Transport | None = None
        self.trouble: LineLostError | None = None
        self.thread: Thread = in_thread(self._serve)

    def _serve(self) -> None:
        try:
            self.server = self.accept(self.far)
        except LineLostError as error:
            self.trouble = error
            self.far.close()

    def connect(self, host: str = HOST, pin: str = "") -> Transport:
        try:
            return secured(self.plain, Trust(host, pin))
        finally:
            self.thread.join(PATIENCE)

    def both(self) -> tuple[Transport, Transport]:
        client = self.connect(pin=self.pin)
        assert self.server is not None
        return client, self.server


@pytest.fixture
def ends(pair: Pair) -> Iterator[Ends]:
    found = Ends(pair)
    yield found
    found.plain.close()
    found.far.close()
    found.thread.join(PATIENCE)
    assert not found.thread.is_alive()


def read_all(transport: Transport, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (part := transport.read(1 << 20)):
        data += part
    return bytes(data)


def test_words_arrive_both_ways(ends: Ends) -> None:
    client, server = ends.both()
    client.write(b"hello")
    assert server.read(100) == b"hello"
    server.write(memoryview(b"welcome"))
    assert client.read(3) == b"wel" and client.read(100) == b"come"
    assert client.binding == server.binding and len(client.binding) == 32
    client.close()
    assert server.read(100) == b""


def test_both_sides_may_send_a_lot_at_once(ends: Ends) -> None:
    client, server = ends.both()
    there, back = os.urandom(20 << 20), os.urandom(20 << 20)
    got: dict[str, bytes] = {}
    threads = [
        in_thread(lambda: client.write(there)),
        in_thread(lambda: server.write(back)),
        in_thread(lambda: got.update(there=read_all(server, len(there)))),
        in_thread(lambda: got.update(back=read_all(client, len(back)))),
    ]
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert got == {"there": there, "back": back}


def test_nothing_of_it_is_seen_on_the_wire(pair: Pair) -> None:
    one, other = socket.socketpair()
    left, right = socket.socketpair()
    seen: list[bytes] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                seen.append(data)
                target.sendall(data)

    for ways in ((other, left), (left, other)):
        in_thread(lambda ways=ways: carry(*ways))  # type: ignore[misc]
    ends = Ends.__new__(Ends)
    ends.plain, ends.far = SocketTransport(one), SocketTransport(right)
    ends.accept, ends.pin = server_tls(pair.certificate, pair.key)
    ends.server = ends.trouble = None
    ends.thread = in_thread(ends._serve)
    client, server = ends.both()
    client.write(b"a very secret word")
    assert server.read(100) == b"a very secret word"
    client.close()
    server.close()
    assert seen and b"secret" not in b"".join(seen)


def test_a_certificate_that_nobody_vouches_for_is_refused(ends: Ends) -> None:
    with pytest.raises(AuthenticationError, match=r"is not trusted.*self.signed") as caught:
        ends.connect()
    assert "--pin" in caught.value.hint
    assert ends.server is None and ends.trouble is not None


def test_a_trusted_certificate_must_be_for_the_host(
    pair: Pair, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", pair.certificate)
    client = ends.connect()
    assert ends.server is not None
    client.close()
    others = Ends(pair)
    with pytest.raises(AuthenticationError, match="mismatch"):
        others.connect("another.example")


def test_another_key_than_the_pinned_one_is_refused(ends: Ends, tmp_path: Path) -> None:
    with pytest.raises(AuthenticationError, match="another key") as caught:
        ends.connect(pin=made(tmp_path).pin)
    assert ends.pin in caught.value.hint


def test_a_server_that_does_not_speak_tls_is_told(pair: Pair) -> None:
    plain, far = memory_pair()

    def answer() -> None:
        far.read(1000)
        far.write(b"\0\0\0\x20 some frame of a plain server...")

    in_thread(answer)
    with pytest.raises(LineLostError, match="does not speak TLS") as caught:
        secured(plain, Trust(HOST, pair.pin))
    assert "--ssl" in caught.value.hint
    far.close()


def test_a_server_that_hangs_up_is_told(pair: Pair) -> None:
    plain, far = memory_pair()
    far.close()
    with pytest.raises(LineLostError):
        secured(plain, Trust(HOST, pair.pin))


@pytest.mark.parametrize("words", [b"\0\0\0\x05hello", b"\x16\x03\x01\xff\xff" + b"x" * 70000])
def test_a_client_that_does_not_speak_tls_is_told(ends: Ends, words: bytes) -> None:
    ends.plain.write(words)
    ends.thread.join(PATIENCE)
    assert ends.trouble is not None and "did not begin a TLS connection" in str(ends.trouble)


def test_a_silent_client_is_not_waited_for(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "HANDSHAKE_SECONDS", 0.05)
    ends = Ends(pair)
    ends.thread.join(PATIENCE)
    assert "hung up" in str(ends.trouble)
    ends.plain.close()


def test_a_record_that_was_changed_ends_the_line(ends: Ends) -> None:
    _, server = ends.both()
    record = b"\x17\x03\x03" + struct.pack("!H", 40) + bytes(40)
    ends.plain.write(record)
    with pytest.raises(LineLostError, match="disturbed"):
        server.read(100)


def old(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_versions_that_are_too_old_are_refused(ends: Ends) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    old(context)
    records = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(*records)
    with pytest.raises(ssl.SSLError):
        tls._shake_hands(ends.plain, session, records)
    until(lambda: ends.trouble is not None)


def cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(cut(path.read_bytes()))]
)
@pytest.mark.parametrize("which", [0, 1])
def test_files_that_cannot_be_used_are_told(
    tmp_path: Path, spoil: Callable[[Path], object], which: int
) -> None:
    pair = made(tmp_path)
    spoil(Path(pair[which]))
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        server_tls(pair.certificate, pair.key)
    assert "--make-certificate" in caught.value.hint


def test_a_key_of_another_certificate_is_told(tmp_path: Path, pair: Pair) -> None:
    other = made(tmp_path)
    with pytest.raises(ConfigError, match="cannot be used"):
        server_tls(pair.certificate, other.key)
