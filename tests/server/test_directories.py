"""A directory is itself wherever it is named; a copied disk goes on where the old one was."""

from dataclasses import replace

from tardis.protocol.messages import AddRoot, CloseSet, SetClosed, SetOpened, Verdicts
from tests.server.talker import Backup, Kit, Talker, ancestors, identity
from tests.server.trees import Tree


def test_a_moved_directory_closes_one_row_and_opens_one(kit: Kit, tree: Tree) -> None:
    for number in range(50):
        tree.write(b"d/%d" % number, b"%d" % number)
    kit.run(tree)
    first = tree.flat()
    tree.move(b"d", b"moved")
    ran = kit.run(tree)
    assert ran.listed == [b""] and not ran.sent
    assert kit.rows("SELECT name, last_set > 9 FROM entries WHERE first_set = 2") == [(b"moved", 1)]
    assert kit.rows("SELECT name FROM entries WHERE last_set = 1") == [(b"d",)]
    assert kit.count("unlinked") == 0
    assert (kit.flat(1), kit.flat(2)) == (first, tree.flat())


def test_moves_into_and_out_of_each_other(kit: Kit, tree: Tree) -> None:
    for path in (b"x", b"x/y", b"x/y/z"):
        tree.mkdir(path)
    tree.write(b"x/y/z/deep", b"deep")
    kit.run(tree)
    flats = [tree.flat()]
    tree.move(b"x/y/z", b"z")
    tree.move(b"x", b"z/x")
    kit.run(tree)
    flats.append(tree.flat())
    tree.move(b"z/x/y", b"d/y")
    tree.remove(b"z")
    kit.run(tree)
    flats.append(tree.flat())
    assert [kit.flat(number) for number in (1, 2, 3)] == flats


def test_a_deleted_subtree_is_closed_at_completion(kit: Kit, tree: Tree) -> None:
    tree.mkdir(b"d/e")
    tree.write(b"d/e/f", b"f")
    kit.run(tree)
    first = tree.flat()
    tree.remove(b"d")
    ran = kit.run(tree)
    assert ran.listed == [b""]
    assert kit.open_rows().keys() == {b"a", b"b"}
    assert kit.count("fingerprints") == 1 and kit.count("unlinked") == 0
    assert (kit.flat(1), kit.flat(2)) == (first, tree.flat())


