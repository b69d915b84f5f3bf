"""What a service manager hears, on a socket as it would make one."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tardis.cli.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, str]]:
    """Give a listening socket, and its name as the environment tells it."""
    is_path = request.param == "path"
    name = str(tmp_path / "notify") if is_path else f"@tardis-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(name if is_path else "\0" + name[1:])
        line.settimeout(20)
        yield line, name


def heard(line: socket.socket) -> list[str]:
    return line.recv(4096).decode().splitlines()


def test_each_stage_is_told(manager: tuple[socket.socket, str]) -> None:
    line, name = manager
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("serving two")
    assert heard(line) == ["READY=1", f"MAINPID={os.getpid()}", "STATUS=serving two"]
    notifier.reloading()
    first, clock = heard(line)
    assert first == "RELOADING=1" and int(clock.removeprefix("MONOTONIC_USEC=")) > 0
    notifier.stopping()
    assert heard(line)[0] == "STOPPING=1"
    notifier.alive()
    assert heard(line) == ["WATCHDOG=1"]


def test_nobody_is_told_where_nobody_wants_to_know(tmp_path: Path) -> None:
    Notifier({}).ready("alone")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("alone")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "30000000"}, 15.0),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "own"}, 1.5),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_sign_of_life_is_given_twice_in_the_time_allowed(
    environ: dict[str, str], seconds: float | None
) -> None:
    environ = {name: text.replace("own", str(os.getpid())) for name, text in environ.items()}
    assert Notifier(environ).watchdog == seconds
