"""The real device: mounted by the program, answered from here, and never left behind."""

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tardis.mount import FIXED, can_serve, device, serve, wire
from tardis.mount.answers import Answers
from tests.mount.desk import Desk, desk
from tests.mount.slow import Gate, SlowReader

__all__ = ["desk"]
pytestmark = pytest.mark.fuse

OPTIONS: dict[str, Any] = FIXED | {"entry_timeout": "60", "attr_timeout": "0", "nothreads": False}


def unmount(place: Path) -> None:
    subprocess.run(["fusermount3", "-u", str(place)], check=True, timeout=60)


@contextmanager
def served(desk: Desk, place: Path, **more: Any) -> Iterator[Path]:
    """Serve in a thread; the device has to be unmounted inside or by the end of the block."""
    place.mkdir()
    stands = threading.Event()
    words = (desk.view, str(place), stands.set, OPTIONS | more)
    thread = threading.Thread(target=serve, args=words, daemon=True)
    thread.start()
    assert stands.wait(60)
    try:
        yield place
    finally:
        if os.path.ismount(place):
            unmount(place)
        thread.join(60)
        assert not thread.is_alive() and not os.path.ismount(place)


@pytest.mark.parametrize(
    ("more", "can"),
    [
        ({}, True),
        ({"allow_other": True, "max_read": "4096", "fsname": "a,b"}, True),
        ({"debug": False}, True),
        ({"debug": True}, False),
        ({"umask": "077"}, False),
        ({"entry_timeout": "0.5"}, False),
    ],
)
def test_what_only_the_library_knows_is_left_to_it(more: dict[str, Any], can: bool) -> None:
    assert can_serve(OPTIONS | more) is can


def test_without_the_program_the_library_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_program", lambda: None)
    assert not can_serve(OPTIONS)


def test_a_tree_is_walked_and_read_through_the_kernel(desk: Desk, tmp_path: Path) -> None:
    with served(desk, tmp_path / "mnt", fsname=r"odd,na\me") as place:
        assert sorted(os.listdir(place)) == ["Current", "first", "second"]
        seen = {path: (names, files) for path, names, files in os.walk(place / "second")}
        assert sorted(seen[f"{place}/second/top"][1]) == ["a", "l"]
        assert (place / "first/top/a").read_bytes() == b"one"
        assert (place / "Current/top/d/big").read_bytes() == bytes(range(256)) * 1000
        assert os.getxattr(place / "second/top/a", "user.tardis_since") == b"second"
        with pytest.raises(OSError) as caught:
            (place / "second/new").mkdir()
        assert caught.value.errno == errno.EROFS
        words = ["findmnt", "-no", "SOURCE,FSTYPE", str(place)]
        told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
        assert told.stdout.split() == [r"odd,na\me", "fuse.tardisfs"]


def test_what_is_cached_is_known_as_old(desk: Desk, tmp_path: Path) -> None:
    with served(desk, tmp_path / "mnt") as place:
        assert len(os.listdir(place)) == len(os.listdir(place)) == 3
        desk.run("third")
        desk.later()
        assert "third" in os.listdir(place)
        desk.kit.execute("DELETE FROM backup_sets WHERE number = 1")
        desk.later()
        assert "first" not in os.listdir(place)


