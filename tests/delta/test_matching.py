"""Deltas by several threads: they make what they should, and are as small as those of librsync."""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.delta import CLASSIC, MODERN, Style, iter_delta, iter_matched, matching
from tardis.delta.librsync import Search
from tardis.model import DeltaError
from tests.delta.shapes import BASES, EDITS, edited, noise, parsed, patched, pieces, signature_of

STYLES = pytest.mark.parametrize("style", [MODERN, CLASSIC], ids=["modern", "classic"])
KIB = 1 << 10
WINDOW = 16 * KIB
"""Bytes that are compared at once in these tests, so that small contents have many of them."""

BASIS = noise(600 * KIB)


class Spreading:
    """Makes sums some pieces ahead, as threads do, and counts them."""

    def __init__(self, ahead: int = 4) -> None:
        self.ahead = ahead
        self.sums = 0
        self.is_open = False

    def __call__(
        self, work: Callable[[bytes], bytes], some: Iterable[bytes]
    ) -> Generator[bytes, None, None]:
        self.is_open, made = True, list[bytes]()
        try:
            for piece in some:
                self.sums += 1
                made.append(work(piece))
                if len(made) > self.ahead:
                    yield made.pop(0)
            yield from made
        finally:
            self.is_open = False


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_WINDOW", WINDOW)


def matched(
    basis: bytes, new: bytes, style: Style = MODERN, size: int = WINDOW, ahead: int = 4
) -> bytes:
    """Return a delta that was made with some sums ahead, and proved."""
    sums = signature_of(basis, style)
    parts = iter_matched(sums, len(basis), pieces(new, size), style, Spreading(ahead))
    delta = b"".join(parts)
    assert patched(basis, delta, len(new)) == new
    return delta


def searched(basis: bytes, new: bytes, style: Style = MODERN) -> bytes:
    """Return the delta that librsync makes alone."""
    return b"".join(iter_delta(signature_of(basis, style), len(basis), pieces(new), style))


@STYLES
@given(BASES, EDITS, st.integers(100, 40_000), st.integers(0, 5))
@example(b"", [], 1000, 0)
@example(b"", [("insert", 0.0, 5000)], 1000, 1)
@example(noise(WINDOW), [], WINDOW, 2)
@example(noise(2 * WINDOW), [("insert", 0.0, 1)], WINDOW, 4)
@example(bytes(60_000), [("insert", 0.5, 1), ("delete", 0.1, 9000)], 7000, 2)
def test_a_patch_undoes_it_and_it_is_about_as_small(
    style: Style, basis: bytes, edits: list[tuple[str, float, int]], size: int, ahead: int
) -> None:
    with pytest.MonkeyPatch.context() as patched_module:
        patched_module.setattr(matching, "_WINDOW", WINDOW)
        new = edited(basis, edits)
        ours = matched(basis, new, style, size, ahead)
        assert len(ours) <= len(searched(basis, new, style)) + style.block * (len(edits) + 2)


def test_nothing_changed_is_one_copy_and_every_byte_is_summed_once() -> None:
    spreading = Spreading()
    parts = iter_matched(signature_of(BASIS), len(BASIS), pieces(BASIS), MODERN, spreading)
    delta = b"".join(parts)
    assert parsed(delta, len(BASIS), len(BASIS)).commands == 1
    assert spreading.sums == -(-len(BASIS) // WINDOW)


@pytest.mark.parametrize("where", [0.0, 0.1, 0.5, 0.93, 0.999])
@pytest.mark.parametrize("what", ["overwrite", "insert", "delete"])
@pytest.mark.parametrize("count", [1, 100, 4096, 5000, 50_000])
def test_one_edit_costs_what_it_costs_librsync(what: str, where: float, count: int) -> None:
    new = edited(BASIS, [(what, where, count)])
    assert len(matched(BASIS, new)) <= len(searched(BASIS, new)) + 8 + 8 * (count // WINDOW)


def test_many_edits_cost_what_they_cost_librsync() -> None:
    edits = [(what, number / 40, 150) for number in range(40) for what in ("insert", "overwrite")]
    new = edited(BASIS, edits)
    assert len(matched(BASIS, new)) <= len(searched(BASIS, new)) * 1.02


def test_a_file_with_many_changed_blocks_is_summed_once_and_searched_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    whole = Search.iter_delta

    def counted(self: Search, chunks: tuple[bytes], room: int) -> Generator[bytes, None, None]:
        looked.append(sum(map(len, chunks)))
        return whole(self, chunks, room)

    monkeypatch.setattr(Search, "iter_delta", counted)
    new = bytearray(BASIS)
    for start in range(0, len(new) - 8192, 40_960):
        new[start : start + 4096] = noise(4096, start + 1)
    spreading = Spreading()
    parts = iter_matched(signature_of(BASIS), len(BASIS), pieces(bytes(new)), MODERN, spreading)
    assert patched(BASIS, b"".join(parts), len(new)) == new
    assert spreading.sums == -(-len(BASIS) // WINDOW)
    assert set(looked) == {4096}


def test_what_has_moved_elsewhere_is_found() -> None:
    new = BASIS[300 * KIB :] + BASIS[: 300 * KIB]
    assert len(matched(BASIS, new)) < 100


def test_a_file_that_has_nothing_of_its_basis_is_all_literal() -> None:
    new = noise(200 * KIB, 7)
    assert len(new) < len(matched(BASIS, new)) < len(new) + 200


def test_a_file_that_grew_or_shrank_ends_as_it_does() -> None:
    for new in (BASIS + noise(3 * WINDOW + 5, 3), BASIS[: -WINDOW - 7], BASIS[:10], b""):
        assert len(matched(BASIS, new)) <= max(0, len(new) - len(BASIS)) + 4096 + 30


def test_a_last_block_that_is_short_is_not_taken_for_another() -> None:
    basis = noise(2 * WINDOW + 1000)
    for new in (basis + basis[-1000:], basis + b"x", basis[:-1], basis[-1000:] + basis):
        matched(basis, new)


def test_work_that_is_given_up_ends_with_it() -> None:
    spreading = Spreading()
    parts = iter_matched(signature_of(BASIS), len(BASIS), pieces(BASIS), MODERN, spreading)
    with closing(parts):
        next(parts)
        next(parts)
        assert spreading.is_open
    assert not spreading.is_open


def test_a_signature_of_something_else_is_refused() -> None:
    with pytest.raises(DeltaError, match="cannot have"):
        next(iter_matched(signature_of(BASIS), 5, [b"new"]))


@pytest.mark.parametrize("count", [1, 64, 65, 255, 256, 65_535, 65_536, 100_000])
def test_lengths_of_literals_and_copies_are_written_in_any_width(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_WINDOW", 1 << 20)
    new = noise(count, 9)
    assert matched(b"", new)[4:] == searched(b"", new)[4:]
    basis = noise(4096 * 40)
    moved = basis[4096 * 7 :][:count] + noise(50, 3)
    matched(basis, moved)
