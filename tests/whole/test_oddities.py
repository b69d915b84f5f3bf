"""A tree of all oddities at once survives the round trip, by the independent checker."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.independent.checker import compare
from tests.whole.oddities import LEVELS, WIDE, build, modes
from tests.whole.test_counted import entry_rows
from tests.whole.world import Done, World

pytestmark = pytest.mark.root

LIKE_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                "--inh-caps=-dac_override,-dac_read_search"]  # fmt: skip
"""Runs a program for which permissions count, as they do for everybody but root."""


SPARSE = {"modern": 1 << 40, "classic": counts(64 << 20, 16 << 30)}
"""Bytes of the file with holes: in a classic store zeros are digested like others."""


@pytest.mark.guard(900)
@pytest.mark.parametrize("scheme", SPARSE)
def test_all_oddities_come_back_and_none_is_read_again(world: World, scheme: str) -> None:
    world.creating = ("--scheme", scheme)
    tree = build(world.place / "tree", SPARSE[scheme])
    done = world.backup(tree)
    assert done.err == ""
    assert world.last("entries") > WIDE + LEVELS
    rows = entry_rows(world)
    world.backup(tree)
    assert entry_rows(world) == rows
    assert world.last("new_bytes") == 0
    restored = world.restore(tree)
    found = compare(tree, restored, xattrs=True)
    assert not found, f"{len(found)}: " + "; ".join(map(str, found[:20]))
    subprocess.run(["rm", "-rf", tree, restored], check=True, timeout=120)


@pytest.fixture
def guarded(world: World) -> Path:
    """Give a tree of all permissions, in which `guarded/others` belongs to somebody else."""
    tree = world.place / "guarded"
    tree.mkdir()
    modes(os.fsencode(tree))
    modes(os.fsencode(_made(tree / "others")))
    for path in (tree / "others").iterdir():
        os.chown(path, 12_345, 12_345)
    return tree


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def backup_like_anybody(world: World, *words: str | Path) -> Done:
    return world.finish(world.start_backup(*words, before=LIKE_ANYBODY), words)


def is_open(path: Path, tree: Path) -> bool:
    """Tell whether somebody for whom permissions count may read a file of the tree."""
    below = path.relative_to(tree)
    ways = [tree / parent for parent in below.parents][:-1]
    return all(_allows(way, 5) for way in ways) and _allows(path, 4)


def _allows(path: Path, wanted: int) -> bool:
    status = path.stat()
    shift = 6 if status.st_uid == os.getuid() else 0
    return status.st_mode >> shift & wanted == wanted


def test_where_permissions_count_what_may_be_read_comes_back(world: World, guarded: Path) -> None:
    done = backup_like_anybody(world, guarded)
    assert done.status == 0, str(done)
    assert "left out" in done.err and len(done.err.splitlines()) == 1, str(done)
    files = [path for path in guarded.rglob("*") if path.is_file()]
    readable = {path.relative_to(guarded) for path in files if is_open(path, guarded)}
    assert 0 < len(readable) < len(files)
    restored = world.restore(guarded)
    there = {path.relative_to(restored) for path in restored.rglob("*") if path.is_file()}
    assert there == readable
    found = compare(guarded, restored, ignore=("missing",))
    assert not found, "; ".join(map(str, found[:20]))


def test_what_may_not_be_read_is_named_when_that_is_wanted(world: World, guarded: Path) -> None:
    done = backup_like_anybody(world, "--noexclude-no-access", guarded)
    assert done.status == 3, str(done)
    for name in ("file0", "dir0", "others/file400", "others/dir1"):
        assert str(guarded / name) in done.err, str(done)
    world.backup(guarded)
    world.check(guarded, guarded)
