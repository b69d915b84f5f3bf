"""Backups from snapshots of a real logical volume, where this kernel has a device mapper."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tardis.scan.mounts import read_mounts
from tardis.scan.snapshots import LvmSnapshot, Volume
from tests.whole.disks import mount, unmount
from tests.whole.test_counted import entry_rows
from tests.whole.trees import grow
from tests.whole.world import World

GROUP = f"tardis-test-{os.getpid()}"

pytestmark = [pytest.mark.long, pytest.mark.lvm, pytest.mark.guard(180), pytest.mark.unforked]


def tool(*words: str | Path) -> str:
    return subprocess.check_output(words, text=True, timeout=60).strip()


@pytest.fixture
def home(bare: World) -> Iterator[Path]:
    """Give an ext4 on a volume of a group of its own, on a loop device; it is mounted."""
    bare.way = "local"
    image, place = bare.place / "disk.image", bare.place / "volume"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(200 << 20)
    with ExitStack() as undo:
        device = tool("losetup", "--find", "--show", image)
        undo.callback(tool, "losetup", "--detach", device)
        tool("vgcreate", "--quiet", GROUP, device)
        undo.callback(tool, "vgremove", "--force", "--yes", GROUP)
        tool("lvcreate", "--quiet", "--yes", "--name", "home", "--size", "80M", GROUP)
        tool("mkfs.ext4", "-q", f"/dev/{GROUP}/home")
        mount(f"/dev/{GROUP}/home", place)
        undo.callback(unmount, place)
        undo.callback(bare.close)
        yield place


def volumes() -> list[str]:
    return tool("lvs", "--noheadings", "-o", "lv_name", GROUP).split()


def test_a_run_sees_what_was_when_the_snapshot_was_taken_and_removes_it(
    bare: World, home: Path
) -> None:
    tree = grow(home / "tree", 20)
    kept = bare.keep(tree)
    log = bare.place / "log"
    os.mkfifo(log)
    run = bare.start("tardis", *bare.reach(), "--snapshot", "lvm", "-v", "--log", log, home)
    with log.open() as told:
        assert "backed up from a snapshot" in told.readline()
        shutil.rmtree(tree)
        tree.mkdir()
        told.read()
    assert bare.finish(run).status == 0
    bare.check(tree, kept)
    assert volumes() == ["home"]


def test_runs_with_and_without_a_snapshot_continue_each_other(bare: World, home: Path) -> None:
    grow(home / "tree", 20)
    bare.backup("--snapshot", "auto", home)
    rows = entry_rows(bare)
    bare.backup(home)
    assert entry_rows(bare) == rows
    assert len(bare.rows("SELECT id FROM filesystems")) == 1
    assert volumes() == ["home"]


def test_a_snapshot_is_held_from_the_moment_it_is_taken_until_it_is_shown(
    bare: World, home: Path
) -> None:
    """Another run sweeps what nobody uses; between taking and mounting it is ours already."""
    mount_of = next(mount for mount in read_mounts() if mount.point == os.fsencode(home))
    one = LvmSnapshot(mount_of, Volume(GROUP, "home", ""), "20%ORIGIN")
    one.take()
    (name,) = set(volumes()) - {"home"}
    other = LvmSnapshot(mount_of, Volume(GROUP, "home", ""), "20%ORIGIN")
    other.take()
    assert name in volumes()
    other.remove()
    one.remove()
    assert volumes() == ["home"]
