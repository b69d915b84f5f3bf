"""A file system is known again, whatever its number is today: no content is read twice."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.disks import mount, unmount
from tests.whole.images import WITHOUT_OWNERS, Image, clone, image, overlay, renumbered
from tests.whole.test_counted import entry_rows, opened_by
from tests.whole.trees import edit, files_of, grow
from tests.whole.world import World

pytestmark = [pytest.mark.strace, pytest.mark.root, pytest.mark.guard(180)]


def plain_tree(place: Path, files: int = 40) -> Path:
    """Make a tree that FAT can hold too: no links, no modes, names of letters."""
    for number in range(files):
        folder = place / f"dir{number % 7}" / f"sub{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.txt").write_bytes(b"%d " % number * 400)
    return place


def read_by(world: World, *words: str | Path) -> set[Path]:
    """Back up and return the regular files below the world's folder that were opened."""
    tops = [Path(word) for word in words if str(word).startswith("/")]
    opened = opened_by(world, *words)
    return {path for path in opened if path.is_file() and not set(tops).isdisjoint(path.parents)}


@pytest.fixture(params=["ext4", "xfs", "btrfs", "vfat", "exfat"])
def disk(world: World, request: pytest.FixtureRequest) -> Iterator[Image]:
    """Give a file system with a tree on it, that was backed up once."""
    with image(world.place / "image", request.param) as made:
        tree = made.place / "tree"
        if made.kind in WITHOUT_OWNERS:
            plain_tree(tree)
        else:
            grow(tree, 80)
        world.backup(tree)
        yield made
        world.close()


def test_a_disk_under_another_number_is_not_read_again(world: World, disk: Image) -> None:
    tree = disk.place / "tree"
    rows = entry_rows(world)
    with renumbered(disk, world.place):
        assert read_by(world, tree) == set()
        assert entry_rows(world) == rows
        changed = {edit(tree, 1)[0]}
        again = read_by(world, tree)
        assert changed <= again
        assert all(path in changed or path.stat().st_nlink > 1 for path in again)
        world.check(tree, tree)
        disk.unmount()


def test_a_disk_mounted_elsewhere_keeps_its_directories(world: World, disk: Image) -> None:
    folders = world.rows("SELECT count(*) FROM directories")
    disk.unmount()
    disk.place = world.place / "elsewhere"
    disk.mount()
    tree = disk.place / "tree"
    assert read_by(world, tree) == set()
    assert world.last("new_bytes") == 0
    assert world.rows("SELECT count(*) FROM directories") == folders
    world.check(tree, tree)


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_clones_with_one_uuid_that_are_mounted_together(world: World, kind: str) -> None:
    with image(world.place / "image", kind) as one:
        first = grow(one.place / "tree", 60)
        one.remount()
        options = "loop,nouuid" if kind == "xfs" else "loop"
        with clone(one, world.place / "clone", options) as two:
            second = two.place / "tree"
            edit(first, 3, 1)
            edit(second, 3, 2)
            world.backup(first, second)
            assert len(world.rows("SELECT id FROM filesystems")) >= 2
            world.check(first, first)
            world.check(second, second)
            assert read_by(world, first, second) == set()
            changed = set(edit(second, 2, 3))
            links = {path for path in files_of(second) if path.stat().st_nlink > 1}
            assert changed <= read_by(world, first, second) <= changed | links
            world.check(first, first)
            world.check(second, second)
            two.unmount()
            assert read_by(world, first) == set()
            two.mount(options)
            one.unmount()
            world.backup(second)
            world.check(second, second)


