"""Listening sockets: paths left behind, paths in use, and a system that runs out."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tardis.model import ConfigError
from tardis.net import Listener, Transport
from tardis.net.servers import TcpServer
from tardis.net.visits import Visits
from tests.net.lines import until


def ignore(transport: Transport) -> None:
    transport.close()


def test_a_path_that_a_dead_process_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    listener = Listener(path, ignore)
    assert listener.addresses == (str(path),)
    listener.close()
    assert not path.exists()


def test_a_path_that_somebody_listens_on_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    first = Listener(path, ignore)
    with pytest.raises(ConfigError, match=r"cannot listen on .*socket: Address already in use"):
        Listener(path, ignore)
    assert path.is_socket()
    first.close()


def test_a_path_that_is_a_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="Address already in use"):
        Listener(path, ignore)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["x" * 200, "no/such/directory"])
def test_an_impossible_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot listen on"):
        Listener(str(tmp_path / name), ignore)


def test_anothers_socket_at_our_path_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    listener = Listener(path, ignore)
    path.rename(tmp_path / "moved")  # its inode stays taken
    path.write_text("precious")
    listener.close()
    assert path.read_text() == "precious"


def test_closing_after_the_path_has_gone_is_harmless(tmp_path: Path) -> None:
    listener = Listener(tmp_path / "socket", ignore)
    os.unlink(tmp_path / "socket")
    listener.close()
    listener.close()


Told = list[BaseException]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def server(told: Told) -> Iterator[TcpServer]:
    visits = Visits(ignore, told.append, 10)
    made = TcpServer(int(socket.AF_INET), ("127.0.0.1", 0), visits)
    yield made
    made.server_close()
    visits.end(0)


def test_a_system_that_runs_out_is_told_and_not_pestered(
    server: TcpServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_: Any) -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("tardis.net.servers._PAUSE", 0.001)
    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "accept", exhausted)
        with socket.create_connection(server.server_address[:2]):  # type: ignore[arg-type]
            server.handle_request()
    assert [error.errno for error in told if isinstance(error, OSError)] == [errno.EMFILE]


def test_a_knock_that_is_gone_again_is_not_waited_for(server: TcpServer, told: Told) -> None:
    server.handle_request()
    with pytest.raises(BlockingIOError):
        server.get_request()
    assert told == []


def test_a_visit_without_a_thread_is_reported_and_not_counted(
    server: TcpServer, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", exhausted)
        with socket.create_connection(server.server_address[:2]):  # type: ignore[arg-type]
            server.handle_request()
    assert [str(error) for error in told] == ["can't start new thread"]
    assert server._visits.count == 0


def test_a_visit_is_counted_while_it_runs(server: TcpServer) -> None:
    with socket.create_connection(server.server_address[:2]) as line:  # type: ignore[arg-type]
        server.handle_request()
        assert server._visits.seen == 1
        assert line.recv(1) == b""
    until(lambda: server._visits.count == 0)
