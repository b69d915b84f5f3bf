"""Large contents come in segments; what is not whole, or not right, is not kept."""

import os

import pytest

from tardis.crypto import digest
from tardis.model import SEGMENT, IntegrityError, RemoteProtocolError, TardisError
from tardis.protocol.messages import (
    CloseSet,
    Listing,
    SetClosed,
    Unread,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    Verdicts,
)
from tardis.streams import CODECS, compress
from tests.server.talker import Kit, Talker, segments
from tests.server.trees import Tree

BIG = bytes(range(256)) * 10_000  # more than two segments


@pytest.fixture
def tree() -> Tree:
    made = Tree()
    made.write(b"big", BIG)
    return made


@pytest.fixture
def begun(kit: Kit, tree: Tree) -> Talker:
    talker = Talker(kit.connect())
    talker.open()
    talker.begin(tree)
    talker.list(tree, b"")
    assert talker.expect(Verdicts).contents == (0,)
    return talker


def close(talker: Talker, entries: int = 1) -> None:
    talker.say(CloseSet(1, entries, 0, 0))
    talker.expect(SetClosed)
    talker.close()


def incoming(kit: Kit) -> list[str]:
    kit.join()
    return os.listdir(kit.base / "box" / "packs" / "incoming")


def large_files(kit: Kit) -> list[str]:
    return [str(path) for path in (kit.base / "box").glob("[0-9a-f][0-9a-f]/*")]


