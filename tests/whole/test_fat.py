"""FAT and exFAT for real: what is read of them, and what comes back onto them."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.independent.checker import compare
from tests.whole.images import Image, image
from tests.whole.test_counted import entry_rows
from tests.whole.test_identities import plain_tree, read_by
from tests.whole.trees import files_of
from tests.whole.world import CLIENT, Done, World

pytestmark = [pytest.mark.root, pytest.mark.strace, pytest.mark.guard(180)]

NOT_KEPT = frozenset({"mode", "uid", "gid", "mtime", "xattrs", "holes"})


@pytest.fixture(params=["vfat", "exfat"])
def stick(world: World, request: pytest.FixtureRequest) -> Iterator[Image]:
    """Give an empty stick."""
    with image(world.place / "image", request.param, 200) as made:
        yield made
        world.close()


def restore_onto(world: World, stick: Image, tree: Path, *more: str) -> Done:
    words = ["--database", world.base, "--client", CLIENT, "--output", stick.place, *more]
    return world.run("regenerate", *words, tree, status=None)


@contextmanager
def forgetting() -> Iterator[None]:
    """Have the kernel forget inodes all the time, as it does when memory is short."""
    ended = threading.Event()

    def forget() -> None:
        while not ended.is_set():
            Path("/proc/sys/vm/drop_caches").write_text("2")
            time.sleep(0.002)

    forgetter = threading.Thread(target=forget)
    forgetter.start()
    try:
        yield
    finally:
        ended.set()
        forgetter.join()


# Onto it


def test_what_it_can_keep_comes_back_and_the_rest_is_told(world: World, stick: Image) -> None:
    tree = plain_tree(world.place / "tree")
    os.chown(tree / "dir1", 7, 7)
    os.chmod(tree / "dir1" / "sub1" / "file1.txt", 0o4711)
    os.setxattr(tree / "dir2" / "sub2" / "file2.txt", "user.note", b"not kept")
    os.link(tree / "dir3" / "sub0" / "file3.txt", tree / "dir4" / "another")
    (tree / "link").symlink_to("dir1")
    os.mkfifo(tree / "fifo")
    (tree / "what? no: that*").write_bytes(b"a name that it cannot have")
    (tree / "öffnen ü").write_bytes(b"a name that it can have")
    world.backup(tree)
    done = restore_onto(world, stick, tree)
    assert done.status == 3, str(done)
    for refused in ("link", "fifo", "what? no: that*"):
        assert refused in done.err, str(done)
        (tree / refused).unlink()
    assert "not given to their owner" in done.err, str(done)
    assert "attributes" in done.err, str(done)
    found = compare(tree, stick.place / "tree", ignore=NOT_KEPT | {"links"})
    assert not found, "; ".join(map(str, found[:10]))
    for path in files_of(tree):
        back = stick.place / path.relative_to(tree.parent)
        assert abs(back.stat().st_mtime_ns - path.stat().st_mtime_ns) <= 2 * 10**9, path


def test_names_that_are_one_there_are_never_written_over(world: World, stick: Image) -> None:
    tree = plain_tree(world.place / "tree", 9)
    for name in ("README", "ReadMe", "readme"):
        (tree / name).write_bytes(f"I am {name}".encode() * 100)
    for name in ("Photos", "photos"):
        (tree / name).mkdir()
        (tree / name / f"in {name}").write_bytes(name.encode() * 50_000)
    world.backup(tree)
    done = restore_onto(world, stick, tree)
    assert done.status == 3, str(done)
    back = stick.place / "tree"
    there = {path.name: path for path in back.iterdir()}
    assert sum(name.lower() == "readme" for name in there) == 1
    assert there["README"].read_bytes() == b"I am README" * 100
    for refused in ("ReadMe", "readme", "photos"):
        assert refused in done.err, str(done)
    assert {path.name for path in there["Photos"].iterdir()} == {"in Photos"}
    again = restore_onto(world, stick, tree, "--overwrite", "always")
    assert again.status == 3, str(again)
    assert there["README"].read_bytes() == b"I am README" * 100
    assert {path.name for path in there["Photos"].iterdir()} == {"in Photos"}


def test_a_restore_goes_on_though_the_kernel_forgets_inodes(world: World, stick: Image) -> None:
    """Inodes there are made up when they are first looked at: a directory may get another."""
    tree = plain_tree(world.place / "tree", 400)
    world.backup(tree)
    with forgetting():
        done = restore_onto(world, stick, tree)
    assert "another directory" not in done.err, str(done)
    found = compare(tree, stick.place / "tree", ignore=NOT_KEPT)
    assert not found, "; ".join(map(str, found[:10]))


# From it


def test_a_run_goes_on_though_the_kernel_forgets_inodes(world: World, stick: Image) -> None:
    tree = plain_tree(stick.place / "tree", 300)
    world.backup(tree)
    rows = entry_rows(world)
    with forgetting():
        done = world.backup(tree, status=None)
        assert done.status == 0, str(done)
        assert entry_rows(world) == rows
        for path in files_of(tree)[::3]:
            path.write_bytes(b"changed meanwhile")
        world.backup(tree)
    world.check(tree, tree)


def test_an_edit_within_the_two_seconds_of_a_date_is_found(world: World, stick: Image) -> None:
    """Size and both dates stay as they are: only the racy window tells that it may have changed."""
    file = stick.place / "tree" / "file"
    file.parent.mkdir()
    for number in range(2):
        file.write_bytes(bytes([65 + number]) * 5000)
        before = file.stat()
        world.backup(file.parent, settled=False)
        with file.open("r+b") as opened:
            opened.write(b"edited")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        if stick.kind == "vfat":
            assert file.stat()[:10] == before[:10], "there is no ctime but the date"
        world.backup(file.parent, settled=False)
        assert world.restore(file).read_bytes() == file.read_bytes()


def test_a_directory_that_was_renamed_is_read_and_not_sent(world: World, stick: Image) -> None:
    tree = plain_tree(stick.place / "tree")
    world.backup(tree)
    (tree / "dir3").rename(tree / "dir33")
    stick.remount()
    assert read_by(world, tree) == set(files_of(tree / "dir33"))
    assert world.last("new_bytes") == 0
    world.check(tree, tree)
    stick.remount()
    assert read_by(world, tree) == set()


def test_another_time_zone_has_files_read_and_none_sent(world: World) -> None:
    """FAT keeps the time of the wall: in summer, or abroad, all dates are others."""
    with image(world.place / "image", "vfat") as stick:
        tree = plain_tree(stick.place / "tree")
        world.backup(tree)
        stick.remount("loop,time_offset=60")
        assert read_by(world, tree) == set(files_of(tree))
        assert world.last("new_bytes") == 0
        world.check(tree, tree)
        world.close()


def test_a_tree_with_links_is_mended_in_place_no_further_than_it_goes(
    world: World, stick: Image
) -> None:
    tree = plain_tree(stick.place / "tree")
    world.backup(tree)
    kept = world.keep(tree)
    chosen = files_of(tree)
    chosen[0].unlink()
    chosen[1].write_bytes(b"spoilt")
    words = ["--database", world.base, "--client", CLIENT, "--in-place", "--force", tree]
    world.run("regenerate", *words)
    assert not compare(kept, tree, ignore=NOT_KEPT)
    subprocess.run(["sync", "--file-system", tree], check=True, timeout=60)
    said = world.run("regenerate", *words[:-1], "--dry-run", tree).out
    assert "file" not in said, said
