"""Backups from snapshots: of a real btrfs, and of LVM and ZFS as their commands are asked."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.whole.disks import mount, unmount
from tests.whole.images import Image, image
from tests.whole.test_counted import entry_rows
from tests.whole.trees import grow
from tests.whole.world import World, wait_until

F_SETPIPE_SZ = 1031

pytestmark = [pytest.mark.root, pytest.mark.guard(180), pytest.mark.unforked]


@pytest.fixture
def disk(bare: World) -> Iterator[Image]:
    """Give a btrfs with a tree in a subvolume that is mounted by itself."""
    bare.way = "local"
    with image(bare.place / "image", "btrfs") as made:
        subprocess.run(
            ["btrfs", "-q", "subvolume", "create", made.place / "home"], check=True, timeout=60
        )
        home = bare.place / "home-disk"
        home.mkdir()
        mount("-o", "subvol=home", subprocess.check_output(
            ["findmnt", "-no", "SOURCE", made.place], text=True, timeout=60
        ).split("[")[0].strip(), home)  # fmt: skip
        grow(home / "tree", 20)
        try:
            yield made
        finally:
            bare.close()
            unmount(home)


def subvolumes(disk: Image) -> list[str]:
    told = subprocess.check_output(
        ["btrfs", "subvolume", "list", disk.place], text=True, timeout=60
    )
    return sorted(line.split(" path ")[1] for line in told.splitlines())


def test_a_snapshot_is_walked_under_the_path_of_its_origin_and_gone_afterwards(
    bare: World, disk: Image
) -> None:
    tree = bare.place / "home-disk/tree"
    kept = bare.keep(tree)
    log = bare.place / "log"
    os.mkfifo(log)
    words = ["--snapshot", "btrfs", "-v", "--log", log, bare.place / "home-disk"]
    run = bare.start("tardis", *bare.reach(), *words)
    with log.open() as told:
        assert "backed up from a snapshot" in told.readline()
        shutil.rmtree(tree)  # too late: the run sees what was
        tree.mkdir()
        told.read()
    assert bare.finish(run).status == 0
    bare.check(tree, kept)
    assert subvolumes(disk) == ["home"]
    assert not (disk.place / ".tardis-snapshots").exists()


def test_what_did_not_change_costs_nothing_whether_seen_live_or_by_snapshot(
    bare: World, disk: Image
) -> None:
    home = bare.place / "home-disk"
    bare.backup("--snapshot", "auto", home)
    rows = entry_rows(bare)
    bare.backup(home)
    bare.backup("--snapshot", "auto", home)
    assert entry_rows(bare) == rows
    (home / "tree/new").write_text("new")
    bare.backup("--snapshot", "auto", home)
    assert bare.last("new_files") == 1
    bare.check(home / "tree", home / "tree")


def test_a_topmost_directory_shows_nothing_of_our_snapshots(bare: World, disk: Image) -> None:
    grow(disk.place / "tree", 5)
    before = disk.place.stat().st_mtime_ns
    bare.backup("--snapshot", "btrfs", disk.place)
    assert disk.place.stat().st_mtime_ns == before
    assert subvolumes(disk) == ["home"]
    names = bare.run("lstardis", "-D", bare.base, "-C", "machine", "-a", disk.place).out
    assert "tree" in names
    assert "tardis-snapshots" not in names


def test_what_a_killed_run_leaves_the_next_one_removes(bare: World, disk: Image) -> None:
    home = bare.place / "home-disk"
    grow(home / "more", 300)
    log = bare.place / "log"
    os.mkfifo(log)
    run = bare.start("tardis", *bare.reach(), "--snapshot", "btrfs", "-vvv", "--log", log, home)
    with log.open() as told:
        fcntl.fcntl(told, F_SETPIPE_SZ, 4096)  # nobody reads on: the run waits in its middle
        wait_until(lambda: len(subvolumes(disk)) == 2, "a snapshot")
        bare.backup("--snapshot", "btrfs", home / "tree", client="other")
        assert len(subvolumes(disk)) == 2, "one that is in use was removed"
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(60)
    assert len(subvolumes(disk)) == 2
    wait_until(lambda: bare.backup("--snapshot", "btrfs", home, status=None).status == 0, "a turn")
    assert subvolumes(disk) == ["home"]


def test_a_failed_run_removes_its_snapshot_and_its_hooks_see_the_live_files(
    bare: World, disk: Image
) -> None:
    home, seen = bare.place / "home-disk", bare.place / "seen"
    hook = f"touch {home}/by-hook; ls {disk.place} -A > {seen}"
    words = ["--snapshot", "btrfs", "--pre-command", hook, "--post-command", hook]
    bare.backup(*words, bare.place / "home-disk/nowhere", status=5)
    assert (home / "by-hook").exists()
    assert seen.read_text() == "home\n"
    assert subvolumes(disk) == ["home"]
    bare.backup("--snapshot", "lvm", home, status=6)
    bare.backup("--snapshot", "btrfs", "--crossdevice", home, status=2)


def stand_in(world: World, name: str, script: str) -> None:
    """Put a command into the path that writes down how it was called."""
    path = world.bin / name
    calls = world.place / "calls"
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {calls}\n{script}\n')
    path.chmod(0o755)


def called(world: World) -> list[str]:
    return (world.place / "calls").read_text().splitlines()


def test_lvm_is_asked_for_a_snapshot_that_is_mounted_read_only_and_removed(bare: World) -> None:
    bare.way = "local"
    with image(bare.place / "image", "ext4") as made:
        tree = grow(made.place / "tree", 10)
        os.sync()
        copy = bare.place / "copy"
        stand_in(bare, "lvs", 'case "$*" in *vg_name*) echo "  group|home|";; *) '
                 'echo "  home"; echo "  tardis-snapshot-old";; esac')  # fmt: skip
        stand_in(
            bare, "lvcreate", f"sync; cp {made.file} {copy}; echo changed > {made.place}/after"
        )
        stand_in(bare, "lvremove", f"! losetup -l -n -O BACK-FILE | grep -qx {copy}")  # busy
        real = shutil.which("mount")
        attach = f"disk=$(losetup --find --show {copy})"
        show = f'{real} -o ro "$disk" "$1" && losetup --detach "$disk"'
        stand_in(bare, "mount", f"shift 3; {attach} && {show}")
        bare.backup("--snapshot", "lvm", "--snapshot-size", "5G", made.place)
        (asked, sweep, old, create, mounted, *busy, remove) = called(bare)
        name = create.split("--name ")[1].split()[0]
        assert asked.startswith(
            "lvs --noheadings --separator | -o vg_name,lv_name,pool_lv /dev/loop"
        )
        assert sweep == "lvs --noheadings -o lv_name group"
        assert old == "lvremove --yes group/tardis-snapshot-old"
        assert create == f"lvcreate --snapshot --name {name} --extents 5G group/home"
        assert mounted.startswith(f"mount -o ro /dev/group/{name} /run/tardis-snapshots/0")
        assert {*busy, remove} == {f"lvremove --yes group/{name}"}
        assert len(busy) < 100, "what was mounted was held for long, or for good"
        assert name.startswith("tardis-snapshot-")
        (made.place / "after").unlink()
        bare.check(tree, tree)
        # the snapshot lay on another device, and is the same file system all the same
        assert len(bare.rows("SELECT id FROM filesystems")) == 1
        rows = entry_rows(bare)
        (bare.bin / "mount").unlink()
        bare.backup(made.place)
        assert len(bare.rows("SELECT id FROM filesystems")) == 1
        assert entry_rows(bare) == rows
        bare.close()


def test_a_command_that_fails_ends_the_run_and_says_so(bare: World) -> None:
    bare.way = "local"
    with image(bare.place / "image", "ext4") as made:
        grow(made.place / "tree", 3)
        stand_in(bare, "lvs", 'case "$*" in *vg_name*) echo "  group|home|pool";; esac')
        stand_in(bare, "lvcreate", "echo '  no room in pool' >&2; exit 5")
        done = bare.backup("--snapshot", "lvm", "--json", made.place, status=6)
        assert "lvcreate --snapshot ended with status 5: no room in pool" in done.err
        assert json.loads(done.out)["jobs"][0]["status"] == 6
        assert "--setactivationskip n group/home" in called(bare)[-1]
        bare.close()
