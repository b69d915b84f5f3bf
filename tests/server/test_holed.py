"""Files with holes arrive, and what a hostile client says of extents is refused."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from tardis.crypto import HoledDigester, digest
from tardis.model import SEGMENT, IntegrityError, RemoteProtocolError, TardisError
from tardis.protocol.messages import (
    CloseSet,
    Digests,
    DigestVerdicts,
    SetClosed,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    Verdicts,
)
from tardis.streams import HOLED_SEGMENT, compress, pack_extents
from tests.server.talker import Kit, Talker
from tests.server.trees import Tree
from tests.store.holes import Islands, digest_of, segments_of

SIZE = 1 << 40
ISLANDS: Islands = {4096: b"x" * 4096, 1 << 39: os.urandom(SEGMENT + 4096)}


@pytest.fixture
def begun(kit: Kit) -> Talker:
    tree = Tree()
    tree.write(b"disk", b"in the listing it has another size, which is no matter")
    talker = Talker(kit.connect())
    talker.open()
    talker.begin(tree)
    talker.list(tree, b"")
    assert talker.expect(Verdicts).contents == (0,)
    return talker


def upload(talker: Talker, size: int, islands: Islands, codec: int = 0) -> bytes:
    talker.say(UploadBegin(0, 0, True))
    for _, segment in segments_of(islands):
        talker.say(UploadPart(len(segment), codec, compress(codec, segment)))
    name = digest_of(talker.key, size, islands)
    talker.say(UploadEnd(0, b"", name, size))
    return name


def close(talker: Talker) -> None:
    talker.say(CloseSet(1, 1, 0, 0))
    talker.expect(SetClosed)
    talker.close()


def large_files(kit: Kit) -> list[Path]:
    kit.join()
    return list((kit.base / "box").glob("[0-9a-f][0-9a-f]/*"))


@pytest.mark.parametrize("codec", [0, 1])
@pytest.mark.parametrize("islands", [{}, ISLANDS], ids=["one hole", "islands"])
def test_a_file_with_holes_is_kept(kit: Kit, begun: Talker, codec: int, islands: Islands) -> None:
    upload(begun, SIZE, islands, codec)
    close(begun)
    assert kit.rows("SELECT size, has_holes, pack FROM contents") == [(SIZE, 1, None)]
    (file,) = large_files(kit)
    assert file.stat().st_size < 2 << 20
    ((new_files, new_bytes),) = kit.rows("SELECT new_files, new_bytes FROM backup_sets")
    assert new_files == 1 and new_bytes < 2 << 20
    with kit.reader() as reader:
        ((number,),) = kit.rows("SELECT id FROM contents")
        content = reader.open(reader.contents([number])[number])
        assert {offset: len(piece) for offset, piece in content.pieces()} == {
            extent: length
            for _, segment in segments_of(islands)
            for extent, length in _extents(segment)
        }
        content.close()


def _extents(segment: bytes) -> list[tuple[int, int]]:
    count = int.from_bytes(segment[:4], "little")
    numbers = [int.from_bytes(segment[4 + 8 * n : 12 + 8 * n], "little") for n in range(2 * count)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_its_digest_is_known_the_next_time(kit: Kit, begun: Talker) -> None:
    name = upload(begun, SIZE, ISLANDS)
    close(begun)
    kit.join()
    tree = Tree()
    tree.write(b"disk", b"in the listing it has another size, which is no matter")
    node = tree[b"disk"]
    node.inode += 5
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.list(tree, b"")
        verdicts = talker.expect(Verdicts)
        assert verdicts.contents + verdicts.digests == (0,)
        talker.say(Digests(((0, 0, 0, b"", name, SIZE),)))
        assert talker.expect(DigestVerdicts).items == ((0, 0, False),)
        talker.say(CloseSet(1, 1, 0, 0))
        talker.expect(SetClosed)
    assert len(large_files(kit)) == 1 and kit.count("contents") == 1


def test_one_given_up_may_begin_again_without_holes(kit: Kit, begun: Talker) -> None:
    begun.say(UploadBegin(0, 0, True))
    for _, segment in segments_of(ISLANDS):
        begun.say(UploadPart(len(segment), 0, segment))
    begun.say(UploadAbort())
    begun.upload(0, 0, b"filled meanwhile")
    close(begun)
    assert kit.flat(1)[b"disk"][-1] == b"filled meanwhile"
    assert kit.rows("SELECT has_holes FROM contents") == [(0,)]


def refused(talker: Talker, kit: Kit) -> TardisError:
    error = talker.trouble()
    talker.close()
    assert large_files(kit) == [] and kit.count("contents") == 0
    assert os.listdir(kit.base / "box" / "packs" / "incoming") == []
    return error


def part(*extents: tuple[int, int], data: bytes | None = None) -> bytes:
    plain = bytes(sum(length for _, length in extents)) if data is None else data
    return pack_extents(extents, [plain])


HOSTILE = {
    "nothing": [b""],
    "no extents": [part()],
    "a count too high": [b"\xff\xff\xff\xff" + bytes(64)],
    "too many": [part(*((2 * n, 1) for n in range(2000)))],
    "empty extent": [part((5, 0))],
    "overlapping": [part((0, 10), (5, 10))],
    "unordered": [part((4096, 10), (0, 10))],
    "touching": [part((0, 10), (10, 10))],
    "negative": [part(((1 << 64) - 5, 10))],
    "beyond the size": [part((SIZE - 5, 10))],
    "beyond any size": [part(((1 << 63) - 5, 10))],
    "less data than told": [part((0, 10), data=b"123")],
    "more data than told": [part((0, 10), data=bytes(100))],
    "not after the one before": [part((4096, SEGMENT)), part((0, 10))],
    "after a short one": [part((0, 10)), part((4096, 10))],
    "a whole MiB and more": [part((0, SEGMENT + 1))],
    "more than a segment": [bytes(HOLED_SEGMENT + 1)],
    "plain bytes": [b"x" * SEGMENT],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_extents_are_refused(kit: Kit, begun: Talker, what: str) -> None:
    digester = HoledDigester(begun.key)
    with suppress(TardisError):  # it may be refused before all is said
        begun.say(UploadBegin(0, 0, True))
        for segment in HOSTILE[what]:
            digester.update(segment)
            begun.say(UploadPart(len(segment), 0, segment))
        begun.say(UploadEnd(0, b"", digester.digest(SIZE), SIZE))
        begun.say(CloseSet(1, 1, 0, 0))
    assert isinstance(refused(begun, kit), IntegrityError | RemoteProtocolError)


@pytest.mark.parametrize("size", [-1, -(1 << 63), SIZE - 1, SIZE + 1])
def test_a_wrong_size_is_refused(kit: Kit, begun: Talker, size: int) -> None:
    begun.say(UploadBegin(0, 0, True))
    begun.say(UploadEnd(0, b"", digest_of(begun.key, SIZE, {}), size))
    begun.say(CloseSet(1, 1, 0, 0))
    assert isinstance(refused(begun, kit), IntegrityError)


def test_extents_pass_for_no_plain_content(kit: Kit, begun: Talker) -> None:
    """Neither way round: a segment's own bytes are a plain content with another digest."""
    ((_, segment),) = segments_of({0: b"x" * 4096})
    begun.say(UploadBegin(0, 0, True))
    begun.say(UploadPart(len(segment), 0, segment))
    begun.say(UploadEnd(0, b"", digest(begun.key, segment), SIZE))
    begun.say(CloseSet(1, 1, 0, 0))
    assert isinstance(refused(begun, kit), IntegrityError)


