"""Strangers talk to the daemon: it drops them, stays up, and serves the next one."""

import os
import random
import struct

import pytest

from tests.facilities import counts
from tests.whole.trees import grow
from tests.whole.wire import VERSION, Line, frame, hello, open_set, opened
from tests.whole.world import PATIENCE, World, wait_until

BAD_NAMES = (
    "../escaped", "a/b", "/etc", ".", "..", "", ".server", ".hidden", "x" * 10_000, "x" * 300,
    "nul\0inside", "line\nbreak", "escape\x1b[31m",
)  # fmt: skip

pytestmark = pytest.mark.unforked


def test_noise_is_dropped(alive: World) -> None:
    rng = random.Random(3)
    for size in [1, 4, 5, 100, 5000] * counts(5, 200):
        with Line(alive) as line:
            line.send(rng.randbytes(size))
            line.half_close()
            line.hear_all()


@pytest.mark.parametrize("length", [0, 5000, 0x7FFFFFFF, 0x80000000, 0x80000010, 0xFFFFFFFF])
def test_an_impossible_length_is_refused_at_once(alive: World, length: int) -> None:
    with Line(alive) as line:
        line.send(struct.pack("!I", length) + b"\x90" * 100)
        line.hear_all()  # ends only because the daemon hangs up
    with Line(alive) as line:
        line.send(hello("evil"))
        assert line.hear()[0] == "welcome"
        line.send(struct.pack("!I", max(length, (4 << 20) + 1)) + b"\x90" * 100)
        line.hear_all()


def test_half_a_frame_and_silence_hold_nobody_up(alive: World) -> None:
    lines = []
    for _ in range(counts(50, 500)):
        line = Line(alive)
        line.send(hello("evil")[:7])
        lines.append(line)
    tree = grow(alive.place / "another", 20)
    alive.backup(tree, client="other")
    for line in lines:
        line.socket.close()


SHAPES = {
    "no message": frame(),
    "a number": struct.pack("!I", 1) + b"\x05",
    "a map": struct.pack("!I", 1) + b"\x80",
    "unknown kind": frame("frobnicate", 1),
    "kind of a wrong type": frame(7, 1),
    "too few fields": frame("hello", VERSION),
    "too many fields": frame("hello", VERSION, "x", "evil", "none", 5),
    "a string for a number": frame("hello", "one", "x", "evil", "none"),
    "bytes for a string": frame("hello", VERSION, "x", b"evil", "none"),
    "a bool for a number": frame("hello", True, "x", "evil", "none"),
    "deep": struct.pack("!I", 3000) + b"\x91" * 3000,
    "an extension": struct.pack("!I", 6) + b"\xc7\x03\x01abc",
    "a long array said short": struct.pack("!I", 5) + b"\xdd\xff\xff\xff\xff",
    "a long map": struct.pack("!I", 5) + b"\xdf\xff\xff\xff\xff",
    "a long string": struct.pack("!I", 5) + b"\xdb\xff\xff\xff\xff",
    "bad utf-8": struct.pack("!I", 4) + b"\x91\xa2\xff\xfe",
    "deep json": struct.pack("!I", 4000) + b"[" * 4000,
    "another version": hello("evil", version=99),
    "unknown compression": hello("evil", "middle-out"),
    "out of turn": open_set(),
    "the server's own words": frame("welcome", VERSION, "x"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_no_greeting_is_refused_in_words(alive: World, shape: str) -> None:
    with Line(alive) as line:
        line.send(SHAPES[shape])
        heard = line.hear_all()
    assert [message[0] for message in heard] in ([], ["trouble"]), heard


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name[:12]))
def test_a_name_that_is_no_client_is_refused(alive: World, name: str) -> None:
    with Line(alive) as line:
        line.send(hello(name))
        line.send(open_set())
        line.half_close()
        heard = [message[0] for message in line.hear_all()]
    assert "set.opened" not in heard


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "Current", "", "x" * 5000, "nul\0", "a\nb", "\x1b[2J"]
)
def test_a_set_name_never_reaches_a_path(alive: World, name: str) -> None:
    with Line(alive) as line:
        answer = opened(line, name=name)
        assert answer[0] in ("set.opened", "trouble")
        if answer[0] == "set.opened":
            assert answer[2] == name or not name


def test_a_new_client_needs_leave_to_be_made(bare: World) -> None:
    bare.base.mkdir()
    bare.start_daemon("--no-allow-new-hosts")
    tree = grow(bare.place / "tree", 10)
    done = bare.backup(tree, status=None)
    assert done.status not in (0, 70), str(done)
    assert not any(path.name != ".server" for path in bare.base.iterdir())


def test_nothing_listens_once_the_daemon_has_ended(world: World) -> None:
    world.stop_daemon()

    def is_refused() -> bool:
        try:
            world.dial().close()
        except ConnectionRefusedError:
            return True
        return False

    wait_until(is_refused, "the port is free", PATIENCE)
    assert os.path.exists(world.base)
