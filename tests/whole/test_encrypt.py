"""A backup in clear is encrypted by the real program, which is killed again and again."""

import random
import shutil
from pathlib import Path

import pytest

from tests.facilities import counts
from tests.independent.checker import compare
from tests.whole.test_crash_points import strike
from tests.whole.trees import churn, grow
from tests.whole.world import CLIENT, World

WORD = "plinth-otter-vacuum-gable"
POINTS = (
    ("pwrite64", 9), ("rename", 1), ("syncfs", 2), ("unlink", 3), ("fdatasync", 4),
    ("pwrite64", 60), ("rename", 3), ("fsync", 9), ("unlink", 8), ("fdatasync", 12),
)  # fmt: skip
"""A call of the program, and the how manyth of it is its last."""


@pytest.mark.guard(300)
@pytest.mark.parametrize("scheme", ["modern", pytest.param("classic", marks=pytest.mark.long)])
def test_killed_ten_times_and_then_finished_all_sets_restore(world: World, scheme: str) -> None:
    world.way = "local"
    world.stop_daemon()
    file = world.home / "pw"
    file.write_text(WORD + "\n")
    given = ["--password-file", str(file)]
    world.creating = ("--kdf", "low", "--scheme", scheme)
    tree, kept = grow(world.place / "tree-of-mine", counts(12, 400)), list[Path]()
    for number in range(counts(2, 4)):
        if number:
            churn(tree, number)
        (tree / "large-of-mine").write_bytes(random.Random(number).randbytes(300_000))
        world.backup(tree, "--nocrypt", *given)
        kept.append(world.keep(tree))
    where = ["--database", str(world.base), "--client", CLIENT, *given]
    words = [*where, "--all", "--noconfirm"]
    kills = 0
    for call, point in POINTS[: counts(2, len(POINTS))]:
        before = strike(f"{call}:signal=SIGKILL:when={point}")
        kills += world.finish(world.start("sonic", "encrypt", *words, before=before)).status < 0
        _all_restore(world, tree, kept[-1:], given, last=len(kept))
    assert kills >= counts(2, 8)
    world.run("sonic", "encrypt", *words)
    _all_restore(world, tree, kept, given, last=len(kept))
    world.run("sonic", "check", *where, "--read-data")
    assert "nothing is read" not in world.run("sonic", "encrypt", *words).out
    report = world.backup(tree, *given, "--stats")
    assert "signed" not in report.err and world.last("new_files") == 0
    for path in world.store_files():
        if path.name != ".reserve":
            assert b"of-mine" not in path.read_bytes() + bytes(path.name, "ascii"), path
    done = world.backup(tree, "--nocrypt", *given, status=None)
    assert done.status and "encrypted, and stays so" in done.err


def _all_restore(
    world: World, tree: Path, kept: list[Path], given: list[str], *, last: int
) -> None:
    """Compare what the newest sets restore to with what was kept of them."""
    for number, wanted in enumerate(kept, last - len(kept) + 1):
        restored = world.restore(tree, *given, number=number)
        assert compare(wanted, restored) == []
        shutil.rmtree(restored.parent)