def test_a_line_that_is_cut_leaves_nothing_and_the_next_run_completes(
    kit: Kit, begun: Talker
) -> None:
    begun.say(UploadBegin(0, 0, True))
    (_, first), *_ = segments_of(ISLANDS)
    begun.say(UploadPart(len(first), 0, first))
    begun.close()
    kit.join()
    assert large_files(kit) == []
    tree = Tree()
    tree.write(b"disk", b"in the listing it has another size, which is no matter")
    talker = Talker(kit.connect())
    talker.open(is_creating=False)
    talker.begin(tree)
    talker.list(tree, b"")
    assert talker.expect(Verdicts).contents == (0,)
    upload(talker, SIZE, ISLANDS)
    close(talker)
    kit.join()
    assert kit.sets() == [(1, 1)] and len(large_files(kit)) == 1


def test_no_delta_stands_on_a_file_with_holes(kit: Kit, begun: Talker) -> None:
    upload(begun, 2 << 20, {4096: b"x" * 4096})
    close(begun)
    kit.join()
    tree = Tree()
    tree.write(b"disk", bytes(2 << 20))
    with Talker(kit.connect()) as talker:
        talker.open(is_creating=False)
        talker.begin(tree)
        talker.list(tree, b"")
        verdicts = talker.expect(Verdicts)
        assert verdicts.contents + verdicts.digests == (0,) and verdicts.deltas == ()
