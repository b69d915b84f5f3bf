"""Every kind of file makes the round trip through the real programs."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.world import World


@pytest.fixture
def tree(bare: World) -> Path:
    """Give a tree with what anybody can make of special files."""
    top = bare.place / "tree"
    (top / "sub").mkdir(parents=True)
    (top / "file").write_bytes(b"bytes")
    os.mkfifo(top / "pipe", 0o640)
    os.link(top / "pipe", top / "sub/same pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(top)  # the address of a socket is short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
    os.mkfifo(top / "sub/many\xff\n", 0o1622)
    os.utime(top / "pipe", ns=(5, 987_654_321_123_456_789))
    return top


def test_pipes_and_sockets_come_back_without_a_word(world: World, tree: Path) -> None:
    done = world.backup(tree)
    assert done.err == ""
    world.check(tree, tree)
    before = world.rows("SELECT * FROM entries")
    world.backup(tree)
    assert world.rows("SELECT * FROM entries") == before


def test_each_set_has_the_kind_that_a_name_had_then(world: World, tree: Path) -> None:
    kept = [world.keep(tree)]
    world.backup(tree)
    (tree / "pipe").unlink()
    (tree / "pipe").write_bytes(b"a file now")
    (tree / "file").unlink()
    os.mkfifo(tree / "file", 0o600)
    kept.append(world.keep(tree))
    world.backup(tree)
    for number, copy in enumerate(kept, 1):
        world.check(tree, copy, number=number)


def test_a_special_file_can_be_all_that_is_backed_up(world: World, tree: Path) -> None:
    world.backup(tree / "pipe")
    restored = world.restore(tree / "pipe")
    assert stat.S_ISFIFO(restored.lstat().st_mode)
    assert stat.S_IMODE(restored.lstat().st_mode) == 0o640


@pytest.mark.root
def test_devices_come_back_for_root_and_are_left_out_for_others(world: World, tree: Path) -> None:
    os.mknod(tree / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(tree / "disk", stat.S_IFBLK | 0o640, os.makedev(260, 70_000))
    os.chown(tree / "disk", 4711, 6)
    world.backup(tree)
    world.check(tree, tree)
    out = world.place / "out"
    out.mkdir(0o777)
    words = [str(world.bin / "regenerate"), "--database", str(world.base), "--client", "machine"]
    without = ["setpriv", "--bounding-set=-mknod", "--inh-caps=-mknod"]
    done = subprocess.run(
        [*without, *words, "--output", str(out), str(tree)],
        env=world.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (
        0,
        "regenerate: 2 files: left out, for only root can make devices\n",
    )
    found = compare(tree, out / "tree")
    assert {(one.path, one.aspect) for one in found} == {(b"disk", "missing"), (b"null", "missing")}
