"""Listening on several addresses at once, one visit or many, and stopping promptly."""

import errno
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tardis.model import ConfigError, LineLostError
from tardis.net import Listener, Transport, dial_tcp, dial_unix, parse_server_url
from tests.net.lines import PATIENCE, in_thread, until

HOME = ("127.0.0.1", 0)


def echo(transport: Transport) -> None:
    while data := transport.read(1000):
        transport.write(data)


@contextmanager
def serving(binds: Any = (HOME,), handle: Any = echo, **rules: Any) -> Iterator[Listener]:
    listener = Listener(binds, handle, **rules)
    server = in_thread(listener.serve)
    try:
        yield listener
    finally:
        listener.stop()
        server.join(PATIENCE)
        assert not server.is_alive()


def dial(listener: Listener, place: int = 0) -> Transport:
    host, port, _ = parse_server_url(listener.addresses[place])
    assert port is not None
    return dial_tcp(host, port, 10)


def said_back(line: Transport, words: bytes = b"hello") -> bytes:
    line.write(words)
    return line.read(1000)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback here")


def test_visits_are_served_at_the_same_time() -> None:
    with serving() as listener:
        lines = [dial(listener) for _ in range(5)]
        for line in reversed(lines):
            assert said_back(line) == b"hello"
        for line in lines:
            line.close()


@needs_ipv6
def test_several_addresses_share_a_free_port() -> None:
    with serving([HOME, ("::1", 0)]) as listener:
        first, second = listener.addresses
        assert first.rpartition(":")[2] == second.rpartition(":")[2]
        for place in range(2):
            line = dial(listener, place)
            assert said_back(line) == b"hello"
            line.close()


@needs_ipv6
def test_a_port_that_is_free_on_one_address_only_is_no_trouble() -> None:
    other = socket.create_server(("::1", 0), family=socket.AF_INET6)
    taken = int(other.getsockname()[1])
    with other, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listener = Listener([HOME], echo)
        listener._bind(int(socket.AF_INET6), ("::1", taken), is_any=True)
        assert len(listener.addresses) == 2
        assert listener.addresses[1] != f"[::1]:{taken}"
        listener.close()


@needs_ipv6
def test_all_addresses_of_both_kinds_may_have_one_port() -> None:
    with serving([("0.0.0.0", 0), ("::", 0)]) as listener:
        assert len(listener.addresses) == 2


def test_a_name_is_bound_at_all_its_addresses() -> None:
    with serving([("localhost", 0)]) as listener:
        line = dial(listener)
        assert said_back(line) == b"hello"
        line.close()


def test_an_address_in_use_is_a_wrong_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError) as told:
            Listener([HOME, ("127.0.0.1", port)], echo)
    assert str(told.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert told.value.exit_status == 4


def test_a_failure_frees_what_was_bound_before() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ConfigError):
        Listener([("127.0.0.1", port), ("127.0.0.1", other.getsockname()[1])], echo)
    socket.create_server(("127.0.0.1", port)).close()


def test_an_unknown_host_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConfigError, match="cannot listen on castle:1: Name or service"):
        Listener([("castle", 1)], echo)


