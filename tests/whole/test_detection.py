"""Changes that want to stay unseen are seen, by the next run, in the set of that run."""

import mmap
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.disks import ext4
from tests.whole.trees import edit, grow
from tests.whole.world import World


@pytest.fixture
def tree(world: World) -> Path:
    return grow(world.place / "tree", 60)


def run(world: World, tree: Path, settled: bool = False) -> int:
    """Back up and return the number of the set."""
    world.backup(tree, settled=settled)
    return world.complete()[-1]


def content(world: World, path: Path, number: int) -> bytes:
    return world.restore(path, number=number).read_bytes()


def put_back(path: Path, before: os.stat_result) -> None:
    """Give a file its old dates, as `touch -r` does."""
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.guard(120)
def test_an_edit_in_the_same_second_as_the_last_run(world: World, tree: Path) -> None:
    file = tree / "busy"
    for attempt in range(counts(4, 50)):
        old, new = b"old %04d" % attempt, b"new %04d" % attempt
        file.write_bytes(old)
        first = run(world, tree)
        with file.open("r+b") as same:  # in place: inode and size stay
            same.write(new)
        second = run(world, tree)
        assert content(world, file, first) == old
        assert content(world, file, second) == new


@pytest.mark.guard(120)
def test_an_edit_in_the_same_second_that_keeps_the_date(world: World, tree: Path) -> None:
    file = tree / "busy"
    file.write_bytes(b"old")
    before = file.stat()
    first = run(world, tree)
    file.write_bytes(b"new")
    put_back(file, before)
    second = run(world, tree)
    assert content(world, file, first) == b"old"
    assert content(world, file, second) == b"new"


@pytest.mark.guard(120)
def test_an_edit_hidden_by_its_old_date(world: World, tree: Path) -> None:
    file = next(path for path in sorted(tree.rglob("*")) if path.is_file() and path.stat().st_size)
    kept = world.keep(tree)
    first = run(world, tree, settled=True)
    before = file.stat()
    data = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(bytes(byte ^ 1 for byte in data))
    file.chmod(before.st_mode)
    put_back(file, before)
    second = run(world, tree, settled=True)
    world.check(tree, kept, first)
    world.check(tree, tree, second)


@pytest.mark.guard(120)
def test_a_second_write_through_a_mapping_to_a_page_that_is_dirty(world: World) -> None:
    """The first write to a page moves the dates; while it stays dirty, later ones do not.

    The tree has a disk of its own: making the store durable would clean its pages too.
    """
    with ext4(world.place / "part", 60) as disk:
        tree = grow(disk.place / "tree", 20)
        file = tree / "mapped"
        file.write_bytes(b"\0" * 8192)
        with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as page:
            page[0:5] = b"first"
            first = run(world, tree)
            stamps = file.stat()
            page[0:6] = b"second"
            moved = file.stat()
            second = run(world, tree)
        assert (stamps.st_mtime_ns, stamps.st_ctime_ns) == (moved.st_mtime_ns, moved.st_ctime_ns)
        assert content(world, file, first).startswith(b"first\0")
        assert content(world, file, second).startswith(b"second")


@pytest.mark.guard(120)
def test_a_file_reverted_to_older_content(world: World, tree: Path) -> None:
    file = tree / "wavering"
    versions = [b"A" * 70_000, b"B" * 75_000, b"A" * 70_000, b"", b"B" * 75_000, b"A" * 70_000]
    numbers = []
    for version in versions:
        file.write_bytes(version)
        numbers.append(run(world, tree, settled=True))
    for number, version in zip(numbers, versions, strict=True):
        assert content(world, file, number) == version


@pytest.mark.guard(120)
def test_a_file_exchanged_for_another_of_the_same_size_and_date(world: World, tree: Path) -> None:
    one, two = tree / "one", tree / "two"
    for file, data in ((one, b"111"), (two, b"222")):
        file.write_bytes(data)
        os.utime(file, ns=(10**18, 10**18))
    first = run(world, tree, settled=True)
    one.rename(tree / "aside")
    two.rename(one)
    (tree / "aside").rename(two)
    second = run(world, tree, settled=True)
    assert [content(world, file, first) for file in (one, two)] == [b"111", b"222"]
    assert [content(world, file, second) for file in (one, two)] == [b"222", b"111"]


