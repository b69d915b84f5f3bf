"""A tree is backed up again and again while it changes; every set comes back as it was."""

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.whole.trees import age, copy, edit, grow
from tests.whole.world import World

History = list[tuple[int, Path]]
"""Number of a set, and what the tree was."""


def back_up(world: World, tree: Path, history: History) -> None:
    """Run a backup and keep a copy of the tree beside it."""
    world.backup(tree)
    history.append((world.complete()[-1], world.keep(tree)))


def check_all(world: World, tree: Path, history: History) -> None:
    assert world.complete() == [number for number, _ in history]
    for number, kept in history:
        world.check(tree, kept, number)
    world.check(tree, history[-1][1])


def live(world: World, tree: Path, edits: int = 50) -> None:
    """Back up, do nothing, edit, rename, delete; then look at every set."""
    history: History = []
    back_up(world, tree, history)
    back_up(world, tree, history)
    edit(tree, edits)
    back_up(world, tree, history)
    largest = max(
        (path for path in tree.iterdir() if path.is_dir()),
        key=lambda path: len(list(path.iterdir())),
    )
    largest.rename(tree / "renamed directory")
    back_up(world, tree, history)
    shutil.rmtree(tree / "renamed directory")
    age(tree, random.Random(7))
    back_up(world, tree, history)
    check_all(world, tree, history)


@pytest.mark.guard(180)
def test_every_set_of_a_living_tree_comes_back_identical(any_world: World) -> None:
    live(any_world, grow(any_world.place / "tree", counts(900, 6000)))


@pytest.mark.guard(180)
def test_a_tree_comes_back_identical_while_nothing_is_trusted_yet(world: World) -> None:
    tree = grow(world.place / "tree", 800)
    kept = world.keep(tree)
    world.backup(tree, settled=False)
    world.backup(tree, settled=False)
    edit(tree, 20)
    world.backup(tree, settled=False)
    first, second, third = world.complete()
    world.check(tree, kept, first)
    world.check(tree, kept, second)
    world.check(tree, tree, third)


@pytest.mark.guard(240)
def test_many_small_changes_in_a_row_leave_every_set_right(world: World) -> None:
    tree = grow(world.place / "tree", 300)
    rng = random.Random(11)
    history: History = []
    for step in range(counts(6, 40)):
        for _ in range(5):
            change_one(tree, rng, step)
        back_up(world, tree, history)
    check_all(world, tree, history)


def change_one(tree: Path, rng: random.Random, step: int) -> None:
    """Make one change out of all that a person, or a program, does to a tree."""
    paths = sorted(tree.rglob("*"))
    folders = [path for path in paths if path.is_dir() and not path.is_symlink()]
    files = [path for path in paths if path.is_file() and not path.is_symlink()]
    name = f"new{step}-{rng.randrange(10**6)}"
    match rng.randrange(9):
        case 0:
            rng.choice(files).chmod(rng.choice((0o600, 0o644, 0o777)))
        case 1:
            age(rng.choice(paths), rng)
        case 2:
            os.link(rng.choice(files), rng.choice(folders) / name)
        case 3:
            rng.choice(files).rename(rng.choice(folders) / name)
        case 4:
            victim = rng.choice(files)
            victim.unlink()
            victim.mkdir()
        case 5:
            victim = rng.choice([*folders, tree / name])
            shutil.rmtree(victim, ignore_errors=True)
            victim.write_bytes(b"a file where a directory was")
        case 6:
            shutil.copytree(rng.choice(folders), tree / name, symlinks=True)
        case 7:
            (rng.choice(folders) / name).symlink_to("/somewhere")
        case _:
            edit(tree, 3, rng.randrange(10**6))


def test_a_set_is_found_by_name_number_and_date(world: World) -> None:
    tree = grow(world.place / "tree", 30)
    kept = world.keep(tree)
    world.backup("--name", "first of all", tree)
    edit(tree, 3)
    world.backup(tree)
    number = world.complete()[0]
    world.check(tree, kept, "first of all")
    world.check(tree, kept, number)
    world.check(tree, tree, "Current")
    restored = world.restore(tree, "--date", "now")
    assert sorted(restored.rglob("*"))


def test_parts_of_a_tree_come_back_alone(world: World) -> None:
    tree = grow(world.place / "tree", 200)
    world.backup(tree)
    folder = next(path for path in sorted(tree.iterdir()) if path.is_dir())
    world.check(folder, folder, ignore=frozenset({"links"}))
    file = next(path for path in sorted(tree.rglob("*")) if path.is_file())
    world.check(file, file, ignore=frozenset({"links"}))
    done = world.run("regenerate", "--database", world.base, "--client", "machine", file)
    assert done.out.encode(errors="surrogateescape") == file.read_bytes()


def test_a_store_moved_elsewhere_restores_and_goes_on(world: World) -> None:
    tree = grow(world.place / "tree", 100)
    world.backup(tree)
    world.stop_daemon()
    shutil.move(world.base, world.place / "moved")
    world.base = world.place / "moved"
    world.check(tree, tree)
    world.start_daemon()
    edit(tree, 5)
    world.backup(tree)
    world.check(tree, tree)


@pytest.mark.long
@pytest.mark.guard(600)
def test_the_corpus_lives_and_comes_back(world: World) -> None:
    corpus = os.environ.get("TARDIS_CORPUS")
    if not corpus:
        pytest.skip("TARDIS_CORPUS names no tree")
    live(world, copy(Path(corpus), world.place / "tree"))
