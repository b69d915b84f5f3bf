"""Who is killed need not wait for an answer; who only meets a signal gets it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tardis.mount import device
from tardis.mount.answers import Answers, Interrupt
from tardis.mount.waiting import Waiting, is_killed
from tests.mount.desk import Desk, desk
from tests.mount.slow import Gate
from tests.mount.test_device import served, slow_desk

__all__ = ["desk"]

PATIENCE = 60.0
READ = """
import mmap, os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: None)
file = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
room = mmap.mmap(-1, 4096)
print(os.readv(file, [room]), room[:3], flush=True)
"""
"""Reads past the page cache: there the kernel cannot let go by itself."""


def test_an_answer_is_given_once() -> None:
    waiting = Waiting()
    waiting.begin(8, 4321)
    assert waiting.pid(8) == 4321 and waiting.pid(9) is None
    assert waiting.take(8) and not waiting.take(8) and waiting.pid(8) is None


def test_only_who_was_killed_is_known_as_that() -> None:
    assert not is_killed(os.getpid()) and not is_killed(0) and not is_killed(1 << 22)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as sleeper:
        sleeper.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED)
        sleeper.send_signal(signal.SIGTERM)  # waits until it goes on
        assert not is_killed(sleeper.pid)
        sleeper.kill()


@contextmanager
def reader(place: Path, gate: Gate) -> Iterator["subprocess.Popen[str]"]:
    """Give a program that reads the slow file and waits for it."""
    words = [sys.executable, "-c", READ, str(place / "third/top/slow")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert gate.met.wait(PATIENCE)
        try:
            yield process
        finally:
            gate.lifted.set()
            process.wait(PATIENCE)


@pytest.fixture
def interrupts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Give what is set when the kernel tells of a signal; ask again at once."""
    told, answer = Event(), Answers.answer

    def heard(self: Answers, request: memoryview) -> Any:
        said = answer(self, request)
        if isinstance(said, Interrupt):
            told.set()
        return said

    monkeypatch.setattr(Answers, "answer", heard)
    monkeypatch.setattr(device, "_AGAIN_SECONDS", 0.01)
    yield told


@pytest.mark.fuse
def test_who_is_killed_does_not_wait(desk: Desk, tmp_path: Path) -> None:
    gate = slow_desk(desk)
    with served(desk, tmp_path / "mnt") as place, reader(place, gate) as process:
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL and not gate.lifted.is_set()
        gate.lifted.set()
        assert (place / "third/top/slow").read_bytes() == b"s" * 300_000
    assert not desk.view.contents._handles


@pytest.mark.fuse
def test_a_signal_alone_breaks_nothing_off(desk: Desk, tmp_path: Path, interrupts: Event) -> None:
    gate = slow_desk(desk)
    with served(desk, tmp_path / "mnt") as place, reader(place, gate) as process:
        process.send_signal(signal.SIGUSR1)
        assert interrupts.wait(PATIENCE)
        gate.lifted.set()
        assert process.communicate(timeout=PATIENCE)[0] == "4096 b'sss'\n"
        assert process.returncode == 0


@pytest.mark.fuse
def test_who_is_killed_after_a_signal_does_not_wait_either(
    desk: Desk, tmp_path: Path, interrupts: Event
) -> None:
    gate = slow_desk(desk)
    with served(desk, tmp_path / "mnt") as place, reader(place, gate) as process:
        process.send_signal(signal.SIGUSR1)
        assert interrupts.wait(PATIENCE)
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL and not gate.lifted.is_set()
