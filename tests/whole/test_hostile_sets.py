"""Liars who have opened a set: what they say ends their visit and completes nothing."""

import random
import struct
import time
import zlib
from contextlib import suppress
from typing import Any

import pytest

from tests.facilities import counts
from tests.whole.trees import grow
from tests.whole.wire import Line, begun, entry, hello, open_set, opened, said, wait_for
from tests.whole.world import World

CLIMBING = ((b"..", 0, 0, 0, 0, 0, b""),)

AFTER_OPENING = {
    "a second greeting": hello("evil"),
    "a second set": open_set(),
    "a listing of nowhere": said("listing", 0, (1, 2, 0), b"", None, b"", b"", (), (), (), 0),
    "a root of an unknown file system": said("root.add", b"/x", (99, 2, 0), b"", ()),
    "a root that climbs": said(
        "root.add", b"/../x", (1, 2, 0), b"", ((b"..", 0, 0, 0, 0, 0, b""),)
    ),
    "contents nobody asked for": said("contents", ((0, 0, 0, b"", b"d" * 32, 1, 0, b"x"),)),
    "digests nobody asked for": said("digests", ((0, 0, 0, b"", b"d" * 32, 1),)),
    "an upload nobody asked for": said("upload.begin", 0, 0),
    "a part of no upload": said("upload.part", 1, 0, b"x"),
    "the end of no upload": said("upload.end", 0, b"", b"d" * 32, 1),
    "counts that do not agree": said("set.close", 5, 5, 5, 0, []),
    "negative counts": said("set.close", -1, -1, -1, -1, []),
    "huge counts": said("set.close", 2**63, 2**63, 2**63, 0, []),
    "unread of nothing": said("unread", ((7, 7, 0, "why"),)),
    "file systems out of order": said("filesystem.add", ((-5, "x", b"k", True, True),)),
    "a verdict": said("verdicts", 0, (), ()),
    "owners beyond all numbers": said("owners", ((True, 2**63, b"a"),)),
}


@pytest.mark.parametrize("words", AFTER_OPENING)
def test_nonsense_in_a_set_ends_the_visit_and_completes_nothing(alive: World, words: str) -> None:
    with Line(alive) as line:
        answer = opened(line)
        assert answer[0] == "set.opened", answer
        line.send(AFTER_OPENING[words])
        line.send(said("set.close", 0, 0, 0, 0, []))
        line.half_close()
        heard = [message[0] for message in line.hear_all()]
    assert "set.closed" not in heard, heard
    assert alive.complete("evil") == []


LISTINGS = {
    "a name with a slash": entry(b"a/b"),
    "dots": entry(b".."),
    "an empty name": entry(b""),
    "a name with NUL": entry(b"a\0b"),
    "a name too long": entry(b"x" * 256),
    "names out of order": entry(b"b") + entry(b"a"),
    "a name twice": entry(b"a") + entry(b"a"),
    "half an entry": entry(b"a")[:20],
    "a mode of no kind": entry(b"a", mode=0),
    "an unknown file system": entry(b"a", filesystem=4000),
}


@pytest.mark.parametrize("words", LISTINGS)
def test_an_impossible_listing_is_refused(alive: World, words: str) -> None:
    with Line(alive) as line:
        begun(line)
        line.send(said("listing", 0, (1, 2, 0), b"", None, b"", LISTINGS[words], (), (), (), 0))
        line.send(said("set.close", 1, LISTINGS[words].count(b"\xff\xff\xff\xff"), 3, 0, []))
        line.half_close()
        heard = [message[0] for message in line.hear_all()]
    assert "set.closed" not in heard, heard


LIES = {
    "a wrong digest": (b"d" * 32, 3, 0, b"abc"),
    "a digest of a wrong length": (b"d" * 5, 3, 0, b"abc"),
    "a wrong size": (b"d" * 32, 300, 0, b"abc"),
    "an unknown compression": (b"d" * 32, 3, 99, b"abc"),
    "compression that is none": (b"d" * 32, 3, 1, b"abc"),
    "a negative size": (b"d" * 32, -3, 0, b"abc"),
}


@pytest.mark.parametrize("lie", LIES)
def test_contents_that_are_not_what_they_say_are_never_stored(alive: World, lie: str) -> None:
    digest, size, codec, data = LIES[lie]
    with Line(alive) as line:
        begun(line)
        line.send(said("listing", 0, (1, 2, 0), b"", None, b"", entry(b"file"), (), (), (), 0))
        wait_for(line, "verdicts")
        line.send(said("contents", ((0, 0, 0, b"", digest, size, codec, data),)))
        line.send(said("set.close", 1, 1, 3, 0, []))
        line.half_close()
        heard = [message[0] for message in line.hear_all()]
    assert "set.closed" not in heard, heard
    assert alive.rows("SELECT count(*) FROM contents", client="evil") == [(0,)]


