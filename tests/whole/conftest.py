"""Worlds for the tests: one with a daemon, one without, one of each way to reach the store."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.disks import Disk, ext4
from tests.whole.trees import grow
from tests.whole.world import World

MEMORY_MIB = 128
"""What client and daemon may take each, whatever they are sent."""


@pytest.fixture
def bare(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """Give a world in which nothing runs yet."""
    world = World(tmp_path)
    world.is_forking &= request.node.get_closest_marker("unforked") is None
    try:
        yield world
    finally:
        world.close()


@pytest.fixture
def disk(bare: World) -> Iterator[Disk]:
    """Give a disk of its own, for the store of a world in which nothing runs yet."""
    with ext4(bare.place / "part") as made:
        bare.base = made.place / "base"
        try:
            yield made
        finally:
            bare.close()


@pytest.fixture
def world(bare: World) -> World:
    """Give a world with a daemon on TCP."""
    bare.start_daemon()
    return bare


@pytest.fixture(params=["tcp", "unix", "local"])
def any_world(bare: World, request: pytest.FixtureRequest) -> World:
    """Give a world for each way to reach a store."""
    bare.way = request.param
    if bare.way != "local":
        bare.start_daemon()
    return bare


@pytest.fixture
def alive(world: World) -> Iterator[World]:
    """Give a world whose daemon must have survived, small and able to serve, in the end."""
    tree = grow(world.place / "tree", 40)
    world.backup(tree, client="honest")
    yield world
    assert world.daemon is not None
    assert world.daemon.poll() is None, "the daemon is gone"
    assert peak(world.daemon.pid) < MEMORY_MIB << 20, "the daemon took too much memory"
    world.backup(tree, client="honest")
    world.check(tree, tree, client="honest")
    assert "Traceback" not in world.log.read_text(errors="replace"), world.log.read_text()
    inside = {path.name for path in world.base.iterdir()}
    assert inside <= {"honest", "evil", "other", ".server"}, inside
    assert {path.name for path in world.base.parent.iterdir()} >= {"base"}
    assert not (world.base.parent / "escaped").exists()


def peak(process: int) -> int:
    """Return the most memory a process ever had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) << 10