def test_what_cannot_be_mounted_is_said_in_the_programs_words(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none") as caught:
        serve(desk.view, str(tmp_path / "none"), lambda: None, OPTIONS)
    assert caught.value.errno == errno.EPERM


def test_whatever_ends_us_unmounts(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Answers, "answer", break_down)
    place = tmp_path / "mnt"
    place.mkdir()
    with pytest.raises(KeyboardInterrupt):
        serve(desk.view, str(place), lambda: None, OPTIONS)
    assert not os.path.ismount(place)


def slow_desk(desk: Desk) -> Gate:
    """Let the bytes of the largest file come when they are let."""
    gate = Gate(lambda stored: stored.size == 300_000)
    desk.tree.write(b"slow", b"s" * 300_000)
    desk.tree.write(b"quick", b"q" * 200_000)
    desk.run("third")
    desk.view.end()
    desk.view = desk.look(another=lambda: SlowReader(desk.kit.reader(), gate))
    return gate


def test_who_reads_what_is_slow_keeps_nobody_waiting(desk: Desk, tmp_path: Path) -> None:
    gate = slow_desk(desk)
    with served(desk, tmp_path / "mnt") as place, ThreadPoolExecutor(3) as readers:
        top = place / "third/top"
        slow = [readers.submit((top / "slow").read_bytes) for _ in range(3)]
        assert gate.met.wait(60)
        seen = [name for _, _, names in os.walk(place) for name in names]
        assert "slow" in seen and (top / "slow").stat().st_size == 300_000
        assert (top / "a").read_bytes() == b"two!"
        assert (top / "quick").read_bytes() == b"q" * 200_000
        assert not any(one.done() for one in slow)
        gate.lifted.set()
        assert [one.result(60) for one in slow] == [b"s" * 300_000] * 3
    assert gate.opened == 3  # each of three contents once, whoever reads it


def test_one_request_at_a_time_if_that_is_wanted(desk: Desk, tmp_path: Path) -> None:
    with served(desk, tmp_path / "mnt", nothreads=True) as place:
        before = {thread.name for thread in threading.enumerate()}
        assert (place / "Current/top/d/big").read_bytes() == bytes(range(256)) * 1000
        assert {thread.name for thread in threading.enumerate()} == before


def test_it_ends_though_somebody_waits_for_what_never_comes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = slow_desk(desk)
    monkeypatch.setattr(device, "_LAST_SECONDS", 0.01)
    ended: list[BaseException] = []
    place, stands = tmp_path / "mnt", threading.Event()
    place.mkdir()
    answer = Answers.answer

    def break_down(self: Answers, request: memoryview) -> Any:
        if wire.HEADER.unpack_from(request)[1] == wire.STATFS:
            raise KeyboardInterrupt
        return answer(self, request)

    def run() -> None:
        with pytest.raises(KeyboardInterrupt) as caught:
            serve(desk.view, str(place), stands.set, OPTIONS)
        ended.append(caught.value)

    monkeypatch.setattr(Answers, "answer", break_down)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert stands.wait(60)
    with ThreadPoolExecutor(2) as others:
        waiting = others.submit((place / "third/top/slow").read_bytes)
        assert gate.met.wait(60)
        with pytest.raises(OSError):
            os.statvfs(place)
        with pytest.raises(OSError):
            waiting.result(60)
    thread.join(60)
    assert [type(one) for one in ended] == [KeyboardInterrupt] and not os.path.ismount(place)
    gate.lifted.set()


class Ears:
    """A device that is no more than a pipe, and what is done while nothing comes through it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, processors: int) -> None:
        self.asks, self.theirs = os.pipe()
        self.tries = self.sleeps = 0
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
        monkeypatch.setattr(os, "sched_yield", self._try)
        monkeypatch.setattr(device, "_AWAKE_NS", 50_000_000)
        self.ear = device._Ear(self.asks)
        self._poll, self.ear._poll = self.ear._poll, self  # type: ignore[assignment]

    def _try(self) -> None:
        self.tries += 1

    def poll(self) -> object:
        self.sleeps += 1
        return self._poll.poll()

    def hear(self, *, is_awake: bool) -> bytes:
        """Return what is heard that somebody says in a while."""
        room = bytearray(4)
        self.ear.is_awake = is_awake
        timer = threading.Timer(0.3, os.write, (self.theirs, b"asks"))
        timer.start()
        self.ear.hear((room,))
        timer.join()
        for end in (self.asks, self.theirs):
            os.close(end)
        return bytes(room)


@pytest.mark.parametrize("is_awake", [False, True])
def test_who_has_waited_long_enough_sleeps(is_awake: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ears = Ears(monkeypatch, processors=2)
    assert ears.hear(is_awake=is_awake) == b"asks"
    assert ears.sleeps == 1 and bool(ears.tries) == is_awake


def test_nobody_stays_awake_on_the_only_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    ears = Ears(monkeypatch, processors=1)
    assert ears.hear(is_awake=True) == b"asks"
    assert ears.sleeps == 1 and not ears.tries
