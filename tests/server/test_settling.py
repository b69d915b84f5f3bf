"""Files wait for their bytes, and are settled, marked or left as they were."""

import pytest

from tardis.crypto import digest
from tardis.model import IntegrityError, RemoteProtocolError
from tardis.protocol.messages import (
    CloseSet,
    Contents,
    Digests,
    DigestVerdicts,
    SetClosed,
    Unread,
    Verdicts,
)
from tardis.server import settling
from tests.server.talker import CHANGED, RACY, Kit, Talker, entry, state_of
from tests.server.trees import Tree

VANISHED, LEFT_OUT, UNREADABLE = 0, 1, 2


def started(
    kit: Kit, tree: Tree, paths: tuple[bytes, ...] = (b"",)
) -> tuple[Talker, list[Verdicts]]:
    """Open a set, list *paths*, and return the line with what was judged."""
    talker = Talker(kit.connect())
    talker.open(is_creating=not kit.base.exists())
    talker.begin(tree)
    judged = []
    for path in paths:
        talker.list(tree, path, fingerprint=b"looks")
        judged.append(talker.expect(Verdicts))
    return talker, judged


def close(talker: Talker, directories: int, entries: int) -> None:
    talker.say(CloseSet(directories, entries, 0, 0))
    talker.expect(SetClosed)
    talker.close()


def tell(talker: Talker, request: int, position: int, data: bytes, marks: int = 0) -> None:
    known = digest(talker.key, data)
    talker.say(Digests(((request, position, marks, b"", known, len(data)),)))


@pytest.mark.parametrize("marks, why", [(RACY, "racy"), (CHANGED, "changed"), (3, "changed")])
def test_a_marked_file_is_unsettled_until_its_digest_agrees(
    kit: Kit, tree: Tree, marks: int, why: str
) -> None:
    talker, _ = started(kit, tree)
    talker.send(0, 0, b"alpha", marks)
    talker.send(0, 1, b"beta")
    tree.remove(b"d")
    close(talker, 1, 3)
    assert kit.unsettled() == {b"a": why}
    assert kit.count("fingerprints") == 0


def test_a_racy_file_is_looked_at_again_and_only_its_mark_goes(kit: Kit, tree: Tree) -> None:
    kit.run(tree, racy=frozenset([b"a", b"d/c"]))
    assert kit.unsettled() == {b"a": "racy", b"c": "racy"}
    rows = kit.rows("SELECT * FROM entries ORDER BY name")
    ran = kit.run(tree)
    assert ran.listed == [b"", b"d"]
    assert ran.digested == [b"a", b"d/c"] and not ran.sent
    assert kit.unsettled() == {} and kit.rows("SELECT * FROM entries ORDER BY name") == rows
    assert kit.run(tree).listed == []


def test_an_edit_hidden_in_the_racy_window_is_found(kit: Kit, tree: Tree) -> None:
    kit.run(tree, racy=frozenset([b"a"]))
    first = tree.flat()
    tree[b"a"].data = b"ALPHA"
    ran = kit.run(tree)
    assert ran.sent == [b"a"]
    assert kit.flat(1) == first and kit.flat(2) == tree.flat()


def test_a_file_racy_again_and_again_stays_unsettled(kit: Kit, tree: Tree) -> None:
    for _ in range(3):
        kit.run(tree, racy=frozenset([b"a"]))
        assert kit.unsettled() == {b"a": "racy"}
    assert kit.rows("SELECT since_set FROM unsettled") == [(1,)]
    with kit.reader() as reader:
        assert reader.unsettled(3) == []


def test_a_racy_link_is_listed_again(kit: Kit, tree: Tree) -> None:
    kit.run(tree, racy=frozenset([b"d/l"]))
    assert kit.unsettled() == {b"l": "racy"}
    tree[b"d/l"].target = b"../b"
    assert kit.run(tree).listed == [b"d"]
    assert kit.unsettled() == {}
    assert kit.flat(2) == tree.flat()


