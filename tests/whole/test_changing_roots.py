"""Each set shows exactly what was there and looked at, whatever the runs before looked at."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facilities import need
from tests.independent.checker import compare, walk
from tests.whole.disks import mount, tmpfs, unmount
from tests.whole.trees import copy, edit, grow
from tests.whole.world import World


def shown(tree: Path) -> set[str]:
    """Return every path below a restored tree."""
    return {os.fsdecode(path) for path, _ in walk(os.fsencode(tree)) if path}


def everything(world: World, number: int) -> set[str]:
    """Return all that a set shows of the world's folder, as paths below it."""
    restored = world.restore("/", number=number)
    below = restored / str(world.place).lstrip("/")
    return {path for path in shown(below) if not path.startswith("base")}


@pytest.fixture
def pair(world: World) -> tuple[Path, Path]:
    return grow(world.place / "a", 120, 1), grow(world.place / "b", 120, 2)


def names(tree: Path) -> set[str]:
    return {tree.name} | {f"{tree.name}/{path}" for path in shown(tree)}


@pytest.mark.guard(120)
def test_each_set_shows_the_roots_of_its_own_run(world: World, pair: tuple[Path, Path]) -> None:
    first, second = pair
    kept = [world.keep(first), world.keep(second)]
    world.backup(first)
    world.backup(second)
    world.backup(first, second)
    both = names(first) | names(second)
    gone = names(first)
    world.backup(second)
    shutil.rmtree(first)
    world.backup(first, second, status=3)
    sets = [number for (number,) in world.rows("SELECT number FROM backup_sets ORDER BY number")]
    expected = [gone, names(second), both, names(second), names(second)]
    assert [everything(world, number) for number in sets] == expected
    world.check(first, kept[0], sets[0])
    world.check(second, kept[1], sets[1])
    world.check(first, kept[0], sets[2])
    world.check(second, kept[1], sets[2])
    world.check(second, kept[1], sets[4])
    world.run(
        "regenerate", "-D", world.base, "-C", "machine", "-b", str(sets[1]),
        "-o", world.place / "x", first, status=14,
    )  # fmt: skip


@pytest.mark.guard(120)
def test_a_root_that_comes_back_is_not_sent_again(world: World, pair: tuple[Path, Path]) -> None:
    first, second = pair
    world.backup(first, second)
    away = first.rename(world.place / "away")
    world.backup(first, second, status=3)
    away.rename(first)
    world.backup(first, second)
    assert world.last("new_bytes") == 0
    world.check(first, first)


@pytest.mark.guard(120)
def test_overlapping_roots_show_everything_once(world: World, pair: tuple[Path, Path]) -> None:
    first, _ = pair
    inner = next(path for path in sorted(first.iterdir()) if path.is_dir())
    world.backup(inner)
    kept = world.keep(inner)
    world.backup(first, inner)
    world.backup(inner, first)
    edit(inner, 1)
    world.backup(first)
    numbers = world.complete()
    loose = frozenset({"links"})
    world.check(inner, kept, numbers[0], ignore=loose)
    assert everything(world, numbers[1]) == names(first) == everything(world, numbers[2])
    world.check(inner, inner, numbers[3], ignore=loose)
    world.check(first, first, numbers[3])


@pytest.mark.guard(120)
def test_a_single_file_can_be_a_root(world: World, pair: tuple[Path, Path]) -> None:
    first, second = pair
    file = first / "alone"
    file.write_bytes(b"one")
    world.backup(file)
    file.write_bytes(b"two!")
    world.backup(file, second)
    one, two = world.complete()
    assert everything(world, one) == {"a", "a/alone"}
    assert everything(world, two) == {"a", "a/alone"} | names(second)
    assert world.restore(file, number=one).read_bytes() == b"one"
    assert world.restore(file, number=two).read_bytes() == b"two!"


def test_names_of_one_file_in_two_roots_are_one_file(world: World) -> None:
    first, second, outside = (world.place / name for name in ("a", "b", "c"))
    for folder in (first, second, outside):
        folder.mkdir()
    (first / "one").write_bytes(b"of several names")
    for place in (second / "two", outside / "not seen"):
        os.link(first / "one", place)
    world.backup(first, second)
    assert world.last("new_files") == 1
    below = world.restore("/") / str(world.place).lstrip("/")
    assert (below / "a/one").samefile(below / "b/two")
    assert (below / "a/one").stat().st_nlink == 2
    (first / "one").unlink()
    (first / "one").write_bytes(b"another, not known")
    world.backup(first, second)
    below = world.restore("/") / str(world.place).lstrip("/")
    assert (below / "a/one").read_bytes() == b"another, not known"
    assert (below / "b/two").read_bytes() == b"of several names"


