"""A purge is killed at a chosen system call: no set that stays is harmed, and the next finishes."""

import random
import shutil
from pathlib import Path

import pytest

from tests.facilities import LONG
from tests.whole.test_crash_points import strike
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, World

CALLS = ("unlink", "syncfs", "pwrite64", "fdatasync", "ftruncate")
POINTS = tuple(range(1, 61)) if LONG else (2,)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a base directory with four sets, and what the tree was at the last."""
    world = World(tmp_path_factory.mktemp("purged"))
    world.way = "local"
    tree = grow(world.place / "tree", 60)
    for number in range(4):
        if number:
            churn(tree, number)
        (tree / "large").write_bytes(random.Random(number).randbytes(300_000))
        world.backup(tree)
    kept = world.keep(tree)
    world.close()
    return world.base, kept


@pytest.mark.guard(240)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("point", POINTS)
def test_no_set_that_stays_is_harmed(
    tmp_path: Path, lived: tuple[Path, Path], call: str, point: int
) -> None:
    base, kept = lived
    world = World(tmp_path, base=tmp_path / "copy")
    shutil.copytree(base, world.base, symlinks=True)
    where = ["--database", str(world.base), "--client", CLIENT]
    try:
        words = [*where, "--noconfirm", "1", "2", "3"]
        before = strike(f"{call}:signal=SIGKILL:when={point}")
        world.finish(world.start("sonic", "delete", *words, before=before))
        assert 4 in world.complete()
        tree = base.parent / "tree"
        world.check(tree, kept, 4)
        left = [str(number) for number in world.complete() if number != 4]
        if left:
            world.run("sonic", "delete", *where, "--noconfirm", *left)
        world.run("sonic", "orphans", *where)
        assert world.complete() == [4]
        assert world.rows("SELECT count(*) FROM doomed WHERE pack IS NULL") == [(0,)]
        world.check(tree, kept, 4)
    finally:
        world.close()
