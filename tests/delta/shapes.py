"""Contents for deltas: pairs of a basis and what became of it, small and awkward."""

import random
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from tardis.delta import MODERN, Patch, Style, iter_delta, iter_signature, parse_delta


def pieces(data: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def signature_of(basis: bytes, style: Style = MODERN) -> bytes:
    return b"".join(iter_signature(pieces(basis), len(basis), style))


def delta_of(basis: bytes, new: bytes, style: Style = MODERN) -> bytes:
    return b"".join(iter_delta(signature_of(basis, style), len(basis), pieces(new), style))


def parsed(delta: bytes, basis_size: int, size: int) -> Patch:
    return parse_delta(lambda at, count: delta[at : at + count], len(delta), basis_size, size)


def patched(basis: bytes, delta: bytes, size: int) -> bytes:
    patch = parsed(delta, len(basis), size)
    return patch.read_at(0, size, lambda at, count: basis[at : at + count])


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def edited(basis: bytes, edits: Sequence[tuple[str, float, int]], seed: int = 0) -> bytes:
    """Return *basis* after edits, each (what, where from 0 to 1, how many bytes)."""
    new = bytearray(basis)
    for number, (what, where, count) in enumerate(edits):
        at = int(where * len(new))
        some = noise(count, number + 1 + 1000 * seed)
        match what:
            case "overwrite":
                new[at : at + count] = some
            case "insert":
                new[at:at] = some
            case "delete":
                del new[at : at + count]
            case "repeat":
                new[at:at] = new[:count]
            case "swap":
                new = new[at:] + new[:at]
    return bytes(new)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "delete", "repeat", "swap"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 9000),
    ),
    max_size=6,
)

BASES = st.one_of(
    st.builds(noise, st.integers(0, 60_000)),
    st.builds(bytes, st.integers(0, 60_000)),
    st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=50), st.just(2000)),
    st.builds(lambda times: noise(4096) * times, st.integers(1, 12)),
    st.builds(lambda blocks, rest: noise(4096 * blocks + rest), st.integers(0, 6), st.just(1)),
)
"""Noise, zeros, short periods, equal blocks, and a block and a byte."""
