"""File flags through the real programs, on file systems that have other ones each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import chattr
from tests.chattr import lsattr, unlocked
from tests.independent.checker import compare
from tests.whole.images import Image, image
from tests.whole.test_counted import entry_rows, opened_by
from tests.whole.world import World

pytestmark = [chattr.NEEDED, pytest.mark.root]

FLAGS = {"ext4": "iadAS", "xfs": "iadAS", "btrfs": "iadAScC"}


@pytest.fixture(params=FLAGS)
def disk(world: World, request: pytest.FixtureRequest) -> Iterator[Image]:
    with image(world.place / "image", request.param) as made:
        yield made
        world.close()


def plant(tree: Path, letters: str) -> dict[str, str]:
    """Make something with each flag; return what must come back."""
    wanted = {"plain": ""}
    for letter in letters:
        (tree / f"d{letter}").mkdir(parents=True)
        wanted[f"d{letter}"] = letter
        chattr.chattr(f"+{letter}", tree / f"d{letter}")
        if letter in "iad":
            (tree / letter).write_bytes(b"bytes")
            wanted[letter] = letter
            chattr.chattr(f"+{letter}", tree / letter)
    (tree / "plain").touch()
    if "C" in letters:
        (tree / "dC/inherits").write_bytes(b"x" * 300_000)
        wanted["dC/inherits"] = "C"
    return wanted


@pytest.mark.strace
def test_flags_come_back_and_changing_one_is_noticed(world: World, disk: Image) -> None:
    tree = disk.place / "tree"
    with unlocked(disk.place):
        wanted = plant(tree, FLAGS[disk.kind])
        world.backup(tree)
        rows = entry_rows(world)
        opened = [path for path in opened_by(world, tree) if path.is_file()]
        assert [path for path in opened if tree in path.parents] == []
        assert entry_rows(world) == rows
        out = disk.place / "out"
        where = ("--database", world.base, "--client", "machine")
        world.run("regenerate", *where, "--output", out, tree)
        assert {name: lsattr(out / "tree" / name) for name in wanted} == wanted
        assert compare(tree, out / "tree") == []
        chattr.chattr("+i", tree / "plain")
        world.backup(tree)
        assert world.last("new_files") == 0
        chattr.chattr("-i", tree / "plain")
        done = world.run("regenerate", *where, "--in-place", "--force", tree / "plain")
        assert "other extended attributes" in done.out
        assert lsattr(tree / "plain") == "i"