@pytest.mark.guard(120)
def test_excludes_added_and_taken_back_change_only_their_own_set(
    world: World, pair: tuple[Path, Path]
) -> None:
    tree, _ = pair
    (tree / "noise").mkdir()
    (tree / "noise" / "inner.tmp").write_bytes(b"noise")
    (tree / "some.tmp").write_bytes(b"more noise")
    kept = world.keep(tree)
    world.backup(tree)
    world.backup("-x", "*.tmp", tree)
    world.backup("-x", "noise", tree)
    world.backup(tree)
    assert world.last("new_bytes") == 0
    full, no_files, no_folder, again = world.complete()
    every = names(tree)
    inner = {"a/noise/inner.tmp"}
    assert everything(world, full) == every
    assert everything(world, no_files) == every - {"a/some.tmp"} - inner
    assert everything(world, no_folder) == every - {"a/noise"} - inner
    world.check(tree, kept, full)
    world.check(tree, kept, again)


@pytest.mark.guard(120)
def test_an_edit_made_while_it_was_excluded_is_seen_when_it_is_back(
    world: World, pair: tuple[Path, Path]
) -> None:
    tree, _ = pair
    file = tree / "some.tmp"
    file.write_bytes(b"before")
    world.backup(tree)
    before = file.stat()
    file.write_bytes(b"AFTER!")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    world.backup("-x", "*.tmp", tree)
    world.backup(tree)
    world.check(tree, tree)


@pytest.fixture
def mounted(world: World) -> Iterator[Path]:
    """Make a tree with a place to mount something on, something below it, and unmount at last."""
    tree = grow(world.place / "tree", 60)
    (tree / "disk").mkdir()
    (tree / "disk" / "underneath").write_bytes(b"hidden while something is mounted")
    yield tree
    if os.path.ismount(tree / "disk"):
        raise AssertionError("still mounted")


@pytest.mark.guard(120)
@pytest.mark.parametrize("crossing", [(), ("--crossdevice",)], ids=["staying", "crossing"])
def test_a_file_system_that_is_mounted_and_unmounted(
    world: World, mounted: Path, crossing: tuple[str, ...]
) -> None:
    tree, kept = mounted, []
    kept.append(world.keep(tree))
    world.backup(*crossing, tree)
    with tmpfs(tree / "disk", "4m"):
        grow(tree / "disk" / "inner", 20, 5)
        kept.append(world.keep(tree))
        world.backup(*crossing, tree)
        edit(tree / "disk", 3)
        kept.append(world.keep(tree))
        world.backup(*crossing, tree)
    kept.append(world.keep(tree))
    world.backup(*crossing, tree)
    if not crossing:
        for copied in kept[1:3]:
            empty(copied / "disk")
    for number, copied in zip(world.complete(), kept, strict=True):
        world.check(tree, copied, number)


def empty(folder: Path) -> None:
    """Remove what is in a directory and keep its dates."""
    before = folder.stat()
    for path in folder.iterdir():
        shutil.rmtree(path)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.guard(120)
def test_a_bind_mount_shows_one_directory_twice(world: World, mounted: Path) -> None:
    need("tmpfs")
    tree = mounted
    mount("--bind", tree / "dir0" if (tree / "dir0").is_dir() else tree, tree / "disk")
    try:
        kept = world.keep(tree)
        world.backup("--crossdevice", tree)
        edit(tree / "disk", 1)
        second = world.keep(tree)
        world.backup("--crossdevice", tree)
    finally:
        unmount(tree / "disk")
    world.backup(tree)
    one, two, three = world.complete()
    world.check(tree, kept, one, ignore=frozenset({"links"}))
    world.check(tree, second, two, ignore=frozenset({"links"}))
    world.check(tree, tree, three)


def test_how_much_of_a_path_is_stored_is_chosen(world: World, pair: tuple[Path, Path]) -> None:
    first, second = pair
    world.backup("--basepath", "none", first)
    assert not compare(first, world.restore("a"))
    world.backup("--basepath", "common", first, second)
    assert not compare(second, world.restore("b"))


def test_a_depth_limit_records_directories_without_entering_them(world: World) -> None:
    tree = world.place / "tree"
    (tree / "one" / "two" / "three").mkdir(parents=True)
    (tree / "one" / "file").write_bytes(b"seen")
    (tree / "one" / "two" / "file").write_bytes(b"too deep")
    world.backup("--maxdepth", "2", tree)
    assert shown(world.restore(tree)) == {"one", "one/file", "one/two"}
    world.backup(tree)
    world.check(tree, copy(tree, world.place / "same"))


def test_a_root_that_is_named_is_walked_though_its_name_is_excluded(
    world: World, pair: tuple[Path, Path]
) -> None:
    tree, _ = pair
    grow(tree / "noise", 10)
    world.backup("-x", "noise", tree, tree / "noise")
    world.check(tree / "noise", tree / "noise")
