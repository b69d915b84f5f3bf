"""Attributes of listed entries reach their rows, and a level of looking is part of each."""

from typing import Any

import pytest

from tardis.protocol.messages import CloseSet, Contents, Differ, Fingerprints, SetClosed, Verdicts
from tests.server.talker import RACY, Kit, Talker, entry, identity, state_of
from tests.server.trees import Tree

ROWS = "SELECT name, capture, xattrs FROM entries WHERE last_set > 99 ORDER BY name"


def listed(kit: Kit, tree: Tree, **more: Any) -> Verdicts:
    """List the top of *tree* in a set of its own; return what is wanted."""
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=not kit.base.joinpath("box").exists())
        talker.begin(tree)
        request = talker.list(tree, b"", **more)
        verdicts = talker.expect(Verdicts)
        for position in verdicts.contents:
            name = sorted(tree.top.children)[position]
            talker.send(request, position, tree.top.children[name].data)
        talker.say(CloseSet(1, len(tree.top.children), 0, 0))
        talker.expect(SetClosed)
    return verdicts


@pytest.fixture
def tree() -> Tree:
    made = Tree()
    for name in (b"a", b"b"):
        made.write(name, b"same")
    made.symlink(b"l", b"a")
    return made


def test_they_stand_in_the_rows_and_nothing_else_is_sent(kit: Kit, tree: Tree) -> None:
    told = {"attributes": ((0, b"one"), (2, b"two")), "capture": 7}
    listed(kit, tree, **told)
    assert kit.rows(ROWS) == [(b"a", 7, b"one"), (b"b", 7, None), (b"l", 7, b"two")]
    verdicts = listed(kit, tree, **told)
    assert not verdicts.contents and not verdicts.digests
    assert kit.count("entries", "1") == 3
    listed(kit, tree, attributes=((0, b"other"),), capture=7)
    assert kit.rows(ROWS) == [(b"a", 7, b"other"), (b"b", 7, None), (b"l", 7, None)]
    assert kit.count("entries", "first_set = 1 AND last_set = 2") == 2


def test_another_level_is_another_row(kit: Kit, tree: Tree) -> None:
    listed(kit, tree, capture=7)
    verdicts = listed(kit, tree, capture=0)
    assert not verdicts.contents and not verdicts.digests
    assert kit.rows(ROWS) == [(name, 0, None) for name in (b"a", b"b", b"l")]


def test_a_directory_that_is_racy_is_looked_at_again(kit: Kit, tree: Tree) -> None:
    tree.mkdir(b"d")
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        talker.list(tree, b"", racy=(2,), fingerprint=b"looks")
        verdicts = talker.expect(Verdicts)
        for position in verdicts.contents:
            talker.send(0, position, b"same")
        talker.list(tree, b"d")
        talker.expect(Verdicts)
        talker.say(CloseSet(2, 4, 0, 0))
        talker.expect(SetClosed)
    assert kit.rows("SELECT name, why FROM unsettled") == [(b"d", "racy")]
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.say(Fingerprints(0, ((*identity(tree, tree.top), b"", None, 4, b"looks"),)))
        assert talker.expect(Differ).items == (0,)
        talker.list(tree, b"", fingerprint=b"looks")
        verdicts = talker.expect(Verdicts)
        assert not verdicts.contents
    assert kit.count("unsettled", "1") == 0 or kit.sets()[-1][1] == 0


def test_a_file_that_changed_meanwhile_keeps_what_was_listed_of_it(kit: Kit) -> None:
    tree = Tree()
    node = tree.write(b"a", b"old")
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        talker.list(tree, b"", attributes=((0, b"one"),), capture=3)
        talker.expect(Verdicts)
        tree.write(b"a", b"newer")
        state = state_of(tree, node)
        talker.say(Contents(((0, 0, RACY, state, *talker.small(b"newer")),)))
        talker.say(CloseSet(1, 1, 0, 0))
        talker.expect(SetClosed)
    assert kit.rows(ROWS) == [(b"a", 3, b"one")]
    assert entry(tree, node, b"a")[12:20] == (5).to_bytes(8, "little")
