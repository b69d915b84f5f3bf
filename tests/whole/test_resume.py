"""A large file that is cut off on its way goes on where it was, whoever was cut off."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tardis.model import StoreBusyError
from tests.facilities import counts
from tests.independent.checker import compare
from tests.whole.world import CLIENT, World, end, wait_until

MIB = 1 << 20
SIZE = counts(96, 1024) * MIB
AGAIN = SIZE // 20
"""Bytes that may be sent twice."""

UNDER_WAY = 32 * MIB
"""What sockets, the queue and the backlog may hold of what a daemon has not written yet."""


class Proxy:
    """Carries bytes between a client and the daemon, and may cut the line.

    Attributes:
        port: Where clients connect.
        carried: Bytes that clients have sent, of all lines.
        limit: Bytes after which the line is cut; None: never.
        hold: Bytes after which nothing more is carried for now; None: never.
    """

    def __init__(self, port: int) -> None:
        self._daemon = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.carried = 0
        self.limit: int | None = None
        self.hold: int | None = None
        self._threads: list[threading.Thread] = []
        self._start(self._serve)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)

    def note(self, data: bytes) -> None:
        """Hear what is carried."""

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._daemon))
                self._start(self._carry, near, far, True)
                self._start(self._carry, far, near, False)

    def _carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 18):
                self.note(data)
                self.carried += len(data) if counts else 0
                if self.limit is not None and self.carried > self.limit:
                    break
                while self.hold is not None and self.carried > self.hold:
                    time.sleep(0.01)
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    made, world.port = Proxy(world.port), 0
    world.port = made.port
    yield made
    made.close()


@pytest.fixture
def tree(world: World) -> Path:
    made = world.place / "tree"
    made.mkdir()
    with (made / "large").open("wb") as file:
        for _ in range(SIZE // MIB):
            file.write(os.urandom(MIB))
    (made / "small").write_bytes(b"small")
    return made


def incoming(world: World) -> list[Path]:
    return list((world.base / CLIENT / "packs" / "incoming").glob("*"))


def arrived(world: World) -> int:
    """Return how much of a content on its way has been written."""
    with suppress(FileNotFoundError):
        return max((path.stat().st_size for path in incoming(world)), default=0)
    return 0


@pytest.fixture
def words(
    world: World, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Give the words by which a backup is in clear, or sealed."""
    if request.param == "clear":
        return []
    monkeypatch.setenv("TARDIS_KDF", "low")
    file = world.home / "pw"
    file.write_text("plinth-otter-vacuum-gable\n")
    return ["--password-file", str(file)]


def next_run(world: World, tree: Path, *words: str) -> None:
    """Back up once the run before is out of the way: it still writes what had arrived."""

    def is_over() -> bool:
        done = world.backup(tree, *words, status=None)
        assert done.status in {0, StoreBusyError.exit_status}, str(done)
        return done.status == 0

    wait_until(is_over, "the store is free")


def finished(world: World, tree: Path, proxy: Proxy, words: list[str], most: int = AGAIN) -> None:
    """Let the next run go on, and look at what it sent."""
    carried, proxy.limit = proxy.carried, None
    next_run(world, tree, *words)
    again = proxy.carried - SIZE
    assert again <= most < carried, f"{again} bytes were sent twice, {carried} the first time"
    assert world.complete() == [1]
    assert compare(tree, world.restore(tree, *words)) == []


@pytest.mark.guard(300)
@pytest.mark.parametrize("words", ["clear", "sealed"], indirect=True)
def test_a_line_that_is_cut_within_a_large_file(
    world: World, proxy: Proxy, tree: Path, words: list[str]
) -> None:
    proxy.limit = SIZE // 2
    done = world.backup(tree, *words, status=None)
    assert done.status != 0 and world.complete() == []
    assert proxy.carried > SIZE // 3
    finished(world, tree, proxy, words)


@pytest.mark.guard(300)
@pytest.mark.parametrize(
    "whom, words",
    [("client", "clear"), ("daemon", "clear"), ("daemon", "sealed")],
    indirect=["words"],
)
def test_either_side_is_killed_within_a_large_file(
    world: World, proxy: Proxy, tree: Path, words: list[str], whom: str
) -> None:
    proxy.hold = SIZE // 2
    run = world.start_backup(tree, *words)
    wait_until(lambda: arrived(world) > SIZE * 5 // 12, "much of it has arrived")
    if whom == "client":
        end(run)
        proxy.hold = None
        world.finish(run)
    else:
        port, world.port = world.port, proxy._daemon
        world.stop_daemon(9)
        proxy.hold = None
        world.finish(run)
        world.start_daemon()
        world.port = port
    assert proxy.carried > SIZE // 3
    finished(world, tree, proxy, words, max(AGAIN, UNDER_WAY if whom == "daemon" else 0))


@pytest.mark.guard(300)
def test_a_file_that_changed_since_begins_anew(world: World, proxy: Proxy, tree: Path) -> None:
    proxy.limit = SIZE // 3
    world.backup(tree, status=None)
    with (tree / "large").open("r+b") as file:
        file.write(b"another beginning")
    proxy.limit = None
    next_run(world, tree)
    wait_until(lambda: not incoming(world), "what was left is removed, after the answer")
    world.check(tree, tree)
