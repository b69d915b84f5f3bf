"""Sockets: dialling, names of peers, and what the kernel is asked for."""

import os
import socket
import struct
from pathlib import Path

import pytest

from tardis.model import LineLostError
from tardis.net import SocketTransport, dial_tcp, dial_unix, memory_pair
from tardis.net.transport import is_socket_path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_refused_connection_names_the_address_and_what_to_check() -> None:
    port = free_port()
    with pytest.raises(LineLostError, match=rf"127\.0\.0\.1:{port}: Connection refused") as told:
        dial_tcp("127.0.0.1", port, 5)
    assert told.value.hint == "check that tardisd runs there"
    assert told.value.exit_status == 23


def test_an_unknown_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(LineLostError, match="cannot reach castle:7420: Name or service not known"):
        dial_tcp("castle", 7420, 5)


@pytest.mark.parametrize("host", ["x" * 64 + ".invalid", "a..b"])
def test_an_impossible_host_is_a_lost_line_too(host: str) -> None:
    with pytest.raises(LineLostError, match="cannot reach"):
        dial_tcp(host, 7420, 5)


def test_nobody_at_a_path_is_a_lost_line(tmp_path: Path) -> None:
    with pytest.raises(LineLostError, match="gone: No such file"):
        dial_unix(str(tmp_path / "gone"), 5)
    with pytest.raises(LineLostError, match="cannot reach"):
        dial_unix(str(tmp_path / ("x" * 200)), 5)


def test_every_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        line = dial_tcp("castle", port, 5)
        assert line.peer == f"127.0.0.1:{port}"
        line.close()


def test_a_host_without_addresses_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(LineLostError, match="it has no address"):
        dial_tcp("castle", 7420, 5)


def test_nobody_answering_in_time_is_a_lost_line() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        place = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        with pytest.raises(LineLostError, match="timed out"):
            dial_tcp(place[0], place[1], 0.05)
        for one in waiting:
            one.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="Python without IPv6")
def test_an_ipv6_peer_is_named_in_brackets() -> None:
    try:
        listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error.strerror}")
    with listening:
        port = listening.getsockname()[1]
        line = dial_tcp("::1", port, 5)
        assert line.peer == f"[::1]:{port}"
        assert line.is_local
        line.close()


class Elsewhere(socket.socket):
    """A connected socket that says its peer is on another machine."""

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.7", 7420


def test_another_machine_is_not_local() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = Elsewhere()
        connection.connect(listening.getsockname())
        line = SocketTransport(connection)
        assert (line.peer, line.is_local) == ("192.0.2.7:7420", False)
        line.close()


def test_a_peer_that_left_before_we_looked_is_no_crash() -> None:
    with socket.socket() as unconnected:
        line = SocketTransport(unconnected)
        assert (line.peer, line.is_local) == ("a peer that left", False)
        line.close()


def test_frames_are_not_held_back_and_dead_machines_are_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connection = socket.create_connection(listening.getsockname())
        line = SocketTransport(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        line.close()


def test_a_reset_line_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = dial_tcp("127.0.0.1", listening.getsockname()[1], 5)
        theirs, _ = listening.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
        with pytest.raises(LineLostError, match="was cut: Connection reset by peer"):
            line.read(10)
        line.close()


def test_closing_frees_the_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    one, other = memory_pair()
    one.close()
    other.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_socket_path_has_107_bytes_at_most() -> None:
    assert is_socket_path("x" * 107)
    assert not is_socket_path("x" * 108)
    assert not is_socket_path("\N{SNOWMAN}" * 36)
