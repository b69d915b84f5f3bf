"""What is left of an upload is offered, once and rightly, and gone on with."""

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from tardis.crypto import digest
from tardis.model import RESUMABLE, SEGMENT, IntegrityError, RemoteProtocolError, TardisError
from tardis.protocol.messages import (
    CloseSet,
    Digests,
    DigestVerdicts,
    SetClosed,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadHeld,
    UploadPart,
    Verdicts,
)
from tests.delta.shapes import noise
from tests.server.talker import Kit, Talker, segments
from tests.server.trees import Tree

BIG = noise(SEGMENT) * (RESUMABLE + 2) + b"the end"
PARTS = segments(BIG)


@pytest.fixture
def tree() -> Tree:
    made = Tree()
    made.write(b"a", b"small")
    made.write(b"big", BIG)
    return made


def begin(kit: Kit, tree: Tree, **wish: Any) -> Talker:
    talker = Talker(kit.connect())
    talker.open(**wish)
    talker.begin(tree)
    talker.list(tree, b"")
    return talker


def say(talker: Talker, parts: Sequence[bytes]) -> None:
    for part in parts:
        talker.say(UploadPart(len(part), 0, part))


def cut(kit: Kit, tree: Tree, count: int = RESUMABLE) -> None:
    """Let a first run end after *count* segments of the file."""
    talker = begin(kit, tree)
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 1, False))
    say(talker, PARTS[:count])
    talker.close()
    kit.join()


def incoming(kit: Kit) -> list[str]:
    kit.join()
    return os.listdir(kit.base / "box" / "packs" / "incoming")


def offered(talker: Talker) -> UploadHeld:
    held = talker.expect(UploadHeld)
    assert 1 in talker.expect(Verdicts).contents
    return held


def go_on(kit: Kit, talker: Talker, parts: int, data: bytes = BIG) -> None:
    """Send the rest of the file, and the other one, and close the set."""
    talker.say(UploadBegin(0, 1, False, held=parts))
    say(talker, segments(data)[parts:])
    talker.say(UploadEnd(0, b"", digest(talker.key, data), len(data)))
    talker.send(0, 0, b"small")
    talker.say(CloseSet(1, 2, 0, 0))
    talker.expect(SetClosed)
    talker.close()
    assert incoming(kit) == []


def test_what_has_arrived_is_offered_before_it_is_wanted(kit: Kit, tree: Tree) -> None:
    cut(kit, tree)
    talker = begin(kit, tree, is_creating=False)
    whole = digest(talker.key, BIG[: RESUMABLE * SEGMENT])
    assert offered(talker) == UploadHeld(0, 1, RESUMABLE, whole)
    go_on(kit, talker, RESUMABLE)
    assert kit.flat(1) == tree.flat()
    assert kit.rows("SELECT is_complete, new_bytes FROM backup_sets") == [(1, len(BIG) + 5)]


def test_all_that_arrived_before_a_cut_counts(kit: Kit, tree: Tree) -> None:
    """The last segment is short, and is sent again."""
    cut(kit, tree, len(PARTS))
    talker = begin(kit, tree, is_creating=False)
    assert offered(talker).parts == len(PARTS) - 1
    go_on(kit, talker, len(PARTS) - 1)
    assert kit.flat(1) == tree.flat()


def test_the_client_may_begin_anew_all_the_same(kit: Kit, tree: Tree) -> None:
    cut(kit, tree)
    talker = begin(kit, tree, is_creating=False)
    offered(talker)
    go_on(kit, talker, 0)
    assert kit.flat(1) == tree.flat()


@pytest.mark.parametrize("what", ["size", "mtime", "ctime", "inode"])
def test_a_file_that_changed_begins_anew(kit: Kit, tree: Tree, what: str) -> None:
    cut(kit, tree)
    node = tree[b"big"]
    if what == "size":
        node.data += b"!"
    else:
        setattr(node, what, getattr(node, what) + 1)
    talker = begin(kit, tree, is_creating=False)
    assert talker.expect(Verdicts).contents[-1] == 1
    go_on(kit, talker, 0, node.data)
    assert kit.flat(1) == tree.flat()


def test_what_an_earlier_set_lacked_is_gone_once_a_set_is_complete(kit: Kit, tree: Tree) -> None:
    cut(kit, tree)
    other = Tree()
    other.write(b"c", b"only this")
    kit.run(other)
    assert incoming(kit) == []
    talker = begin(kit, tree, is_creating=False)
    assert 1 in talker.expect(Verdicts).contents
    go_on(kit, talker, 0)


