"""A damaged tree is put back in place by the installed programs, and only the damage is."""

import os
import random
import shutil
from pathlib import Path

from tests.independent.checker import compare
from tests.whole.trees import copy, edit, files_of, grow
from tests.whole.world import CLIENT, World


def inodes(tree: Path) -> dict[str, int]:
    return {str(path.relative_to(tree)): path.lstat().st_ino for path in tree.rglob("*")}


def test_in_place_on_a_damaged_tree_mends_exactly_the_damage(world: World) -> None:
    tree = grow(world.place / "tree", 400)
    world.backup(tree)
    before = copy(tree, world.place / "before")
    rng = random.Random(7)
    changed = {str(path.relative_to(tree)) for path in edit(tree, 30)}
    gone = rng.sample(files_of(tree), 20)
    for path in gone:
        path.unlink()
    damaged = inodes(tree)
    where = ["--database", world.base, "--client", CLIENT, "--in-place"]
    listed = world.run("regenerate", *where, "--dry-run", "--delete", tree)
    assert inodes(tree) == damaged, "a dry run changes nothing"
    world.run("regenerate", *where, "--delete", tree, status=2)
    world.run("regenerate", *where, "--delete", "--force", tree)
    assert compare(os.fsencode(before), os.fsencode(tree)) == []
    after = inodes(tree)
    expected = changed | {str(path.relative_to(tree)) for path in gone}
    new = {path for path, inode in after.items() if damaged.get(path) != inode}
    assert new <= expected, new - expected
    assert len(listed.out.splitlines()) >= len(expected & set(after))
    again = world.run("regenerate", *where, "--delete", "--force", tree)
    assert again.out == ""
    shutil.rmtree(tree)
    world.run("regenerate", *where, "--force", tree)
    assert compare(os.fsencode(before), os.fsencode(tree)) == []
