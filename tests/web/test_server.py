"""The HTTP server itself: addresses, TLS, and clients that say nothing, or nonsense."""

import errno
import http.client
import socket
import ssl
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import make_certificate
from tardis.model import ConfigError
from tardis.store import open_raw
from tardis.web import WebServer, make_app
from tardis.web import server as web_server
from tests.web.site import ALICE, Site, make_site, password_of, small_stores
from tests.web.visitor import Visitor


def raw(port: int, data: bytes) -> bytes:
    """Return what the server says to *data* until it hangs up."""
    with closing(socket.create_connection(("127.0.0.1", port), 30)) as line:
        line.sendall(data)
        found = b""
        while part := line.recv(65536):
            found += part
        return found


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    certificate, key, _ = make_certificate("localhost")
    (tmp_path / "cert").write_bytes(certificate)
    (tmp_path / "key").write_bytes(key)
    return str(tmp_path / "cert"), str(tmp_path / "key")


def test_tls_serves_and_a_silent_client_holds_nobody_up(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    with small_stores():
        site = make_site(tmp_path / "base", is_secure=True, binding=b"b" * 32)
    trust = ssl.create_default_context(cafile=pair[0])
    trust.check_hostname = False
    with site.serving(pair):
        silent = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(5)]
        with closing(Visitor(site.port, trust)) as one:
            one.login(ALICE, password_of(ALICE))
            assert one.jar["tardis"]["secure"]
            question = one.begin(ALICE, bound=True).json
            assert one.prove(question, password_of(ALICE), b"b" * 32)[0].status == 200
            question = one.begin(ALICE, bound=True).json
            assert one.prove(question, password_of(ALICE), b"c" * 32)[0].status == 401
            with closing(open_raw(site.place, ALICE)) as store:
                [large] = [row for row in store.contents(range(1, 50)).values() if row.pack is None]
                with closing(store.file(large.digest, large.place)) as file:
                    stored = file.read_at(file.length(), 0)
            path = f"/api/v1/reader/{ALICE}/file/{large.digest.hex()}/{large.place}"
            assert one.get(path).body == stored, "the kernel sends no file past the encryption"
        assert b"HTTP/1.1 200" not in raw(site.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for line in silent:
            line.close()
        with closing(Visitor(site.port, trust)) as one:
            assert one.get("/api/v1/session").status == 200
    assert not [line for line in site.log if "Traceback" in line]


def test_an_address_in_use_and_files_that_are_none_are_told(site: Site, tmp_path: Path) -> None:
    app = make_app(site.options, site.note)
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {site.port}"):
        WebServer(app, [("127.0.0.1", 0), ("127.0.0.1", site.port)], None, site.note)
    (tmp_path / "x").write_text("nothing")
    for path in ("x", "absent"):
        files = str(tmp_path / path), str(tmp_path / path)
        with pytest.raises(ConfigError, match="cannot use"):
            WebServer(app, [("127.0.0.1", 0)], files, site.note)


def test_requests_that_are_none_are_refused_and_hurt_nobody(site: Site) -> None:
    for data in (
        b"\0\1\2\3\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n",
    ):
        said = raw(site.port, data)
        assert b" 4" in said[:12] or b" 505" in said[:12], (data[:60], said[:60])
    with site.visitor() as one:
        assert one.get("/api/v1/session").status == 200


def test_a_body_that_was_not_wanted_is_no_second_request(site: Site) -> None:
    hidden = b"GET /api/v1/session HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    last = b"GET /nowhere-else HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = raw(site.port, head + hidden + last)
    assert said.count(b"HTTP/1.1 404") == 2 and b" 200 " not in said


def test_chunks_that_are_none_or_too_many_are_refused(site: Site) -> None:
    head = (
        b"POST /api/v1/login/begin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    good = b'{"client": "nobody"}'
    assert b" 200 " in raw(site.port, head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(good), good))[:20]
    for body in (
        b"xyz\r\n{}\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"%x\r\n%s" % (9 << 20, b" " * (3 << 20)),
    ):
        assert b" 4" in raw(site.port, head + body)[:12], body[:20]


def test_it_asks_its_owner_now_and_when_it_is_woken(site: Site) -> None:
    server = WebServer(make_app(site.options, site.note), [("127.0.0.1", 0)], None, site.note)
    asked: list[int] = []

    def tick() -> float | None:
        asked.append(len(asked))
        if len(asked) == 3:
            server.stop()
            server.stop()  # as often as a signal comes
        for _ in range(100_000 if len(asked) == 2 else 1):
            server.wake()
        return 60.0

    server.serve(tick=tick)
    assert asked == [0, 1, 2]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.ports[0], 5)
    server.close()
    server.stop()


def has_ipv6() -> bool:
    try:
        with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)):
            return True
    except OSError:
        return False


def test_it_listens_on_all_addresses_of_both_kinds(site: Site) -> None:
    """Both wildcards at once: the one of IPv6 leaves IPv4 to the other."""
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    app = make_app(site.options, site.note)
    server = WebServer(app, [("0.0.0.0", 0), ("::", 0)], None, site.note)
    assert server.ports[0][1] == server.ports[1][1]
    started = threading.Event()
    thread = threading.Thread(target=server.serve, args=(started.set,))
    thread.start()
    try:
        assert started.wait(30)
        for host in ("127.0.0.1", "::1"):
            line = http.client.HTTPConnection(host, server.ports[0][1], timeout=30)
            with closing(line):
                line.request("GET", "/healthz")
                assert line.getresponse().status == 200
    finally:
        server.stop()
        thread.join(30)
    assert server.addresses[1].startswith("[::]:")


def test_of_the_usual_addresses_one_that_there_is_not_is_left_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = web_server._one

    def without_ipv6(host: str, port: int) -> socket.socket:
        if ":" in host:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return usual(host, port)

    monkeypatch.setattr(web_server, "_one", without_ipv6)
    app = make_app(site.options, site.note)
    with closing(WebServer(app, [("127.0.0.1", 0), ("::1", 0)], None, site.note)) as server:
        assert len(server.addresses) == 1
    for binds in ([("::1", 0)], [("127.0.0.1", 0), ("2001:db8::1", 0)]):
        with pytest.raises(ConfigError, match="cannot listen on"):
            WebServer(app, binds, None, site.note)
