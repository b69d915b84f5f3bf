"""Stores behind a tardisremote, with the real programs, even while its server is killed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.trees import grow
from tests.whole.world import CLIENT, World, end, free_port, wait_until

USAGE = 2
SECRET = ("--password", "plinth-otter-vacuum-gable")


class Remote:
    """The server of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/{CLIENT}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        where = ["--bind", "127.0.0.1", "--port", self.port, "--database", self._world.base]
        log = self._world.place / "remote.log"
        before = log.read_text().count("serves") if log.exists() else 0
        with log.open("ab") as file:
            self._process = self._world.start(
                "tardisremote", *where, "-v", stdout=file, stderr=file
            )
        wait_until(lambda: log.read_text().count("serves") > before, "the server serves")

    def kill(self) -> None:
        assert self._process is not None
        end(self._process, signal.SIGKILL)


@pytest.fixture
def world(bare: World) -> World:
    bare.way = "local"
    return bare


@pytest.fixture
def remote(world: World) -> Iterator[Remote]:
    made = Remote(world)
    yield made
    made.kill()


def test_a_restore_outlives_its_server(world: World, remote: Remote) -> None:
    tree = grow(world.place / "tree", 250)
    (tree / "large").write_bytes(os.urandom(1 << 20) * 8)
    world.backup(tree)
    remote.start()
    out = world.place / "out"
    words = ["-D", remote.url, "-o", out, "--jobs", "2", tree]
    restoring = world.start("regenerate", *words)
    wait_until(lambda: sum(len(files) for _, _, files in os.walk(out)) > 20, "it has begun")
    remote.kill()
    remote.start()
    done = world.finish(restoring, words)
    assert done.status == 0, str(done)
    assert compare(tree, out / "tree") == []


@pytest.mark.unforked
def test_every_tool_looks_back_from_afar(world: World, remote: Remote) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup("--name", "first", tree)
    (tree / "new").write_text("new\n")
    world.backup("--name", "second", tree)
    remote.start()
    far, near = ["-D", remote.url], ["-D", world.base, "-C", CLIENT]
    for program, *words in (
        ("lstardis", "-R", tree),
        ("tardiff", "-b", "first", "-b", "second", "-r", tree),
        ("sonic", "find", "new"),
    ):
        verb = [words.pop(0)] if program == "sonic" else []
        here = world.run(program, *verb, *near, *words, status=None)
        there = world.run(program, *verb, *far, *words, status=None)
        said = there.out.replace(remote.url, str(world.base))
        assert (there.status, said) == (here.status, here.out)
    done = world.run("sonic", "check", *far, status=USAGE)
    assert "on the machine only that has the backups" in done.err


@pytest.mark.fuse
@pytest.mark.parametrize("secret", [(), SECRET], ids=["clear", "encrypted-classic"])
def test_a_mount_shows_what_lies_elsewhere(
    world: World, remote: Remote, secret: tuple[str, ...]
) -> None:
    tree = grow(world.place / "tree", 20)
    world.backup(tree, *(("--scheme", "classic", *secret) if secret else ()))
    remote.start()
    place = world.place / "mount"
    place.mkdir()
    world.run("tardisfs", "-D", remote.url, *secret, place)
    try:
        assert compare(tree, Path(f"{place}/Current{tree}")) == []
    finally:
        subprocess.run(["fusermount3", "-u", place], check=True)
