"""A disk that was copied or restored elsewhere is known again: its contents are not sent."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.whole.disks import ext4, mount, unmount
from tests.whole.trees import copy, edit, files_of, grow
from tests.whole.world import World

PER_FILE = 400
"""Bytes a file may cost on the wire when only its listing and its digest travel."""


def plain_bytes(tree: Path) -> int:
    return sum(path.stat().st_size for path in files_of(tree))


def assert_nothing_sent(world: World, tree: Path) -> None:
    """The newest set holds the tree, and no content came with it."""
    assert world.last("new_bytes") == 0
    assert world.last("new_files") == 0
    assert world.last("stored_bytes") == 0
    entries = sum(1 for _ in tree.rglob("*"))
    assert world.last("received_bytes") < min(PER_FILE * entries + 20_000, plain_bytes(tree) / 3)
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_a_tree_copied_and_put_under_the_old_path_is_not_sent_again(world: World) -> None:
    tree = grow(world.place / "tree", 600)
    world.backup(tree)
    kept = world.keep(tree)
    first = world.complete()[0]
    subprocess.run(["mv", copy(tree, world.place / "copy"), world.place / "new"], check=True)
    tree.rename(world.place / "old")
    (world.place / "new").rename(tree)
    world.backup(tree)
    assert_nothing_sent(world, tree)
    world.check(tree, kept, first)
    before = world.rows("SELECT * FROM entries")
    world.backup(tree)
    assert world.rows("SELECT * FROM entries") == before, "the copy has not settled"


@pytest.mark.guard(120)
def test_a_tree_on_another_disk_under_the_old_path_is_not_sent_again(
    world: World, tmp_path: Path
) -> None:
    tree = grow(world.place / "tree", 300)
    world.backup(tree)
    with ext4(tmp_path / "second", 100) as disk:
        copied = copy(tree, disk.place / "tree")
        mount("--bind", copied, tree)
        try:
            world.backup(tree)
            assert_nothing_sent(world, tree)
            edit(tree, 5)
            world.backup(tree)
            world.check(tree, tree)
        finally:
            unmount(tree)
    world.backup(tree)
    assert world.last("new_bytes") == 0
    world.check(tree, tree)


@pytest.mark.guard(120)
def test_a_tree_restored_by_the_product_itself_is_not_sent_again(world: World) -> None:
    tree = grow(world.place / "tree", 300)
    world.backup(tree)
    restored = world.restore(tree)
    tree.rename(world.place / "lost")
    restored.rename(tree)
    world.backup(tree)
    assert_nothing_sent(world, tree)


@pytest.mark.guard(120)
def test_a_tree_moved_to_another_path_is_not_sent_again(world: World) -> None:
    tree = grow(world.place / "tree", 300)
    world.backup(tree)
    moved = tree.rename(world.place / "elsewhere")
    world.backup(moved)
    assert_nothing_sent(world, moved)


@pytest.mark.guard(120)
def test_a_second_copy_inside_the_tree_is_not_sent_again(world: World) -> None:
    tree = grow(world.place / "tree" / "one", 300).parent
    os.utime(tree, ns=(10**18, 10**18))
    world.backup(tree)
    copy(tree / "one", tree / "two")
    world.backup(tree)
    assert_nothing_sent(world, tree)
