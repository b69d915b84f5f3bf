"""One name of an inode is read; the others wait for it, and are read when it fails."""

import pytest

from tardis.model import Listed, RemoteProtocolError
from tardis.protocol.messages import CloseSet, Contents, DigestVerdicts, SetClosed, Unread, Verdicts
from tardis.server import links
from tardis.server.links import Links
from tests.server.talker import CHANGED, RACY, Kit, Talker, entry, state_of
from tests.server.trees import Tree


@pytest.fixture
def tree() -> Tree:
    """Three names of one file, in two directories."""
    made = Tree()
    made.write(b"a", b"alpha")
    made.mkdir(b"d")
    made.link(b"a", b"b")
    made.link(b"a", b"d/c")
    return made


def begun(kit: Kit, tree: Tree, create: bool = True) -> Talker:
    talker = Talker(kit.connect())
    talker.open(is_creating=create)
    talker.begin(tree)
    return talker


def close(talker: Talker, directories: int, entries: int) -> None:
    talker.say(CloseSet(directories, entries, 0, 0))
    talker.expect(SetClosed)
    talker.close()


def test_one_name_is_asked_for_and_all_are_settled(kit: Kit, tree: Tree) -> None:
    ran = kit.run(tree)
    assert ran.sent == [b"a"]
    assert kit.flat(1) == tree.flat()
    assert kit.count("contents") == 1
    assert kit.run(tree).listed == []


def test_names_listed_before_the_leader_has_come_wait_for_it(kit: Kit, tree: Tree) -> None:
    talker = begun(kit, tree)
    talker.list(tree, b"", fingerprint=b"top")
    assert talker.expect(Verdicts).contents == (0,)
    talker.list(tree, b"d", fingerprint=b"below")
    assert talker.expect(Verdicts).contents == ()
    talker.send(0, 0, b"alpha")
    close(talker, 2, 4)
    assert kit.flat(1) == tree.flat()
    assert kit.count("fingerprints") == 2


@pytest.mark.parametrize("outcome", [0, 1, 2])
def test_when_the_leader_cannot_be_read_the_others_are_asked(
    kit: Kit, tree: Tree, outcome: int
) -> None:
    talker = begun(kit, tree)
    for path in (b"", b"d"):
        talker.list(tree, path)
        talker.expect(Verdicts)
    talker.say(Unread(((0, 0, outcome, "no"),)))
    assert talker.expect(DigestVerdicts).items == ((0, 1, True), (1, 0, True))
    talker.send(1, 0, b"alpha")
    talker.say(Unread(((0, 1, outcome, "no"),)))
    close(talker, 2, 4 - 2 * (outcome < 2))
    assert kit.flat(1)[b"d/c"] == tree.flat()[b"d/c"]


@pytest.mark.parametrize("marks", [RACY, CHANGED])
def test_a_marked_leader_does_not_speak_for_later_names(kit: Kit, tree: Tree, marks: int) -> None:
    talker = begun(kit, tree)
    talker.list(tree, b"")
    talker.expect(Verdicts)
    talker.send(0, 0, b"alpha", marks)
    if marks == CHANGED:
        assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
        talker.send(0, 1, b"alpha")
    talker.list(tree, b"d")
    while not isinstance(answer := talker.hear(), Verdicts):
        pass
    assert answer.contents == (0,)
    talker.send(1, 0, b"alpha")
    close(talker, 2, 4)
    waiting = {b"a": "racy", b"b": "racy"} if marks == RACY else {b"a": "changed"}
    assert kit.unsettled() == waiting
    assert kit.flat(1) == tree.flat()


def test_a_leader_that_changed_before_it_was_read_lets_the_others_be_read(
    kit: Kit, tree: Tree
) -> None:
    talker = begun(kit, tree)
    talker.list(tree, b"")
    talker.expect(Verdicts)
    node = tree.write(b"a", b"changed")
    talker.say(Contents(((0, 0, 0, state_of(tree, node), *talker.small(b"changed")),)))
    assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
    talker.send(0, 1, b"changed")
    close(talker, 1, 3)
    assert kit.flat(1)[b"a"][-1] == kit.flat(1)[b"b"][-1] == b"changed"


def test_a_leader_known_by_its_digest_settles_the_others(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.chmod(b"a", 0o600)
    ran = kit.run(tree)
    assert ran.digested == [b"a"] and not ran.sent
    assert kit.flat(2) == tree.flat()


def test_a_new_name_of_an_unchanged_file_costs_a_digest(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.link(b"a", b"new")
    ran = kit.run(tree)
    assert len(ran.digested) == 1 and not ran.sent
    assert kit.flat(2) == tree.flat()


def test_names_of_files_that_only_look_alike_are_told_apart(kit: Kit, tree: Tree) -> None:
    other = Tree(filesystem=1)
    for name in (b"p", b"q"):
        node = other.write(name, b"size5" if name == b"p" else b"other")
        node.inode, node.ctime, node.mtime = 500, 7, 7 if name == b"p" else 8
    talker = begun(kit, other)
    entries = b"".join(entry(other, other[name], name, 2) for name in (b"p", b"q"))
    talker.list(other, b"", entries=entries)
    assert talker.expect(Verdicts).contents == (0, 1)


def test_a_name_that_waits_cannot_be_sent_by_itself(kit: Kit, tree: Tree) -> None:
    talker = begun(kit, tree)
    talker.list(tree, b"")
    talker.expect(Verdicts)
    talker.send(0, 1, b"alpha")
    talker.send(0, 0, b"alpha")
    assert isinstance(talker.trouble(), RemoteProtocolError)


def linked(inode: int) -> Listed:
    return Listed(0o100644, 0, 0, 5, 1, 0, 1, 0, 1, inode, 2, 0, 0, b"name")


def test_settled_groups_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "LIMIT", 2)
    groups = Links()
    for inode in (1, 2):
        assert groups.join(linked(inode), (0, inode)) is None
    first = groups.join(linked(1), (1, 1))
    assert first is not None and first.leader == (0, 1)
    first.content = 5
    assert groups.join(linked(3), (0, 3)) is None
    assert groups.join(linked(2), (1, 2)) is not None
    assert groups.join(linked(1), (1, 1)) is None  # it was forgotten, and leads again


def test_a_file_with_one_name_has_no_group() -> None:
    groups = Links()
    assert groups.group(linked(1)._replace(nlink=1)) is None
    groups.join(linked(1), (0, 0))
    groups.leave(linked(1))
    assert groups.group(linked(1)) is None
    groups.leave(linked(1))