def subvolume(*words: str | Path) -> None:
    command = ["btrfs", "-q", "subvolume", *map(str, words)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture
def btrfs(world: World) -> Iterator[Image]:
    with image(world.place / "image", "btrfs") as made:
        yield made
        world.close()


def test_each_subvolume_is_known_again(world: World, btrfs: Image) -> None:
    top = btrfs.place / "top"
    top.mkdir()
    for number, name in enumerate(("alpha", "beta", "gamma")):
        subvolume("create", top / name)
        grow(top / name / "tree", 20, number)
    subvolume("create", top / "alpha" / "inner")
    grow(top / "alpha" / "inner" / "tree", 20, 9)
    world.backup("--crossdevice", top)
    rows = entry_rows(world)
    btrfs.remount()
    for name in ("gamma", "alpha/inner", "beta", "alpha"):  # numbers go to who comes first
        os.listdir(top / name)
    assert read_by(world, "--crossdevice", top) == set()
    assert entry_rows(world) == rows
    edit(top / "beta", 2)
    world.backup("--crossdevice", top)
    world.check(top, top)


def test_snapshots_under_the_old_path_continue_what_they_were_taken_of(
    world: World, btrfs: Image
) -> None:
    home, tree = btrfs.place / "home", world.place / "tree"
    subvolume("create", home)
    grow(home / "files", 60)
    tree.mkdir()
    changed: set[Path] = set()
    for night in range(3):
        shown = btrfs.place / f"night{night}"
        subvolume("snapshot", "-r", home, shown)
        mount("--bind", shown, tree)
        try:
            links = {path for path in files_of(tree) if path.stat().st_nlink > 1}
            again = read_by(world, tree)
            assert night == 0 or changed <= again <= changed | links
            world.check(tree, tree)
        finally:
            unmount(tree)
        changed = {tree / path.relative_to(home) for path in edit(home, 2, night)}
    assert len(world.rows("SELECT id FROM filesystems WHERE type = 'btrfs'")) == 1


def test_a_subvolume_and_its_snapshots_in_one_run(world: World, btrfs: Image) -> None:
    top = btrfs.place / "top"
    top.mkdir()
    subvolume("create", top / "home")
    grow(top / "home" / "tree", 40)
    subvolume("snapshot", "-r", top / "home", top / "before")
    edit(top / "home", 2)
    subvolume("snapshot", top / "home", top / "zoo")
    edit(top / "zoo", 2)
    world.backup("--crossdevice", top)
    world.check(top, top)
    rows = entry_rows(world)
    btrfs.remount()
    assert read_by(world, "--crossdevice", top) == set()
    assert entry_rows(world) == rows
    subvolume("delete", top / "before")
    world.backup("--crossdevice", top)
    world.check(top, top)
    assert world.last("new_bytes") == 0


@pytest.mark.parametrize("layers", ["one disk", "two disks"])
def test_an_overlay_that_is_mounted_again(world: World, layers: str) -> None:
    with image(world.place / "image", "ext4") as disk, image(world.place / "other", "xfs") as other:
        lower, upper = disk.place / "lower", disk.place / "upper"
        grow(lower / "tree", 40)
        if layers == "two disks":
            lower = other.place / "lower"
            grow(lower / "tree", 40)
            grow(lower / "tree" / "more", 20, 3)
        with overlay((lower,), upper, world.place / "over") as over:
            tree = over.place / "tree"
            edit(tree, 5)
            (tree / "added").write_bytes(b"in the upper layer")
            world.backup(tree)
            world.backup(tree)
            for _ in range(2):
                over.unmount()
                for made in (other, disk):
                    made.remount()
                over.mount()
                linked = {path for path in files_of(tree) if path.stat().st_nlink > 1}
                assert read_by(world, tree) <= linked
                world.check(tree, tree)
            changed = set(edit(tree, 3, 5))
            assert changed <= read_by(world, tree) <= changed | linked
            world.check(tree, tree)


@pytest.mark.tmpfs
def test_a_tmpfs_that_was_emptied_and_filled_again(world: World) -> None:
    place, kept = world.place / "memory", world.place / "aside"
    place.mkdir()
    for number in range(3):
        mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", place)
        try:
            if number:
                shutil.copytree(kept, place / "tree", symlinks=True)
                edit(place / "tree", 3, number)
            else:
                plain_tree(place / "tree")
                shutil.copytree(place / "tree", kept, symlinks=True)
            world.backup(place / "tree")
            world.check(place / "tree", place / "tree")
        finally:
            unmount(place)


def test_what_is_mounted_while_a_run_goes_on_is_stored_or_left_out(world: World) -> None:
    tree = grow(world.place / "tree", 1500)
    for number in range(8):
        (tree / f"point{number}").mkdir()
    with image(world.place / "image", "ext4") as disk:
        grow(disk.place, 30)
        running = world.start_backup("--crossdevice", tree)
        rounds = 0
        while running.poll() is None:
            for number in range(8):
                mount("--bind", disk.place, tree / f"point{number}")
                unmount(tree / f"point{number}")
            rounds += 1
        done = world.finish(running)
        assert done.status in (0, 3), str(done)
        assert rounds
    world.backup("--crossdevice", tree)
    world.check(tree, tree)