def test_the_row_of_a_file_that_changed_is_what_was_read(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    node = tree.write(b"a", b"longer than before")
    told = (*talker.small(node.data),)
    talker.say(Contents(((0, 0, 0, state_of(tree, node), *told),)))
    talker.send(0, 1, b"beta")
    close(talker, 1, 3)
    assert kit.flat(1)[b"a"] == tree.flat()[b"a"]
    assert kit.count("fingerprints") == 0 and kit.unsettled() == {}
    assert kit.run(tree).sent == [b"d/c"]


def test_a_file_that_turned_into_something_else_is_refused(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    told = talker.small(b"alpha")
    talker.say(Contents(((0, 0, 0, state_of(tree, tree[b"d"]), *told),)))
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_a_state_of_another_length_is_refused(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    talker.say(Contents(((0, 0, 0, b"short", *talker.small(b"alpha")),)))
    assert isinstance(talker.trouble(), RemoteProtocolError)


# What could not be read


@pytest.mark.parametrize("outcome", [VANISHED, LEFT_OUT])
def test_a_new_file_that_is_not_there_has_no_row(kit: Kit, tree: Tree, outcome: int) -> None:
    kit.run(tree, unread={b"a": outcome})
    assert b"a" not in kit.flat(1) and kit.unsettled() == {}
    assert kit.rows("SELECT entries FROM backup_sets") == [(4,)]
    assert kit.run(tree).sent == [b"a"]
    assert kit.flat(2) == tree.flat()


def test_a_known_file_that_vanishes_is_closed(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.write(b"a", b"again")
    kit.run(tree, unread={b"a": VANISHED})
    assert b"a" in kit.flat(1) and b"a" not in kit.flat(2)


@pytest.mark.parametrize("outcome", [LEFT_OUT, UNREADABLE])
def test_a_changed_file_that_cannot_be_read_keeps_its_last_content(
    kit: Kit, tree: Tree, outcome: int
) -> None:
    kit.run(tree)
    first = tree.flat()
    tree.write(b"a", b"another")
    kit.run(tree, unread={b"a": outcome})
    assert kit.flat(2)[b"a"] == first[b"a"]
    assert kit.unsettled() == {b"a": "unread"}
    assert kit.count("entries", "first_set = 2") == 0
    kit.run(tree, unread={b"a": outcome})
    assert kit.unsettled() == {b"a": "unread"}
    assert kit.run(tree).sent == [b"a"]
    assert kit.flat(4) == tree.flat() and kit.unsettled() == {}
    with kit.reader() as reader:
        assert reader.unsettled(4) == []


def test_a_new_file_that_cannot_be_read_is_shown_without_content(kit: Kit, tree: Tree) -> None:
    kit.run(tree, unread={b"a": UNREADABLE})
    assert kit.flat(1)[b"a"][-1] is None
    assert kit.unsettled() == {b"a": "unread"}
    with kit.reader() as reader:
        assert [one[1:] for one in reader.unsettled(1)] == [(b"a", "unread")]
    kit.run(tree, unread={b"a": UNREADABLE})
    assert kit.count("entries", "name = x'61'") == 1
    kit.run(tree, unread={b"a": LEFT_OUT})
    assert b"a" not in kit.flat(3)
    assert kit.run(tree).sent == [b"a"]
    assert kit.flat(4) == tree.flat()
    with kit.reader() as reader:
        assert reader.unsettled(3) == []


def test_a_mark_of_a_file_that_went_is_not_told_of_later_sets(kit: Kit, tree: Tree) -> None:
    kit.run(tree, changed=frozenset([b"a"]))
    tree.remove(b"a")
    kit.run(tree)
    with kit.reader() as reader:
        assert [one[1:] for one in reader.unsettled(1)] == [(b"a", "changed")]
        assert reader.unsettled(2) == []


def test_a_link_that_became_a_file_that_cannot_be_read(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.remove(b"d/l")
    tree.write(b"d/l", b"file")
    kit.run(tree, unread={b"d/l": UNREADABLE})
    assert kit.flat(2)[b"d/l"][0] == "file" and kit.flat(2)[b"d/l"][-1] is None
    assert kit.flat(1)[b"d/l"] == ("link", b"../a")


# Digests


def test_a_known_digest_settles_without_bytes(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.chmod(b"a", 0o600)
    ran = kit.run(tree)
    assert ran.digested == [b"a"] and not ran.sent
    assert kit.flat(2)[b"a"][1] == 0o100600 and kit.flat(1)[b"a"][1] == 0o100644


def alike(kit: Kit, count: int) -> tuple[Tree, Talker]:
    """Back up a tree, then begin a run with *count* new files of the same new bytes."""
    tree = Tree()
    tree.write(b"z", b"old")
    kit.run(tree)
    for number in range(count):
        tree.write(b"n%05d" % number, b"same")
    talker, judged = started(kit, tree)
    assert judged[0].digests == tuple(range(count))
    return tree, talker


def test_a_digest_in_flight_makes_others_wait(kit: Kit) -> None:
    tree, talker = alike(kit, 3)
    for position in range(3):
        tell(talker, 0, position, b"same")
        wanted = talker.expect(DigestVerdicts).items
        assert wanted == (((0, 0, True),) if position == 0 else ())
    talker.send(0, 0, b"same")
    assert talker.expect(DigestVerdicts).items == ((0, 1, False), (0, 2, False))
    close(talker, 1, 4)
    assert kit.flat(2) == tree.flat() and kit.count("contents", "size = 4") == 1


@pytest.mark.parametrize("outcome", [VANISHED, LEFT_OUT, UNREADABLE])
def test_when_the_one_that_is_awaited_fails_the_next_is_asked(kit: Kit, outcome: int) -> None:
    _, talker = alike(kit, 3)
    for position in range(3):
        tell(talker, 0, position, b"same")
        talker.expect(DigestVerdicts)
    talker.say(Unread(((0, 0, outcome, "no"),)))
    assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
    talker.say(Unread(((0, 1, outcome, "no"),)))
    assert talker.expect(DigestVerdicts).items == ((0, 2, True),)
    talker.send(0, 2, b"same")
    close(talker, 1, 4 - 2 * (outcome != UNREADABLE))
    assert kit.flat(2)[b"n00002"][-1] == b"same"


def test_a_file_that_changed_since_its_digest_was_told_lets_the_next_be_asked(kit: Kit) -> None:
    _, talker = alike(kit, 2)
    for position in range(2):
        tell(talker, 0, position, b"same")
        talker.expect(DigestVerdicts)
    talker.send(0, 0, b"diff", CHANGED)
    assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
    talker.send(0, 1, b"same")
    close(talker, 1, 3)
    flat = kit.flat(2)
    assert (flat[b"n00000"][-1], flat[b"n00001"][-1]) == (b"diff", b"same")


def test_bytes_that_come_from_elsewhere_serve_those_that_wait(kit: Kit) -> None:
    """A third file is sent at once with the same bytes: the others need not be."""
    tree = Tree()
    tree.write(b"z", b"old")
    kit.run(tree)
    for name in (b"m", b"n"):
        tree.write(name, b"same")
    tree.write(b"z", b"same")
    talker, judged = started(kit, tree)
    assert (judged[0].contents, judged[0].digests) == ((2,), (0, 1))
    for position in range(2):
        tell(talker, 0, position, b"same")
        talker.expect(DigestVerdicts)
    talker.send(0, 2, b"same")
    assert talker.expect(DigestVerdicts).items == ((0, 1, False),)
    talker.say(Unread(((0, 0, VANISHED, "no"),)))
    close(talker, 1, 2)
    assert kit.flat(2).keys() == {b"n", b"z"}


def test_very_many_that_wait_are_told_in_messages_that_a_client_accepts(kit: Kit) -> None:
    """A message holds 16,384 items at the most."""
    tree = Tree()
    tree.write(b"z", b"old")
    kit.run(tree)
    talker = Talker(kit.connect())
    talker.open(is_creating=False)
    talker.begin(tree)
    node, count = tree.write(b"y", b"same"), 9_000
    known = digest(talker.key, b"same")
    for request, (start, end) in enumerate(((b"a", b"b"), (b"b", b"c"))):
        names = [b"%s%05d" % (start, number) for number in range(count)]
        entries = b"".join(entry(tree, node, name, 1) for name in names)
        talker.list(tree, b"", start=start, end=end, entries=entries, targets=())
        assert talker.expect(Verdicts).digests == tuple(range(count))
        for first in range(0, count, 3000):
            some = range(first, first + 3000)
            talker.say(Digests(tuple((request, one, 0, b"", known, 4) for one in some)))
            talker.expect(DigestVerdicts)
    talker.send(0, 0, b"same")
    heard = 0
    while heard < 2 * count - 1:
        heard += len(talker.expect(DigestVerdicts).items)
    close(talker, 0, 2 * count)
    assert kit.count("entries", "content = 2") == 2 * count


# Strangers


def test_bytes_that_do_not_match_their_digest_are_refused(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    known, size, codec, _ = talker.small(b"alpha")
    talker.say(Contents(((0, 0, 0, b"", known, size, codec, b"ALPHA"),)))
    assert isinstance(talker.trouble(), IntegrityError)
    talker.close()
    assert kit.count("contents") == 0
    kit.run(tree)
    assert kit.flat(1) == tree.flat()


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("size", [-2, -1, 131_073, (1 << 63) - 1])
def test_an_impossible_size_is_refused_before_anything_is_expanded(
    kit: Kit, tree: Tree, codec: int, size: int
) -> None:
    talker, _ = started(kit, tree)
    known, _, _, data = talker.small(b"alpha")
    talker.say(Contents(((0, 0, 0, b"", known, size, codec, data),)))
    assert isinstance(talker.trouble(), IntegrityError)


def test_more_stored_bytes_than_a_small_content_has_are_refused(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    known, size, _, _ = talker.small(b"alpha")
    talker.say(Contents(((0, 0, 0, b"", known, size, 0, bytes(131_073)),)))
    assert isinstance(talker.trouble(), IntegrityError)


@pytest.mark.parametrize("place", [(0, 2), (0, 99), (0, -1), (7, 0), (-1, 0)])
@pytest.mark.parametrize("kind", ["contents", "digests", "unread"])
def test_a_file_that_nobody_asked_for_is_refused(
    kit: Kit, tree: Tree, place: tuple[int, int], kind: str
) -> None:
    talker, _ = started(kit, tree)
    if kind == "contents":
        talker.send(*place, b"alpha")
    elif kind == "digests":
        tell(talker, *place, b"alpha")
    else:
        talker.say(Unread(((*place, 0, "no"),)))
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_a_file_cannot_be_sent_twice(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    talker.send(0, 0, b"alpha")
    talker.send(0, 0, b"alpha")
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_an_unknown_outcome_is_refused(kit: Kit, tree: Tree) -> None:
    talker, _ = started(kit, tree)
    talker.say(Unread(((0, 0, 3, "no"),)))
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_files_listed_without_end_and_never_sent_are_refused(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_WAITING", 2)
    talker, _ = started(kit, tree)
    talker.list(tree, b"d")
    assert isinstance(talker.trouble(), RemoteProtocolError)


def test_files_that_were_settled_do_not_count_as_waiting(
    kit: Kit, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_WAITING", 2)
    kit.run(tree, unread={b"a": VANISHED})
    kit.run(tree)
    assert kit.flat(2) == tree.flat()


def test_sizes_of_large_files_are_remembered_for_a_while(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_SIZES", 2)
    tree = Tree()
    for number, extra in enumerate((0, 1, 2, 3, 4, 4, 0)):
        tree.write(b"%d" % number, bytes(200_000 + extra))
    ran = kit.run(tree)
    assert ran.digested == [b"5"]  # the size of 4 is fresh, that of 0 was forgotten
    assert kit.flat(1) == tree.flat()
