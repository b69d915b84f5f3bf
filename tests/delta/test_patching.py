import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.delta import parse_delta
from tardis.model import DeltaError
from tests.delta.shapes import BASES, EDITS, delta_of, edited, noise, parsed, patched

HEAD = b"rs\x026"
END = b"\0"
BASIS = noise(1000)


def copy(offset: int, length: int) -> bytes:
    """Return a copy command with eight bytes for each number."""
    return b"\x54" + struct.pack(">QQ", offset, length)


def literal(data: bytes) -> bytes:
    return b"\x44" + struct.pack(">Q", len(data)) + data


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_literals_of_every_width(width: int) -> None:
    command = bytes([0x41 + (1, 2, 4, 8).index(width)])
    delta = HEAD + command + (5).to_bytes(width, "big") + b"fresh" + END
    assert patched(b"", delta, 5) == b"fresh"


@pytest.mark.parametrize("length", [1, 2, 63, 64])
def test_short_literals_stand_in_the_command(length: int) -> None:
    data = noise(length)
    assert patched(b"", HEAD + bytes([length]) + data + END, length) == data


@pytest.mark.parametrize("command", range(0x45, 0x55))
def test_copies_of_every_width(command: int) -> None:
    first, second = divmod(command - 0x45, 4)
    numbers = (7).to_bytes(1 << first, "big") + (90).to_bytes(1 << second, "big")
    assert patched(BASIS, HEAD + bytes([command]) + numbers + END, 90) == BASIS[7:97]


def test_parts_may_come_in_any_order_and_twice() -> None:
    delta = HEAD + copy(500, 100) + literal(b"x" * 50) + copy(0, 100) + copy(500, 100) + END
    wanted = BASIS[500:600] + b"x" * 50 + BASIS[:100] + BASIS[500:600]
    assert patched(BASIS, delta, 350) == wanted


def test_copies_that_follow_each_other_are_one() -> None:
    delta = HEAD + b"".join(copy(at, 10) for at in range(0, 1000, 10)) + END
    patch = parsed(delta, 1000, 1000)
    assert patch.commands == 1
    assert patch.read_at(995, 10, lambda at, count: BASIS[at : at + count]) == BASIS[995:]


@given(BASES, EDITS, st.integers(0, 70_000), st.integers(0, 70_000))
def test_any_part_can_be_read_alone(
    basis: bytes, edits: list[tuple[str, float, int]], offset: int, length: int
) -> None:
    new = edited(basis, edits)
    patch = parsed(delta_of(basis, new), len(basis), len(new))
    found = patch.read_at(offset, length, lambda at, count: basis[at : at + count])
    assert found == new[offset : offset + length]


HOSTILE = {
    "nothing at all": (b"", 0),
    "the head of a signature": (b"rs\x016" + END, 0),
    "no end": (HEAD, 0),
    "no end behind a copy": (HEAD + copy(0, 10), 10),
    "a copy from beyond the basis": (HEAD + copy(995, 10) + END, 10),
    "a copy that begins beyond the basis": (HEAD + copy(2000, 1) + END, 1),
    "a copy of nothing": (HEAD + copy(0, 0) + END, 0),
    "copies of nothing beside a good one": (HEAD + copy(0, 10) + copy(5, 0) + END, 10),
    "a copy of 2**62 bytes": (HEAD + copy(0, 1 << 62) + END, 1 << 62),
    "a copy from 2**63": (HEAD + copy(1 << 63, 10) + END, 10),
    "a copy whose end wraps around": (HEAD + copy((1 << 64) - 5, 10) + END, 10),
    "a literal of 2**62 bytes": (HEAD + b"\x44" + struct.pack(">Q", 1 << 62) + END, 1 << 62),
    "a literal of nothing": (HEAD + b"\x41\0" + END, 0),
    "a literal that is cut off": (HEAD + b"\x0afive!", 10),
    "a number that is cut off": (HEAD + b"\x54\0\0", 10),
    "more behind the end": (HEAD + copy(0, 10) + END + END, 10),
    "an unknown command": (HEAD + b"\x55" + END, 0),
    "the highest command": (HEAD + b"\xff" + END, 0),
    "more than its size": (HEAD + copy(0, 11) + END, 10),
    "less than its size": (HEAD + copy(0, 9) + END, 10),
    "a bomb of copies": (HEAD + copy(0, 1000) * 1000 + END, 1000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_deltas_are_refused(what: str) -> None:
    delta, size = HOSTILE[what]
    with pytest.raises(DeltaError):
        patched(BASIS, delta, size)


def test_the_work_for_a_delta_is_bounded_by_its_size() -> None:
    reads: list[int] = []
    delta = HEAD + b"".join(copy(at % 7, 1) for at in range(100_000)) + END

    def read(offset: int, length: int) -> bytes:
        reads.append(length)
        return delta[offset : offset + length]

    with pytest.raises(DeltaError, match="far more commands"):
        parse_delta(read, len(delta), 1000, 100_000)
    assert len(reads) < 10


@given(st.binary(max_size=200), st.integers(0, 300))
def test_noise_is_refused_or_has_the_declared_size(tail: bytes, size: int) -> None:
    try:
        made = patched(BASIS, HEAD + tail, size)
    except DeltaError:
        return
    assert len(made) == size


def test_a_basis_that_is_shorter_than_it_was_is_an_error() -> None:
    patch = parsed(HEAD + copy(0, 1000) + END, 1000, 1000)
    with pytest.raises(DeltaError, match="cut off"):
        patch.read_at(0, 1000, lambda at, count: BASIS[at : min(at + count, 900)])


def test_literals_are_passed_over_not_read() -> None:
    data = noise(1 << 20)
    delta = HEAD + literal(data) + END
    taken = 0

    def read(offset: int, length: int) -> bytes:
        nonlocal taken
        taken += length
        return delta[offset : offset + length]

    parse_delta(read, len(delta), 0, len(data))
    assert taken < 200_000
