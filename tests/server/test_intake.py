"""Listings become rows, and an unchanged tree becomes none."""

import stat
from typing import Any

import pytest

from tardis.model import RemoteProtocolError
from tardis.protocol.listing import ATTRIBUTES_MAX as MOST
from tardis.protocol.messages import (
    AddFilesystems,
    AddRoot,
    CloseSet,
    Differ,
    Fingerprints,
    Listing,
    SetClosed,
    Unlistable,
    Verdicts,
)
from tests.server.talker import KEY, Kit, Talker, ancestors, entry, identity
from tests.server.trees import Tree

ROWS = "SELECT * FROM entries ORDER BY directory, first_set, name"


def test_a_first_run_records_everything(kit: Kit, tree: Tree) -> None:
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"]
    assert sorted(ran.sent) == [b"a", b"b", b"d/c"] and not ran.digested
    assert kit.flat(1) == tree.flat()
    directories, entries, size, new = kit.rows(
        "SELECT directories, entries, size_bytes, new_files FROM backup_sets"
    )[0]
    assert (directories, entries, size, new) == (2, 5, 14, 3)


def test_an_unchanged_tree_writes_no_entry_row_and_is_counted(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    before = kit.rows(ROWS)
    ran = kit.run(tree)
    assert (ran.listed, ran.sent, ran.digested) == ([], [], [])
    assert kit.rows(ROWS) == before
    query = "SELECT directories, entries, new_files FROM backup_sets WHERE number = 2"
    assert kit.rows(query) == [(2, 5, 0)]
    assert kit.flat(2) == tree.flat()


def test_an_edit_closes_one_row_and_opens_one(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    first = tree.flat()
    tree.write(b"d/c", b"another")
    ran = kit.run(tree)
    assert ran.listed == [b"d"] and ran.sent == [b"d/c"]
    assert kit.rows("SELECT first_set, last_set > 99 FROM entries WHERE name = ?", b"c") == [
        (1, 0),
        (2, 1),
    ]
    assert kit.count("entries", "first_set = 2") == 1
    assert (kit.flat(1), kit.flat(2)) == (first, tree.flat())


def test_what_is_gone_is_closed_and_stays_in_older_sets(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    first = tree.flat()
    tree.remove(b"a")
    tree.remove(b"d/l")
    kit.run(tree)
    assert (kit.flat(1), kit.flat(2)) == (first, tree.flat())


def test_a_file_that_turns_into_a_directory_and_back(kit: Kit, tree: Tree) -> None:
    flats = []
    for turn in range(4):
        tree.remove(b"a")
        if turn % 2:
            tree.write(b"a", b"file %d" % turn)
        else:
            tree.mkdir(b"a")
            tree.write(b"a/inside", b"inside %d" % turn)
        kit.run(tree)
        flats.append(tree.flat())
    assert [kit.flat(number) for number in range(1, 5)] == flats


def test_a_directory_not_entered_has_no_children(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        names = sorted(tree.top.children)
        entries = b"".join(entry(tree, tree[name], name) for name in names)
        folder = entry(tree, tree[b"d"], b"d")
        claim = (0xFFFFFFFF).to_bytes(4, "little")
        closed_to_us = folder[:-7] + claim + folder[-3:]
        talker.list(tree, b"", entries=entries.replace(folder, closed_to_us))
        assert talker.expect(Verdicts).contents == ()
        talker.say(CloseSet(1, 3, 0, 0))
        talker.expect(SetClosed)
    assert b"d/c" in kit.flat(1) and b"d" in kit.flat(2)
    assert not [path for path in kit.flat(2) if path.startswith(b"d/")]
    assert kit.open_rows().keys() == {b"a", b"b", b"d"}


def test_a_reappearing_entry_is_compared_with_its_newest_row(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    away = tree.top.children.pop(b"a")
    kit.run(tree)
    tree.top.children[b"a"] = away  # excluded, and included again: nothing about it changed
    ran = kit.run(tree)
    assert not ran.sent and not ran.digested
    assert [b"a" in kit.flat(number) for number in (1, 2, 3)] == [True, False, True]


def test_a_racy_entry_that_reappears_is_looked_at_again(kit: Kit, tree: Tree) -> None:
    """It was unsettled when it went, so equal times say nothing."""
    kit.run(tree, racy=frozenset([b"a"]))
    away = tree.top.children.pop(b"a")
    kit.run(tree)
    away.data = b"ALPHA"  # hidden: size and times are the same
    tree.top.children[b"a"] = away
    ran = kit.run(tree)
    assert ran.digested == [b"a"] and ran.sent == [b"a"]
    assert kit.flat(3) == tree.flat()


def test_a_racy_entry_of_a_subtree_that_comes_back_is_looked_at_again(kit: Kit, tree: Tree) -> None:
    kit.run(tree, racy=frozenset([b"d/c"]))
    away = tree.top.children.pop(b"d")  # unmounted
    kit.run(tree)
    away.children[b"c"].data = b"GAMMA"
    tree.top.children[b"d"] = away
    ran = kit.run(tree)
    assert ran.digested == [b"d/c"] and ran.sent == [b"d/c"]
    assert kit.flat(3) == tree.flat()


def test_a_reappearing_entry_with_a_damaged_content_is_sent_again(kit: Kit, tree: Tree) -> None:
    """Only open rows are unsettled by who finds damage."""
    kit.run(tree)
    away = tree.top.children.pop(b"a")
    kit.run(tree)
    kit.execute("UPDATE contents SET is_damaged = 1 WHERE size = 5 AND id = (SELECT content"
                " FROM entries WHERE name = x'61')")  # fmt: skip
    tree.top.children[b"a"] = away
    assert kit.run(tree).sent == [b"a"]
    assert kit.count("contents", "is_damaged") == 0
    assert kit.count("doomed") == 1
    assert kit.flat(3) == kit.flat(1) == tree.flat()


def test_a_damaged_content_is_not_known_and_is_healed(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    kit.execute("UPDATE contents SET is_damaged = 1")
    kit.execute("DELETE FROM fingerprints")
    kit.execute("INSERT INTO unsettled SELECT directory, name, 'damaged', 1 FROM entries"
                " WHERE content IS NOT NULL")  # fmt: skip
    ran = kit.run(tree)
    assert sorted(ran.sent) == sorted(ran.digested) == [b"a", b"b", b"d/c"]
    assert kit.count("contents", "is_damaged") == 0 and kit.unsettled() == {}
    assert kit.count("entries", "first_set = 2") == 0
    assert kit.flat(1) == kit.flat(2) == tree.flat()


def test_new_names_of_known_bytes_are_not_sent(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.write(b"copy", b"alpha")
    ran = kit.run(tree)
    assert ran.digested == [b"copy"] and not ran.sent


def test_a_directory_closed_to_us_keeps_its_children(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    for _ in range(2):  # the second time it is still unlistable, and its mark still there
        with Talker(kit.connect()) as talker:
            talker.open(is_creating=False)
            talker.begin(tree)
            talker.list(tree, b"")
            talker.expect(Verdicts)
            talker.say(Unlistable(identity(tree, tree[b"d"]), "no"))
            talker.say(CloseSet(1, 3, 0, 1))
            talker.expect(SetClosed)
        assert kit.unsettled() == {b"": "unread"}
    assert kit.flat(3) == tree.flat()
    with kit.reader() as reader:
        assert [one[1:] for one in reader.unsettled(3)] == [(b"", "unread")]
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"] and not ran.sent
    assert kit.unsettled() == {}


def test_ranges_of_a_large_directory_are_compared_each(kit: Kit) -> None:
    tree = Tree()
    for number in range(20):
        tree.write(b"%02d" % number, b"x%d" % number)
    kit.run(tree)

    def half(talker: Talker, start: bytes, end: bytes | None, looks: bytes) -> None:
        names = [n for n in sorted(tree.top.children) if start <= n and (end is None or n < end)]
        entries = b"".join(entry(tree, tree[name], name) for name in names)
        talker.list(tree, b"", entries=entries, start=start, end=end, fingerprint=looks)
        assert talker.expect(Verdicts).contents == ()

    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        half(talker, b"", b"10", b"lower")
        half(talker, b"10", None, b"upper")
        talker.say(CloseSet(1, 20, 0, 0))
        talker.expect(SetClosed)
    query = "SELECT range_start, range_end, count, fingerprint FROM fingerprints ORDER BY 1"
    assert kit.rows(query) == [(b"", b"10", 10, b"lower"), (b"10", None, 10, b"upper")]
    assert kit.count("entries", "first_set = 2") == 0
    top = identity(tree, tree.top)
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        same = ((*top, b"", b"10", 10, b"lower"), (*top, b"10", None, 10, b"upper"))
        others = (
            (*top, b"", None, 20, b"lower"),
            (*top, b"", b"10", 11, b"lower"),
            (*top, b"10", None, 10, b"lower"),
            (*top, b"05", b"10", 5, b"lower"),
            (1, 424242, 0, b"", None, 0, b"lower"),
        )
        talker.say(Fingerprints(7, same + others))
        assert talker.expect(Differ) == Differ(7, (2, 3, 4, 5, 6))


def test_a_change_in_one_range_leaves_the_other_alone(kit: Kit) -> None:
    tree = Tree()
    for name in (b"a", b"m"):
        tree.write(name, name)
    kit.run(tree, racy=frozenset([b"a", b"m"]))
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.list(tree, b"", start=b"f", entries=entry(tree, tree[b"m"], b"m"))
        verdicts = talker.expect(Verdicts)
        assert verdicts.digests == (0,)
        talker.send(0, 0, b"m")
        talker.say(CloseSet(0, 1, 0, 0))
        talker.expect(SetClosed)
    assert kit.unsettled() == {b"a": "racy"}
    assert kit.open_rows().keys() == {b"a", b"m"}


def test_an_epoch_voids_all_fingerprints(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    kit.execute("INSERT INTO settings VALUES ('epoch', 5)")
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"] and not ran.sent and not ran.digested
    assert kit.run(tree).listed == []


def test_a_root_that_is_a_file_touches_nothing_beside_it(kit: Kit, tree: Tree) -> None:
    with Talker(kit.connect()) as talker:
        talker.open()
        talker.say(AddFilesystems(((1, "ext4", KEY, True, True),)))
        talker.say(AddRoot(b"a", identity(tree, tree.top), b"a", ancestors(b"a")))
        only = entry(tree, tree[b"a"], b"a")
        talker.list(tree, b"", start=b"a", end=b"a\0", entries=only)
        assert talker.expect(Verdicts).contents == (0,)
        talker.send(0, 0, b"alpha")
        talker.say(CloseSet(0, 1, 5, 0))
        talker.expect(SetClosed)
    with kit.reader() as reader:
        (root,) = reader.roots(1)
        assert (root.path, root.name) == (b"a", b"a")
        found = reader.child(root.directory, 1, b"a")
        assert found is not None and found.size == 5


BAD_ROOTS = {
    "a name with a slash": AddRoot(b"top", (1, 2, 0), b"a/b", ancestors(b"top")),
    "a name that leads up": AddRoot(b"top", (1, 2, 0), b"..", ancestors(b"top")),
    "a path that leads up": AddRoot(b"../up", (1, 2, 0), b"", ancestors(b"../up")),
    "an empty component": AddRoot(b"a//b", (1, 2, 0), b"", ancestors(b"a//b")),
    "an empty path": AddRoot(b"", (1, 2, 0), b"", ()),
    "a NUL": AddRoot(b"a\0b", (1, 2, 0), b"", ancestors(b"a\0b")),
    "too few ancestors": AddRoot(b"a/b", (1, 2, 0), b"", ancestors(b"a")),
    "other ancestors": AddRoot(b"a/b", (1, 2, 0), b"", ancestors(b"a/c")),
    "a file system nobody told": AddRoot(b"top", (9, 2, 0), b"", ancestors(b"top")),
}


@pytest.mark.parametrize("what", BAD_ROOTS)
def test_a_root_that_cannot_be_is_refused(talker: Talker, what: str) -> None:
    talker.open()
    talker.say(AddFilesystems(((1, "ext4", KEY, True, True),)))
    talker.say(BAD_ROOTS[what])
    assert isinstance(talker.trouble(), RemoteProtocolError)


@pytest.mark.parametrize("path", [b"/", b"/a/b", b"a", b"a/b"])
def test_every_form_of_a_path_can_be_a_root(talker: Talker, kit: Kit, path: bytes) -> None:
    talker.open()
    talker.begin(Tree(), path)
    talker.list(Tree(), b"")
    talker.expect(Verdicts)
    talker.say(CloseSet(1, 0, 0, 0))
    talker.expect(SetClosed)
    talker.close()
    assert kit.rows("SELECT path FROM roots") == [(path,)]


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFBLK])
def test_a_special_file_is_a_row_and_stays_one(kit: Kit, tree: Tree, kind: int) -> None:
    node = tree.write(b"a", b"")
    node.mode, node.rdev = kind | 0o640, 0x0103
    kit.run(tree)
    assert kit.rows("SELECT mode, rdev, content FROM entries WHERE name = ?", b"a") == [
        (kind | 0o640, 0x0103, None)
    ]
    before = kit.rows(ROWS)
    tree.write(b"b", b"its listing is told again")
    kit.run(tree)
    assert [row for row in kit.rows(ROWS) if row[2] != b"b"] == [
        row for row in before if row[2] != b"b"
    ]
    node.rdev = 0x0105
    tree.chmod(b"a", 0o640)
    kit.run(tree)
    assert kit.count("entries", "name = x'61' AND last_set > 99 AND rdev = 261") == 1


def hostile(tree: Tree, what: str) -> Listing:
    top = identity(tree, tree.top)
    a, link = entry(tree, tree[b"a"], b"a"), entry(tree, tree[b"d/l"], b"l")
    usual: dict[str, Any] = {"request": 0, "directory": top, "start": b"", "end": None}
    usual |= {"fingerprint": b"", "entries": a, "targets": (), "racy": ()}
    unheard_of, pipe = (b"\xa4%c\0\0" % kind + a[4:] for kind in (0xF1, 0x11))
    other = Tree(filesystem=5)
    foreign = entry(other, other.write(b"a", b""), b"a")
    changes: dict[str, dict[str, Any]] = {
        "a number out of turn": {"request": 1},
        "a directory nobody named": {"directory": (1, 424242, 0)},
        "a name before its range": {"start": b"b"},
        "a name behind its range": {"end": b"a"},
        "names out of order": {"entries": a + a},
        "a cut entry": {"entries": a[:-1]},
        "a kind that there is not": {"entries": unheard_of},
        "a FIFO with a target": {"entries": pipe, "targets": ((0, b"x"),)},
        "a file system nobody told": {"entries": foreign},
        "a link without target": {"entries": link},
        "a link with a NUL": {"entries": link, "targets": ((0, b"a\0b"),)},
        "a link to nothing": {"entries": link, "targets": ((0, b""),)},
        "attributes of nothing": {"attributes": ((1, b"x"),)},
        "attributes before all": {"attributes": ((-1, b"x"),)},
        "attributes that are none": {"attributes": ((0, b""),)},
        "far too many attributes": {"attributes": ((0, bytes(MOST + 17)),)},
        "a level that there is not": {"capture": 8},
        "a border beyond all names": {"start": b"x" * 400, "entries": b""},
        "a long fingerprint": {"fingerprint": b"x" * 100},
    }
    return Listing(**(usual | changes[what]))


@pytest.mark.parametrize(
    "what",
    ["a number out of turn", "a directory nobody named", "a name before its range",
     "a name behind its range", "names out of order", "a cut entry",
     "a kind that there is not", "a FIFO with a target",
     "a file system nobody told", "a link without target", "a link with a NUL",
     "attributes of nothing", "attributes before all", "attributes that are none",
     "far too many attributes", "a level that there is not", "a link to nothing",
     "a border beyond all names", "a long fingerprint"],
)  # fmt: skip
def test_a_hostile_listing_ends_the_visit_and_changes_nothing(
    kit: Kit, tree: Tree, what: str
) -> None:
    kit.run(tree)
    before = kit.rows(ROWS)
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.say(hostile(tree, what))
        assert isinstance(talker.trouble(), RemoteProtocolError)
    assert kit.rows(ROWS) == before
    assert kit.sets() == [(1, 1), (2, 0)]
    kit.run(tree)
    assert kit.flat(2) == tree.flat()


def test_a_directory_of_another_time_cannot_be_listed(kit: Kit, tree: Tree) -> None:
    """Known, but named by nothing any more."""
    kit.run(tree)
    gone = tree[b"d"]
    tree.remove(b"d")
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.say(Listing(0, identity(tree, gone), b"", None, b"", b"", (), ()))
        assert isinstance(talker.trouble(), RemoteProtocolError)


@pytest.mark.parametrize(
    "items",
    [
        ((0, "ext4", b"new", True, True),),
        ((1 << 31, "ext4", b"new", True, True),),
        ((-1, "ext4", b"new", True, True),),
        ((1, "ext4", b"new", True, True), (1, "ext4", b"newer", True, True)),
        ((1, "ext4", b"new", True, True), (2, "ext4", b"new", True, True)),
    ],
    ids=["zero", "huge", "negative", "a number twice", "a key twice"],
)
def test_a_file_system_is_told_once_under_its_own_number(
    talker: Talker, items: tuple[tuple[int, str, bytes, bool, bool], ...]
) -> None:
    talker.open()
    talker.say(AddFilesystems(items))
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_too_many_fingerprints_are_refused(talker: Talker) -> None:
    talker.open()
    talker.say(Fingerprints(0, ((1, 2, 0, b"", None, 0, b""),) * 10_001))
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_listing_a_directory_twice_harms_nothing(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.write(b"new", b"new")
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        for request in range(2):
            talker.list(tree, b"")
            (position,) = talker.expect(Verdicts).digests
            talker.send(request, position, b"new")
        talker.say(CloseSet(2, 8, 0, 0))
        assert talker.trouble().exit_status == 10
    assert kit.sets() == [(1, 1), (2, 0)]
    kit.run(tree)
    assert kit.flat(2) == tree.flat()


def test_file_systems_of_two_types_may_have_the_same_key(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    with Talker(kit.connect()) as talker:
        opened = talker.open(is_creating=False)
        ((number, _, key),) = opened.filesystems
        talker.say(AddFilesystems(((number + 1, "xfs", key, True, True),)))
        talker.begin(tree)
        talker.list(tree, b"")
        talker.expect(Verdicts)