def test_it_is_offered_where_a_digest_is_wanted_first(kit: Kit, tree: Tree) -> None:
    same = Tree()
    same.write(b"other", BIG[::-1])
    kit.run(same)
    talker = begin(kit, tree, is_creating=False)
    assert 1 in talker.expect(Verdicts).digests
    talker.say(Digests(((0, 1, 0, b"", digest(talker.key, BIG), len(BIG)),)))
    assert talker.expect(DigestVerdicts).items == ((0, 1, True),)
    talker.say(UploadBegin(0, 1, False))
    say(talker, PARTS[:RESUMABLE])
    talker.close()
    kit.join()
    talker = begin(kit, tree, is_creating=False)
    assert talker.expect(UploadHeld).parts == RESUMABLE
    assert 1 in talker.expect(Verdicts).digests
    talker.say(Digests(((0, 1, 0, b"", digest(talker.key, BIG), len(BIG)),)))
    talker.expect(DigestVerdicts)
    talker.say(UploadBegin(0, 1, False, held=RESUMABLE))
    say(talker, PARTS[RESUMABLE:])
    talker.say(UploadEnd(0, b"", digest(talker.key, BIG), len(BIG)))
    talker.close()
    kit.join()
    assert kit.count("contents", f"size = {len(BIG)}") == 2


def refused(talker: Talker, kit: Kit) -> TardisError:
    error = talker.trouble()
    talker.close()
    kit.join()
    assert kit.sets() == [(1, 0)] and kit.count("contents") == 0
    return error


@pytest.mark.parametrize("held", [-1, 1, RESUMABLE - 1, RESUMABLE + 1, 1 << 40])
def test_nothing_else_than_what_was_offered_is_gone_on_with(
    kit: Kit, tree: Tree, held: int
) -> None:
    cut(kit, tree)
    talker = begin(kit, tree, is_creating=False)
    offered(talker)
    talker.say(UploadBegin(0, 1, False, held=held))
    assert isinstance(refused(talker, kit), RemoteProtocolError)


def test_holes_do_not_come_in_between(kit: Kit, tree: Tree) -> None:
    cut(kit, tree)
    talker = begin(kit, tree, is_creating=False)
    offered(talker)
    talker.say(UploadBegin(0, 1, True, held=RESUMABLE))
    assert isinstance(refused(talker, kit), RemoteProtocolError)


def test_nothing_is_gone_on_with_that_was_not_offered(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 1, False, held=RESUMABLE))
    assert isinstance(refused(talker, kit), RemoteProtocolError)


def test_a_rest_that_does_not_belong_to_the_beginning_is_refused(kit: Kit, tree: Tree) -> None:
    cut(kit, tree)
    talker = begin(kit, tree, is_creating=False)
    offered(talker)
    with suppress(TardisError):  # it may be refused before all is said
        talker.say(UploadBegin(0, 1, False, held=RESUMABLE))
        say(talker, [bytes(SEGMENT), *PARTS[RESUMABLE + 1 :]])
        talker.say(UploadEnd(0, b"", digest(talker.key, BIG), len(BIG)))
        talker.send(0, 0, b"small")
        talker.say(CloseSet(1, 2, 0, 0))
    assert isinstance(refused(talker, kit), IntegrityError | RemoteProtocolError)
    assert incoming(kit) == []


def test_a_file_that_changed_while_it_was_sent_goes_on_within_the_run(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 1, False))
    say(talker, PARTS)
    talker.say(UploadAbort(keeps=True))
    tree[b"big"].data += b", or not"
    go_on(kit, talker, len(PARTS) - 1, tree[b"big"].data)
    assert kit.flat(1)[b"big"][-1] == BIG + b", or not"


def test_little_is_not_kept_within_a_run(kit: Kit, tree: Tree) -> None:
    talker = begin(kit, tree)
    talker.expect(Verdicts)
    talker.say(UploadBegin(0, 1, False))
    say(talker, PARTS[:3])
    talker.say(UploadAbort(keeps=True))
    talker.say(UploadBegin(0, 1, False, held=3))
    assert isinstance(refused(talker, kit), RemoteProtocolError)
    assert incoming(kit) == []