def test_a_bomb_in_a_compressed_frame_is_refused(alive: World) -> None:
    bomb = zlib.compress(bytes(400 << 20), 9)
    with Line(alive) as line:
        line.send(hello("evil", "zlib"))
        assert line.hear()[0] == "welcome"
        line.send(struct.pack("!I", len(bomb) | 1 << 31) + bomb)
        line.half_close()
        line._exactly(1 << 20)


def test_a_bomb_in_a_content_is_refused(alive: World) -> None:
    bomb = zlib.compress(bytes(100 << 20), 9)
    with Line(alive) as line:
        begun(line)
        line.send(said("listing", 0, (1, 2, 0), b"", None, b"", entry(b"file"), (), (), (), 0))
        wait_for(line, "verdicts")
        for codec in range(1, 8):
            line.send(said("contents", ((0, 0, 0, b"", b"d" * 32, 3, codec, bomb),)))
        line.half_close()
        assert "set.closed" not in [message[0] for message in line.hear_all()]


WISHES: dict[str, dict[str, Any]] = {
    "a forged header for the journal": {"session": "x\n===== S: 999999999 x y D: z V: w"},
    "a huge header for the journal": {"session": "x" * 200_000},
    "a session that writes on terminals": {"session": "\x1b[2J\x07"},
    "a huge priority": {"priority": 2**63},
    "a moment beyond all clocks": {"client_time": 2**63},
    "a lineage of a megabyte": {"lineage": bytes(1 << 20)},
    "an odd format": {"format": "%" * 500},
    "a format that climbs": {"format": "../../x"},
    "a label that climbs": {"label": "../../x\n"},
}


@pytest.mark.parametrize("wish", WISHES)
def test_a_strange_wish_for_a_set_spoils_neither_store_nor_log(alive: World, wish: str) -> None:
    with Line(alive) as line:
        opened(line, **WISHES[wish])
        line.half_close()
        line.hear_all()
    tree = grow(alive.place / "again", 20)
    alive.backup(tree, client="evil")
    alive.backup(tree, client="evil")
    alive.check(tree, tree, client="evil")
    text = alive.log.read_text(errors="replace")
    assert not set(text) & {"\x1b", "\x07"}


def test_a_line_cut_at_any_byte_leaves_the_store_usable(alive: World) -> None:
    root = said("root.add", b"/top", (1, 2, 0), b"", ((b"top", 0o40755, 0, 0, 1, 0, b""),))
    spoken = [
        hello("evil"),
        open_set(),
        said("filesystem.add", ((1, "ext4", b"key", True, True),)),
        root,
        said("listing", 0, (1, 2, 0), b"", None, b"", entry(b"file"), (), (), (), 0),
        said("upload.begin", 0, 0),
        said("upload.part", 3, 0, b"abc"),
    ]
    whole = b"".join(spoken)
    rng = random.Random(8)
    for cut in rng.sample(range(len(whole)), counts(25, len(whole))):
        with Line(alive) as line:
            line.send(whole[:cut])
            line.half_close()
            line.hear_all()
    assert alive.rows("PRAGMA integrity_check", client="evil") == [("ok",)]
    tree = grow(alive.place / "again", 20)
    alive.backup(tree, client="evil")
    alive.check(tree, tree, client="evil")


def test_a_client_that_never_listens_does_not_hold_others_up(alive: World) -> None:
    with Line(alive) as line:
        begun(line)
        line.socket.setblocking(False)
        blob = b"".join(entry(b"%06d" % number) for number in range(900))
        limit = time.monotonic() + 3
        with suppress(OSError):
            for request in range(3000):
                line.socket.sendall(
                    said("listing", request, (1, 2, 0), b"", None, b"", blob, (), (), (), 0)
                )
                if time.monotonic() > limit:
                    break
        tree = grow(alive.place / "another", 20)
        alive.backup(tree, client="other")


def test_one_client_cannot_reach_into_another_by_its_numbers(alive: World) -> None:
    rows = alive.rows("SELECT * FROM entries", client="honest")
    inode = (alive.place / "tree").stat().st_ino
    with Line(alive) as line:
        begun(line)
        blob = entry(b"intruder")
        line.send(said("listing", 0, (1, inode, 0), b"", None, b"", blob, (), (), (), 0))
        line.half_close()
        line.hear_all()
    assert alive.rows("SELECT * FROM entries", client="honest") == rows
