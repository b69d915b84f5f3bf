"""The process ends at every durable step in turn: completed sets are whole, the next run completes.

A child makes the run and ends itself without any clean-up at its n-th step; steps are counted
in the calls that reach the disk: writes, renames, flushes, and statements of transactions.
"""

import shutil
from pathlib import Path

import pytest

from tardis.model import SCHEMES
from tardis.store import writer
from tests.facilities import counts
from tests.server.talker import Kit, make_kit
from tests.server.trees import Tree
from tests.store.fuse import ends_at


def run_in_child(base: Path, tree: Tree, steps: int, scheme: str) -> bool:
    """Make a run that ends at step *steps*; tell whether that was reached."""

    def job() -> None:
        writer.GROUP_ROWS = 2  # type: ignore[misc]
        make_kit(base).run(tree, wish={"scheme": scheme})

    return ends_at(job, steps)


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def before(tmp_path: Path) -> Kit:
    return make_kit(tmp_path / "before")


def first_tree() -> Tree:
    tree = Tree()
    for number in range(4):
        tree.write(b"f%d" % number, b"first %d" % number)
    tree.mkdir(b"d")
    tree.write(b"d/big", b"large" * 60_000)
    tree.mkdir(b"d/gone")
    tree.write(b"d/gone/x", b"x")
    return tree


def edit(tree: Tree) -> None:
    tree.write(b"f1", b"second")
    tree.remove(b"f2")
    tree.remove(b"d/gone")
    tree.move(b"d", b"e")
    tree.write(b"e/bigger", b"LARGE" * 60_000)


@pytest.mark.guard(240)
def test_a_later_run_may_end_at_any_step(before: Kit, tmp_path: Path, scheme: str) -> None:
    tree = first_tree()
    before.run(tree, wish={"scheme": scheme})
    first = tree.flat()
    (before.base / "box" / ".reserve").unlink()  # only weighs on the copies
    edit(tree)
    reached, stride = 0, counts(2, 1)
    while True:
        base = tmp_path / "now"
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(before.base, base)
        if not run_in_child(base, tree, 1 + reached * stride, scheme):
            break
        kit = make_kit(base)
        sets = kit.sets()
        assert sets[0] == (1, 1) and kit.flat(1) == first
        if sets[1:] == [(2, 1)]:
            assert kit.flat(2) == tree.flat()
        kit.run(tree, wish={"scheme": scheme})
        assert kit.flat(1) == first and kit.flat(2) == tree.flat()
        assert kit.rows("PRAGMA integrity_check") == [("ok",)]
        assert kit.sets()[-1][1] == 1
        reached += 1
    assert reached * stride > 45


@pytest.mark.guard(240)
def test_a_first_run_may_end_at_any_step(tmp_path: Path, scheme: str) -> None:
    """That the store is made is a part of it."""
    tree = first_tree()
    reached, stride = 0, counts(4, 1)
    while True:
        base = tmp_path / "now"
        shutil.rmtree(base, ignore_errors=True)
        if not run_in_child(base, tree, 1 + reached * stride, scheme):
            break
        kit = make_kit(base)
        kit.run(tree, wish={"scheme": scheme})
        assert kit.flat(1) == tree.flat()
        assert kit.run(tree).listed == []
        reached += 1
    assert reached * stride > 60


@pytest.mark.guard(240)
def test_runs_that_end_again_and_again_get_there(before: Kit, scheme: str) -> None:
    """Each gets a little further than the one before, and nothing is lost on the way."""
    tree = first_tree()
    before.run(tree, wish={"scheme": scheme})
    first = tree.flat()
    edit(tree)
    for steps in range(8, 400, counts(16, 3)):
        if not run_in_child(before.base, tree, steps, scheme):
            break
        assert before.flat(1) == first
    else:
        raise AssertionError("no run ever came to its end")
    number, is_complete = before.sets()[-1]
    assert is_complete and before.flat(number) == tree.flat() and before.flat(1) == first
