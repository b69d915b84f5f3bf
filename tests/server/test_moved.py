"""A file that went to another directory under its name stands on what it was there."""

from collections.abc import Callable

import pytest

from tardis.crypto import digest
from tardis.policy import LEAST
from tardis.protocol.messages import Digests, DigestVerdicts, Verdicts
from tardis.store.catalog import chains
from tests.delta.shapes import edited, noise
from tests.server.talker import Kit, Talker
from tests.server.trees import Tree

OLD = noise(300_000)
SAME_SIZE = edited(OLD, [("overwrite", 0.5, 100)])
NEW = edited(OLD, [("insert", 0.5, 100)])


def offered(kit: Kit, tree: Tree) -> tuple[tuple[int, int, int], ...]:
    """Return what is offered for the files of the directory `there`."""
    talker = Talker(kit.connect())
    try:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.list(tree, b"")
        talker.expect(Verdicts)
        talker.list(tree, b"there")
        return talker.expect(Verdicts).deltas
    finally:
        talker.close()
        kit.join()


@pytest.fixture
def tree(kit: Kit) -> Tree:
    """A tree with two directories that was backed up once; the file has moved since."""
    made = Tree()
    made.mkdir(b"here")
    made.mkdir(b"there")
    made.write(b"here/file", OLD)
    kit.run(made)
    made.move(b"here/file", b"there/file")
    made.write(b"there/file", NEW)
    return made


def test_what_it_was_is_offered(kit: Kit, tree: Tree) -> None:
    assert offered(kit, tree) == ((0, 1, len(OLD)),)


def test_it_is_offered_behind_a_digest_too(kit: Kit, tree: Tree) -> None:
    """A file of a size that is known is asked for its digest before."""
    tree[b"there/file"].data = SAME_SIZE
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.list(tree, b"")
        talker.expect(Verdicts)
        talker.list(tree, b"there")
        assert talker.expect(Verdicts).digests == (0,)
        talker.say(Digests(((1, 0, 0, b"", digest(talker.key, SAME_SIZE), len(OLD)),)))
        assert talker.expect(DigestVerdicts).deltas == ((1, 0, 1, len(OLD)),)


def rename(tree: Tree) -> None:
    tree.move(b"there/file", b"there/renamed")


def change_inode(tree: Tree) -> None:
    tree[b"there/file"].inode += 1000


def shrink(tree: Tree) -> None:
    tree[b"there/file"].data = NEW[: LEAST - 1]


@pytest.mark.parametrize("change", [rename, change_inode, shrink])
def test_another_file_stands_on_nothing(
    kit: Kit, tree: Tree, change: Callable[[Tree], None]
) -> None:
    change(tree)
    assert offered(kit, tree) == ()


def test_a_file_that_was_gone_for_a_set_stands_on_nothing(kit: Kit, tree: Tree) -> None:
    """By then its inode may be that of any file."""
    without = Tree()
    without.top.inode = tree.top.inode
    kit.run(without)
    kit.run(without)
    assert offered(kit, tree) == ()


def test_looking_for_it_costs_little(kit: Kit, tree: Tree) -> None:
    plan = kit.rows(f"EXPLAIN QUERY PLAN {chains._MOVED}", 1, 1, b"file", 1)
    assert "entries_inode" in plan[0][-1]