@pytest.fixture
def no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that knows no IPv6 address."""
    bind = socket.socket.bind

    class Without(socket.socket):
        def bind(self, address: Any) -> None:
            if self.family == socket.AF_INET6:
                raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
            bind(self, address)

    monkeypatch.setattr(socket, "socket", Without)


@pytest.mark.usefixtures("no_ipv6")
def test_without_ipv6_the_default_pair_is_bound_by_half() -> None:
    listener = Listener([HOME, ("::1", 0)], echo)
    assert len(listener.addresses) == 1
    listener.close()


@pytest.mark.usefixtures("no_ipv6")
@pytest.mark.parametrize("binds", [[("::1", 0)], [("::1", 0), HOME], [HOME, ("::", 0)]])
def test_without_ipv6_what_was_asked_for_is_refused(binds: list[tuple[str, int]]) -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on \[::1?\]:0: Cannot assign"):
        Listener(binds, echo)


def test_an_old_connection_may_hold_the_port() -> None:
    with serving(handle=lambda transport: None, reuse_address=True) as listener:
        line = dial(listener)
        assert line.read(1) == b""
        place = listener.addresses[0]
        line.close()
    _, port, _ = parse_server_url(place)
    assert port is not None
    Listener([("127.0.0.1", port)], echo, reuse_address=True).close()


def test_a_handler_that_raises_is_reported_and_the_next_is_served() -> None:
    told: list[BaseException] = []
    boom = ValueError("boom")

    def fail(transport: Transport) -> None:
        raise boom

    with serving(handle=fail, on_error=told.append) as listener:
        for _ in range(2):
            line = dial(listener)
            assert line.read(10) == b""
            line.close()
        until(lambda: told == [boom, boom])


def test_the_transport_is_closed_when_the_handler_returns() -> None:
    kept: list[Transport] = []
    with serving(handle=kept.append) as listener:
        line = dial(listener)
        assert line.read(10) == b""
        line.close()
    with pytest.raises(LineLostError, match="is closed"):
        kept[0].write(b"x")


def test_too_many_visits_are_turned_away() -> None:
    told: list[BaseException] = []
    with serving(max_visits=1, on_error=told.append) as listener:
        first = dial(listener)
        assert said_back(first) == b"hello"
        second = dial(listener)
        assert second.read(10) == b""
        assert "too many visits" in str(told[0])
        first.close()
        until(lambda: listener._visits.count == 0)
        third = dial(listener)
        assert said_back(third) == b"hello"
        for line in (second, third):
            line.close()


def test_single_mode_serves_one_visit_and_returns() -> None:
    listener = Listener([HOME, HOME], echo, is_single=True)
    server = in_thread(listener.serve)
    line = dial(listener)
    assert said_back(line) == b"hello"
    with pytest.raises(LineLostError, match=r"refused|reset"):  # whether it had queued or not
        dial(listener, 1).read(1)
    line.close()
    server.join(PATIENCE)
    assert not server.is_alive()
    with pytest.raises(LineLostError, match="refused"):
        dial(listener)


def test_single_mode_can_be_stopped_too() -> None:
    with serving(is_single=True) as listener:
        listener.stop()
    with serving(is_single=True) as listener:
        line = dial(listener)
        assert said_back(line) == b"hello"
    assert line.read(10) == b""
    line.close()


def test_stopping_ends_the_running_visits() -> None:
    ended = Event()

    def visit(transport: Transport) -> None:
        echo(transport)
        ended.set()

    with serving(handle=visit) as listener:
        line = dial(listener)
        assert said_back(line) == b"hello"
    assert ended.is_set()
    assert line.read(10) == b""
    line.close()


def test_stopping_before_serving_serves_nobody() -> None:
    listener = Listener([HOME], echo)
    listener.stop()
    listener.serve()
    listener.stop()
    with pytest.raises(LineLostError):
        dial(listener)


def test_a_signal_handler_may_stop_it() -> None:
    listener = Listener([HOME], echo)
    before = signal.signal(signal.SIGUSR1, lambda *_: listener.stop())
    try:
        ringer = Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
        ringer.start()
        listener.serve()
        ringer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_unix_socket_is_for_its_owner_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with serving(path) as listener:
        assert listener.addresses == (str(path),)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        line = dial_unix(str(path), 10)
        assert said_back(line) == b"hello"
        line.close()
    assert not path.exists()


def test_it_ticks_whenever_something_happens_and_in_time() -> None:
    ticks: list[None] = []

    def tick() -> float | None:
        ticks.append(None)
        return 0.01 if len(ticks) < 5 else None

    with serving(tick=tick) as listener:
        until(lambda: len(ticks) == 5)
        listener.wake()
        until(lambda: len(ticks) == 6)
        line = dial(listener)
        assert said_back(line) == b"hello"
        line.close()
        until(lambda: len(ticks) >= 7)  # that one went may be seen in the same turn


def test_visits_that_end_by_themselves_are_given_the_time(tmp_path: Path) -> None:
    stopping = Event()

    def polite(transport: Transport) -> None:
        transport.write(b"hello")
        stopping.wait(PATIENCE)
        transport.write(b"goodbye")

    listener = Listener([HOME], polite, patience=PATIENCE)
    server = in_thread(listener.serve)
    line = dial(listener)
    assert line.read(5) == b"hello"
    listener.stop()
    stopping.set()
    assert line.read(7) == b"goodbye"
    assert line.read(7) == b""
    server.join(PATIENCE)
    assert not server.is_alive()
    line.close()