def make_again(folder: Path, number: int) -> None:
    """Make *folder* anew until it has inode *number*, on a disk with few of them."""
    spare: list[Path] = []
    while True:
        folder.mkdir()
        if folder.stat().st_ino == number:
            break
        spare.append(folder.rename(folder.with_name(f"spare{len(spare)}")))
    for one in spare:
        one.rmdir()


@pytest.mark.guard(120)
@pytest.mark.parametrize("names", ["the same names", "other names", "some of the names"])
def test_a_directory_replaced_by_another_with_the_same_inode_number(
    world: World, names: str
) -> None:
    with ext4(world.place / "part", 20, 128) as disk:
        tree = grow(disk.place / "tree", 20)
        folder = tree / "replaced"
        folder.mkdir()
        for name in "abc":
            (folder / name).write_bytes(b"old " + name.encode())
        kept = world.keep(tree)
        first = run(world, tree, settled=True)
        inode = folder.stat().st_ino
        shutil.rmtree(folder)
        make_again(folder, inode)
        for name in {"the same names": "abc", "other names": "xyz"}.get(names, "bcd"):
            (folder / name).write_bytes(b"new " + name.encode())
        second = run(world, tree, settled=True)
        world.check(tree, kept, first)
        world.check(tree, tree, second)
        edit(tree, 2)
        third = run(world, tree, settled=True)
        world.check(tree, kept, first)
        world.check(tree, tree, third)


@pytest.mark.guard(120)
def test_a_directory_moved_away_and_its_inode_reused_in_its_old_place(
    world: World, tree: Path
) -> None:
    for name in ("left", "right"):
        (tree / name).mkdir()
        (tree / name / "file").write_bytes(name.encode())
        (tree / name / f"only {name}").write_bytes(b"")
    kept = world.keep(tree)
    first = run(world, tree, settled=True)
    (tree / "left").rename(tree / "aside")
    (tree / "right").rename(tree / "left")
    (tree / "aside").rename(tree / "right")
    second_kept = world.keep(tree)
    second = run(world, tree, settled=True)
    (tree / "left").rename(tree / "right" / "inner")
    third_kept = world.keep(tree)
    third = run(world, tree, settled=True)
    (tree / "right" / "inner").rename(tree / "left")
    fourth = run(world, tree, settled=True)
    world.check(tree, kept, first)
    world.check(tree, second_kept, second)
    world.check(tree, third_kept, third)
    world.check(tree, tree, fourth)


@pytest.mark.guard(120)
def test_metadata_alone_changes_and_no_content_is_stored(world: World, tree: Path) -> None:
    run(world, tree, settled=True)
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o640)
    number = run(world, tree, settled=True)
    assert world.last("new_bytes") == 0
    world.check(tree, tree, number)


@pytest.mark.guard(120)
def test_a_file_written_all_the_time_is_stored_as_some_state_and_said_to_change(
    world: World, tree: Path
) -> None:
    file = tree / "log"
    file.write_bytes(b"line\n" * 2_000_000)
    backup = world.start_backup(tree, settled=False)
    with file.open("ab", buffering=0) as log:
        while backup.poll() is None:
            log.write(b"line\n" * 1000)
            time.sleep(0.001)
    done = world.finish(backup)
    assert done.status in (0, 3), str(done)
    stored = content(world, file, world.complete()[-1])
    assert not stored.replace(b"line\n", b"")
    number = run(world, tree)
    world.check(tree, tree, number)


@pytest.mark.guard(120)
def test_kinds_that_change_into_each_other(world: World, tree: Path) -> None:
    place = tree / "changeling"
    history = []
    for kind in ("file", "directory", "link", "file", "link", "directory", "nothing", "directory"):
        become(place, kind)
        history.append((world.keep(tree), run(world, tree, settled=True)))
    for kept, number in history:
        world.check(tree, kept, number)


def become(place: Path, kind: str) -> None:
    """Put something of *kind* where something else may be."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    match kind:
        case "file":
            place.write_bytes(b"file")
        case "directory":
            place.mkdir()
            (place / "child").write_bytes(b"child")
        case "link":
            place.symlink_to("somewhere")
