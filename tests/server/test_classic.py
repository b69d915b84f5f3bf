"""Large contents arrive for a classic store, and what a hostile client makes of them is refused."""

import zlib
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import CLASSIC, SEGMENT, TardisError
from tardis.protocol.messages import (
    CloseSet,
    SetClosed,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    Verdicts,
)
from tardis.streams import iter_stream
from tests.server.talker import Kit, Talker, segments
from tests.server.trees import Tree

PLAIN = b"island" * 1000 + bytes(3 * SEGMENT) + b"end"

Part = tuple[int, int, bytes]
"""(plain size, codec, stored bytes)"""


@pytest.fixture
def begun(kit: Kit) -> Talker:
    tree = Tree()
    tree.write(b"disk", b"in the listing it has another size, which is no matter")
    talker = Talker(kit.connect())
    talker.open(scheme=CLASSIC)
    talker.begin(tree)
    talker.list(tree, b"")
    assert talker.expect(Verdicts).contents == (0,)
    return talker


def parts_of(plain: bytes, codec: int) -> list[Part]:
    """Return the parts of a content as a client sends them; holes are empty."""
    made = []
    for data, stored in iter_stream(codec, segments(plain)):
        is_hole = not codec and len(data) == SEGMENT and not any(data)
        made.append((len(data), codec, b"" if is_hole else stored))
    return made


def send(talker: Talker, parts: list[Part], *, has_holes: bool = True, size: int = 0) -> None:
    talker.say(UploadBegin(0, 0, has_holes))
    for part in parts:
        talker.say(UploadPart(*part))
    talker.say(UploadEnd(0, b"", digest(b"", PLAIN), size or len(PLAIN)))


def close(talker: Talker) -> None:
    talker.say(CloseSet(1, 1, 0, 0))
    talker.expect(SetClosed)
    talker.close()


def files(kit: Kit) -> list[Path]:
    kit.join()
    return [path for path in (kit.base / "box").glob("??/??/*") if not path.suffix]


@pytest.mark.parametrize("codec", [0, 1])
@pytest.mark.parametrize("has_holes", [True, False])
def test_a_content_is_its_plain_bytes_with_and_without_holes(
    kit: Kit, begun: Talker, codec: int, has_holes: bool
) -> None:
    whole = [(len(data), codec, stored) for data, stored in iter_stream(codec, segments(PLAIN))]
    send(begun, parts_of(PLAIN, codec) if has_holes else whole, has_holes=has_holes)
    close(begun)
    (path,) = files(kit)
    stored = path.read_bytes()
    assert (zlib.decompress(stored) if codec else stored) == PLAIN
    assert kit.rows("SELECT size, has_holes, pack FROM contents") == [
        (len(PLAIN), int(has_holes), None)
    ]


def test_an_upload_may_be_given_up_and_begun_again(kit: Kit, begun: Talker) -> None:
    begun.say(UploadBegin(0, 0, True))
    begun.say(UploadPart(SEGMENT, 0, b""))
    begun.say(UploadAbort())
    send(begun, parts_of(PLAIN, 1))
    close(begun)
    assert len(files(kit)) == 1


GOOD = parts_of(PLAIN, 0)
HOSTILE: dict[str, tuple[list[Part], bool, int]] = {
    "holes in a file without": (GOOD, False, 0),
    "another size": (GOOD, True, len(PLAIN) + 1),
    "no size": (GOOD, True, -1),
    "two codecs": ([*GOOD[:-1], (GOOD[-1][0], 1, zlib.compress(GOOD[-1][2]))], True, 0),
    "a hole where data is": ([(SEGMENT, 0, b""), *GOOD[1:]], True, 0),
    "a bomb": ([(9, 1, zlib.compress(bytes(50 << 20)))], True, 0),
    "a part that is too large": ([(SEGMENT + 1, 0, b"")], True, 0),
    "more behind the last": ([(5, 0, b"short"), *GOOD], True, 0),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_what_it_says_ends_the_visit(kit: Kit, begun: Talker, what: str) -> None:
    parts, has_holes, size = HOSTILE[what]
    with pytest.raises(TardisError):
        send(begun, parts, has_holes=has_holes, size=size)
        close(begun)
    begun.close()
    assert files(kit) == [] and kit.count("contents") == 0
    assert list((kit.base / "box" / "tmp").iterdir()) == []
