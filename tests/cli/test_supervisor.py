"""Signals are noted by their handlers and obeyed by the loop."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.cli.notify import Notifier
from tardis.cli.supervisor import Supervisor


class Life:
    """A supervisor whose calls are written down, with a manager that listens."""

    def __init__(self, place: Path, watchdog: str = "") -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(place / "notify"))
        self.line.setblocking(False)
        self.calls: list[str] = []
        self.now = 100.0
        environ = {"NOTIFY_SOCKET": str(place / "notify"), "WATCHDOG_USEC": watchdog}
        self.supervisor = Supervisor(
            Notifier(environ),
            lambda: self.calls.append("stop"),
            lambda: self.calls.append("reload"),
            lambda: self.now,
        )
        self.supervisor.hear(lambda: self.calls.append("wake"))

    def told(self) -> list[str]:
        """Return the first line of all that the manager was told since."""
        found = []
        while True:
            try:
                found.append(self.line.recv(4096).decode().splitlines()[0])
            except BlockingIOError:
                return found


@pytest.fixture
def life(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Life]:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    made = Life(tmp_path, getattr(request, "param", ""))
    yield made
    made.line.close()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_is_asked_for_once_and_told(life: Life, number: int) -> None:
    os.kill(os.getpid(), number)
    assert life.calls == ["wake"]
    assert life.supervisor.tick() is None
    os.kill(os.getpid(), number)
    life.supervisor.tick()
    assert life.calls == ["wake", "stop", "wake"]
    assert life.told() == ["STOPPING=1"]


def test_new_settings_are_asked_for_and_the_manager_hears_when_they_hold(life: Life) -> None:
    life.supervisor.stands("serving")
    os.kill(os.getpid(), signal.SIGHUP)
    assert life.calls == ["wake"]
    life.supervisor.tick()
    life.supervisor.tick()
    assert life.calls == ["wake", "reload"]
    assert life.told() == ["READY=1", "RELOADING=1", "READY=1"]


def test_who_ends_takes_no_new_settings(life: Life) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGHUP)
    life.supervisor.tick()
    assert life.calls == ["wake", "wake", "stop"]


@pytest.mark.parametrize("life", ["10000000"], indirect=True)
def test_the_watchdog_is_fed_in_time_and_no_more(life: Life) -> None:
    assert life.supervisor.tick() == 5.0
    life.now += 2
    assert life.supervisor.tick() == 3.0
    assert life.told() == ["WATCHDOG=1"]
    life.now += 3
    assert life.supervisor.tick() == 5.0
    assert life.told() == ["WATCHDOG=1"]