def test_a_subtree_gone_for_one_run_is_not_sent_again(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    away = tree.top.children.pop(b"d")
    kit.run(tree)
    tree.top.children[b"d"] = away
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"] and not ran.sent and not ran.digested
    assert [b"d/c" in kit.flat(number) for number in (1, 2, 3)] == [True, False, True]


def test_a_copied_disk_is_continued_and_asked_for_digests_only(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    ids = kit.rows("SELECT id FROM directories ORDER BY id")
    tree.copy_disk()
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"] and not ran.sent
    assert sorted(ran.digested) == [b"a", b"b", b"d/c"]
    assert kit.rows("SELECT id FROM directories ORDER BY id") == ids
    assert kit.flat(1).keys() == kit.flat(2).keys()
    assert kit.flat(2) == tree.flat()
    assert kit.run(tree).listed == []


def test_a_directory_made_anew_at_an_old_path_is_new(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.remove(b"d")
    tree.mkdir(b"d")
    tree.write(b"d/c", b"gamma")
    kit.run(tree)
    assert kit.count("directories") == 3
    assert kit.flat(2) == tree.flat()


def test_an_inode_used_again_for_another_directory(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    first = tree.flat()
    inode = tree[b"d"].inode
    tree.remove(b"d")
    tree.mkdir(b"other").inode = inode
    tree.write(b"other/new", b"new")
    kit.run(tree)
    assert (kit.flat(1), kit.flat(2)) == (first, tree.flat())


def two_roots(kit: Kit, trees: dict[bytes, Tree]) -> dict[bytes, list[bytes]]:
    """Back up several trees in one set; return which directories of each were listed."""
    ran = {}
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=not kit.base.exists())
        directories = entries = 0
        for path, tree in sorted(trees.items()):
            one = Backup(talker, tree, root=path)
            one.opened, one._paths, one._waiting = talker.opened, {}, 0
            talker.begin(tree, path)
            for folder, looks in one._differing():
                one._list(folder, looks)
            one._settle()
            ran[path] = one.listed
            directories += len(tree.directories())
            entries += sum(len(node.children) for _, node in tree.directories())
            talker.opened = _with_filesystem(talker, tree)
        talker.say(CloseSet(directories, entries, 0, 0))
        talker.expect(SetClosed)
    kit.join()
    return ran


def _with_filesystem(talker: Talker, tree: Tree) -> SetOpened:
    """Return the set as opened, with the tree's file system known by now."""
    assert talker.opened is not None
    known = (*talker.opened.filesystems, (tree.filesystem, "ext4", b""))
    return replace(talker.opened, filesystems=known)


class SharedTree(Tree):
    """A tree on the same disk as another: its inodes are its own."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self._inodes = start
        self.top.inode = start


def grown(start: int, word: bytes) -> SharedTree:
    tree = SharedTree(start)
    tree.write(b"file", word)
    tree.mkdir(b"sub")
    tree.write(b"sub/inner", word + b" inner")
    return tree


def test_a_root_moved_to_another_and_made_anew(kit: Kit) -> None:
    """`mv /b /a; mkdir /b`: the old directory lives on as /a, so /b is a new one."""
    old, new = grown(1000, b"old"), grown(2000, b"new")
    two_roots(kit, {b"b": old})
    two_roots(kit, {b"a": old, b"b": new})
    assert kit.flat(1, b"b") == old.flat()
    assert kit.flat(2, b"a") == old.flat() and kit.flat(2, b"b") == new.flat()
    ran = two_roots(kit, {b"a": old, b"b": new})
    assert ran == {b"a": [], b"b": []}


def test_a_root_moved_behind_the_new_one(kit: Kit) -> None:
    """The same, but the path that is made anew is told first."""
    old, new = grown(1000, b"old"), grown(2000, b"new")
    two_roots(kit, {b"a": old})
    two_roots(kit, {b"a": new, b"b": old})
    assert kit.flat(2, b"a") == new.flat() and kit.flat(2, b"b") == old.flat()
    assert two_roots(kit, {b"a": new, b"b": old}) == {b"a": [], b"b": []}
    assert kit.flat(3, b"a") == new.flat() and kit.flat(3, b"b") == old.flat()


def test_a_root_that_lives_on_below_another_root_is_not_continued(kit: Kit) -> None:
    """`mv /a /b/a`, seen by a run over /b; then /a is made anew, seen by a run over /a."""
    old, new, around = grown(1000, b"old"), grown(2000, b"new"), grown(3000, b"around")
    two_roots(kit, {b"a": old})
    two_roots(kit, {b"b": around})
    around.top.children[b"moved"] = old.top
    around.top.mtime += 1
    two_roots(kit, {b"b": around})
    two_roots(kit, {b"a": new})
    assert two_roots(kit, {b"b": around}) == {b"b": []}
    assert kit.flat(5, b"b") == around.flat()
    assert kit.flat(4, b"a") == new.flat()


def test_a_root_that_is_the_root_of_another_path_now_is_left_alone(kit: Kit) -> None:
    """Runs over /a and /z by turns, after `mv /a /z; mkdir /a`."""
    old, new = grown(1000, b"old"), grown(2000, b"new")
    two_roots(kit, {b"a": old})
    two_roots(kit, {b"z": old})
    two_roots(kit, {b"a": new})
    assert two_roots(kit, {b"z": old}) == {b"z": []}
    assert two_roots(kit, {b"a": new}) == {b"a": []}
    assert kit.flat(4, b"z") == old.flat() and kit.flat(5, b"a") == new.flat()


def test_a_child_that_lives_on_elsewhere_is_not_continued_by_a_copy(kit: Kit) -> None:
    """/a/sub moved to /b/sub; then /a becomes a copy that has a sub again."""
    left, right = grown(1000, b"left"), grown(2000, b"right")
    right.remove(b"sub")
    two_roots(kit, {b"a": left, b"b": right})
    right.top.children[b"sub"] = left.top.children.pop(b"sub")
    left.top.mtime += 1
    right.top.mtime += 1
    two_roots(kit, {b"a": left, b"b": right})
    copy = grown(5000, b"left")
    two_roots(kit, {b"a": copy, b"b": right})
    assert kit.flat(3, b"a") == copy.flat() and kit.flat(3, b"b") == right.flat()
    assert two_roots(kit, {b"a": copy, b"b": right}) == {b"a": [], b"b": []}
    assert kit.flat(4, b"b") == right.flat()


def test_a_root_left_out_keeps_its_rows_and_its_directory(kit: Kit) -> None:
    one, other = grown(1000, b"one"), grown(2000, b"other")
    two_roots(kit, {b"a": one, b"b": other})
    two_roots(kit, {b"a": one})
    with kit.reader() as reader:
        assert [root.path for root in reader.roots(2)] == [b"a"]
    assert two_roots(kit, {b"a": one, b"b": other}) == {b"a": [], b"b": []}
    assert kit.flat(3, b"b") == other.flat()
    assert kit.count("entries", "last_set < 9") == 0


def test_a_root_replaced_by_another_known_directory_is_closed(kit: Kit) -> None:
    """/a goes, and /b/sub takes its place: all of the old /a is closed."""
    old, around = grown(1000, b"old"), grown(2000, b"around")
    two_roots(kit, {b"a": old, b"b": around})
    taken = SharedTree(9000)
    taken.top = around.top.children.pop(b"sub")
    around.top.mtime += 1
    two_roots(kit, {b"a": taken, b"b": around})
    assert kit.flat(2, b"a") == taken.flat() and kit.flat(1, b"a") == old.flat()
    with kit.reader() as reader:
        before = reader.roots(1)[0].directory
    assert kit.count("entries", f"directory = {before} AND last_set > 9") == 0


def test_two_places_that_show_one_inode_are_told_apart_by_their_claim(kit: Kit) -> None:
    tree = Tree()
    tree.mkdir(b"d")
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.begin(tree)
        filesystem, inode, _ = identity(tree, tree.top)
        talker.say(AddRoot(b"bound", (filesystem, inode, 1), b"", ancestors(b"bound")))
        talker.list(tree, b"")
        talker.expect(Verdicts)
        talker.say(CloseSet(1, 1, 0, 0))
        talker.expect(SetClosed)
    query = "SELECT claim FROM directories WHERE inode = ? ORDER BY claim"
    assert kit.rows(query, tree.top.inode) == [(0,), (1,)]