def test_a_large_content_has_a_file_of_its_own(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    assert kit.flat(1) == tree.flat()
    assert len(large_files(kit)) == 1 and incoming(kit) == []
    query = "SELECT size, pack, place FROM contents"
    assert kit.rows(query) == [(len(BIG), None, 0)]
    assert kit.rows("SELECT new_files, new_bytes FROM backup_sets") == [(1, len(BIG))]


@pytest.mark.parametrize("codec", range(len(CODECS)), ids=CODECS)
def test_segments_may_be_compressed(kit: Kit, tree: Tree, begun: Talker, codec: int) -> None:
    begun.say(UploadBegin(0, 0, False))
    for part in segments(BIG):
        begun.say(UploadPart(len(part), codec, compress(codec, part)))
    begun.say(UploadEnd(0, b"", digest(begun.key, BIG), len(BIG)))
    close(begun)
    assert kit.flat(1) == tree.flat()


def test_an_upload_given_up_leaves_nothing_and_may_begin_again(
    kit: Kit, tree: Tree, begun: Talker
) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.say(UploadPart(SEGMENT, 0, BIG[:SEGMENT]))
    begun.say(UploadAbort())
    begun.upload(0, 0, BIG)
    close(begun)
    assert kit.flat(1) == tree.flat() and incoming(kit) == []


def test_an_upload_given_up_for_good(kit: Kit, begun: Talker) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.say(UploadPart(SEGMENT, 0, BIG[:SEGMENT]))
    begun.say(UploadAbort())
    begun.say(Unread(((0, 0, 0, "gone"),)))
    close(begun, 0)
    assert kit.flat(1) == {} and incoming(kit) == [] and large_files(kit) == []


def test_an_empty_upload_is_a_small_content(kit: Kit, begun: Talker) -> None:
    begun.upload(0, 0, b"")
    close(begun)
    assert kit.flat(1)[b"big"][-1] == b"" and large_files(kit) == []


def test_an_upload_of_few_bytes_is_kept_as_it_comes(kit: Kit, begun: Talker) -> None:
    begun.upload(0, 0, b"shrunk")
    close(begun)
    assert kit.flat(1)[b"big"][-1] == b"shrunk"


def test_an_upload_of_known_bytes_is_dropped(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.write(b"big", BIG)
    ran = kit.run(tree)
    assert ran.sent == [b"big"]
    assert len(large_files(kit)) == 1 and kit.count("contents") == 1
    assert kit.rows("SELECT new_files FROM backup_sets WHERE number = 2") == [(0,)]


def test_a_large_file_of_a_known_size_is_asked_for_its_digest(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    tree.write(b"same", BIG)
    tree.write(b"other", BIG[::-1])
    ran = kit.run(tree)
    assert sorted(ran.digested) == [b"other", b"same"] and ran.sent == [b"other"]
    assert kit.flat(2) == tree.flat()


def test_a_damaged_large_content_is_stored_beside_the_old(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    kit.execute("UPDATE contents SET is_damaged = 1")
    kit.execute("INSERT INTO unsettled SELECT directory, name, 'damaged', 1 FROM entries")
    kit.execute("DELETE FROM fingerprints")
    kit.run(tree)
    assert kit.rows("SELECT place, is_damaged FROM contents") == [(1, 0)]
    assert kit.rows("SELECT pack, place FROM doomed") == [(None, 0)]
    assert kit.flat(1) == kit.flat(2) == tree.flat()


def test_a_file_nobody_committed_is_never_trusted(kit: Kit, tree: Tree) -> None:
    """An orphan under the name of a content keeps its name, the content gets another."""
    kit.run(tree)
    (path,) = large_files(kit)
    kit.execute("DELETE FROM entries")
    kit.execute("DELETE FROM contents")
    kit.execute("DELETE FROM fingerprints")
    with open(path, "wb") as file:
        file.write(b"rubbish")
    kit.run(tree)
    assert kit.rows("SELECT place FROM contents") == [(1,)]
    assert kit.flat(2) == tree.flat()


def refused(talker: Talker, kit: Kit) -> TardisError:
    error = talker.trouble()
    talker.close()
    assert incoming(kit) == [] and large_files(kit) == []
    assert kit.count("contents") == 0
    return error


@pytest.mark.parametrize("size, told", [(len(BIG), b"x" * 32), (len(BIG) - 1, None)])
def test_a_wrong_digest_or_size_is_refused(
    kit: Kit, begun: Talker, size: int, told: bytes | None
) -> None:
    begun.say(UploadBegin(0, 0, False))
    for part in segments(BIG):
        begun.say(UploadPart(len(part), 0, part))
    begun.say(UploadEnd(0, b"", told or digest(begun.key, BIG), size))
    assert isinstance(refused(begun, kit), IntegrityError)


BAD_PARTS = {
    "nothing": UploadPart(0, 0, b""),
    "less than nothing": UploadPart(-1, 1, b""),
    "more than a segment": UploadPart(SEGMENT + 1, 0, bytes(SEGMENT + 1)),
    "another length": UploadPart(5, 0, b"1234"),
    "damaged": UploadPart(5, 1, b"rubbish"),
    "an unknown codec": UploadPart(5, 99, b"12345"),
    "more than it says": UploadPart(5, 1, compress(1, b"123456")),
    "less than it says": UploadPart(5, 2, compress(2, b"1234")),
}


@pytest.mark.parametrize("what", BAD_PARTS)
def test_a_segment_that_cannot_be_is_refused(kit: Kit, begun: Talker, what: str) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.say(BAD_PARTS[what])
    assert isinstance(refused(begun, kit), IntegrityError | RemoteProtocolError)


def test_nothing_follows_a_short_segment(kit: Kit, begun: Talker) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.say(UploadPart(5, 0, b"12345"))
    begun.say(UploadPart(5, 0, b"12345"))
    assert isinstance(refused(begun, kit), RemoteProtocolError)


def test_an_upload_that_nobody_asked_for_is_refused_before_its_bytes(
    kit: Kit, begun: Talker
) -> None:
    begun.say(UploadBegin(0, 7, False))
    assert isinstance(refused(begun, kit), RemoteProtocolError)


@pytest.mark.parametrize(
    "message",
    [UploadPart(1, 0, b"x"), UploadEnd(0, b"", b"", 0), UploadAbort()],
    ids=lambda message: message.KIND,
)
def test_nothing_of_an_upload_comes_before_its_beginning(
    kit: Kit, begun: Talker, message: UploadPart | UploadEnd | UploadAbort
) -> None:
    begun.line._session.state = type(begun.line._session.state).UPLOAD  # a client out of step
    begun.say(message)
    assert isinstance(refused(begun, kit), RemoteProtocolError)


def test_a_listing_within_an_upload_is_refused(kit: Kit, begun: Talker) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.line._session.state = type(begun.line._session.state).BACKUP
    begun.say(Listing(1, (1, 1, 0), b"", None, b"", b"", (), ()))
    assert isinstance(refused(begun, kit), RemoteProtocolError)


def test_a_line_that_is_cut_within_an_upload_leaves_nothing(
    kit: Kit, tree: Tree, begun: Talker
) -> None:
    begun.say(UploadBegin(0, 0, False))
    begun.say(UploadPart(SEGMENT, 0, BIG[:SEGMENT]))
    begun.close()
    kit.join()
    assert incoming(kit) == [] and large_files(kit) == []
    kit.run(tree)
    assert kit.flat(1) == tree.flat()


def test_what_a_killed_daemon_left_is_cleared_away(kit: Kit, tree: Tree) -> None:
    kit.run(tree)
    left = kit.base / "box" / "packs" / "incoming" / "1-2-3"
    left.write_bytes(b"half a content")
    kit.run(tree)
    assert not left.exists()
