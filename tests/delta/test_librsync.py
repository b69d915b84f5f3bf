import subprocess
import threading
import tracemalloc
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tardis.delta import (
    CLASSIC,
    MODERN,
    SignatureMaker,
    Style,
    has_librsync,
    iter_delta,
    iter_signature,
    librsync,
    parse_delta,
)
from tardis.model import DeltaError
from tests.delta.shapes import (
    BASES,
    EDITS,
    delta_of,
    edited,
    noise,
    patched,
    pieces,
    signature_of,
)

STYLES = pytest.mark.parametrize("style", [MODERN, CLASSIC], ids=["modern", "classic"])
RDIFF = {MODERN: ("-R", "rabinkarp", "-H", "blake2"), CLASSIC: ("-R", "rollsum", "-H", "md4")}
KIB = 1 << 10


@given(BASES, EDITS)
@example(b"", [])
@example(b"", [("insert", 0.0, 5000)])
@example(bytes(60_000), [("insert", 0.5, 1), ("delete", 0.1, 9000)])
def test_a_patch_undoes_a_delta(basis: bytes, edits: list[tuple[str, float, int]]) -> None:
    new = edited(basis, edits)
    assert patched(basis, delta_of(basis, new), len(new)) == new


@given(BASES, EDITS)
def test_so_it_does_in_the_classic_style(basis: bytes, edits: list[tuple[str, float, int]]) -> None:
    new = edited(basis, edits)
    assert patched(basis, delta_of(basis, new, CLASSIC), len(new)) == new


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_the_size_of_the_pieces_makes_no_difference(size: int) -> None:
    basis = noise(3 << 20)
    new = edited(basis, [("insert", 0.5, 100), ("overwrite", 0.8, 5000)])
    some = basis[: 50 * KIB] if size == 1 else basis
    signature = b"".join(iter_signature(pieces(some, size), len(some)))
    assert signature == signature_of(some)
    other = new[: 50 * KIB] if size == 1 else new
    delta = b"".join(iter_delta(signature, len(some), pieces(other, size)))
    assert patched(some, delta, len(other)) == other


@STYLES
@given(BASES, st.integers(1, 20_000))
def test_blocks_are_summed_alone_however_the_pieces_come(
    style: Style, basis: bytes, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(librsync, "_BUFFER", 12_288)
        by_us = b"".join(iter_signature(pieces(basis, size), len(basis), style))
    maker = SignatureMaker(len(basis), style)
    maker.add(basis)
    assert by_us == maker.finish()
    maker.close()


@STYLES
@given(BASES)
@example(b"")
def test_strong_sums_are_those_of_the_signature(style: Style, basis: bytes) -> None:
    rows = signature_of(basis, style)[12:]
    wanted = b"".join(rows[at + 4 : at + 20] for at in range(0, len(rows), 20))
    assert librsync.strong_sums(basis, style.block, style) == wanted


def test_whoever_spreads_the_work_gets_whole_blocks_in_their_order() -> None:
    basis, seen = noise(2_500_000), list[int]()

    def spread(
        work: Callable[[bytes], bytes], some: Iterable[bytes]
    ) -> Generator[bytes, None, None]:
        for piece in some:
            seen.append(len(piece))
            yield work(piece)

    made = b"".join(iter_signature(pieces(basis, 70_000), len(basis), MODERN, spread))
    assert made == signature_of(basis)
    assert seen == [1 << 20, 1 << 20, 2_500_000 - (2 << 20)]


def test_blocks_longer_than_a_piece_are_not_cut() -> None:
    size = 4097 << 20  # bytes that the basis is said to have, so that blocks are of 8 KiB
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(librsync, "_BUFFER", 5000)
        made = b"".join(iter_signature(pieces(noise(20_000), 300), size))
    assert len(made) == 12 + 3 * 20


def test_a_small_change_in_a_large_file_makes_a_small_delta() -> None:
    basis = noise(8 << 20)
    new = edited(basis, [("overwrite", 0.25, 4096), ("insert", 0.5, 10), ("delete", 0.75, 10)])
    assert len(delta_of(basis, new)) < 32 * KIB


@STYLES
@pytest.mark.rdiff
def test_rdiff_understands_our_signatures_and_deltas(tmp_path: Path, style: Style) -> None:
    basis = noise(300 * KIB)
    new = edited(basis, [("overwrite", 0.2, 4096), ("insert", 0.6, 777)])
    (tmp_path / "basis").write_bytes(basis)
    (tmp_path / "new").write_bytes(new)
    (tmp_path / "sig").write_bytes(signature_of(basis, style))
    (tmp_path / "ours").write_bytes(delta_of(basis, new, style))
    rdiff(tmp_path, "delta", "sig", "new", "theirs")
    assert patched(basis, (tmp_path / "theirs").read_bytes(), len(new)) == new
    rdiff(tmp_path, "patch", "basis", "ours", "out")
    assert (tmp_path / "out").read_bytes() == new


@STYLES
@pytest.mark.rdiff
def test_we_understand_the_signatures_of_rdiff(tmp_path: Path, style: Style) -> None:
    basis = noise(300 * KIB)
    (tmp_path / "basis").write_bytes(basis)
    block = "4096" if style is MODERN else "2048"
    rdiff(tmp_path, *RDIFF[style], "-b", block, "-S", "16", "signature", "basis", "sig")
    theirs = (tmp_path / "sig").read_bytes()
    assert theirs == signature_of(basis, style)
    new = edited(basis, [("delete", 0.3, 5000)])
    delta = b"".join(iter_delta(theirs, len(basis), pieces(new), style))
    assert patched(basis, delta, len(new)) == new


def rdiff(place: Path, *words: str) -> None:
    subprocess.run(["rdiff", *words], cwd=place, check=True, timeout=60)


def test_memory_does_not_grow_with_the_file() -> None:
    one = noise(1 << 20)

    def basis() -> Iterator[bytes]:
        return (one for _ in range(64))

    tracemalloc.start()
    try:
        signature = b"".join(iter_signature(basis(), 64 << 20))
        length = sum(len(part) for part in iter_delta(signature, 64 << 20, basis()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length < KIB
    assert peak < 8 << 20


def test_a_forged_signature_is_refused_before_librsync_sees_it() -> None:
    with pytest.raises(DeltaError):
        next(iter_delta(b"rs\x01\x47" + bytes(40), 8192, [b"new"]))


def test_sums_that_match_nothing_make_a_delta_of_literals() -> None:
    basis, new = noise(100_000), noise(100_000, 7)
    good = signature_of(basis)
    forged = good[:12] + noise(len(good) - 12, 3)
    delta = b"".join(iter_delta(forged, len(basis), [new]))
    assert patched(basis, delta, len(new)) == new


def test_half_a_delta_can_be_given_up() -> None:
    making = iter_delta(signature_of(b""), 0, pieces(noise(4 << 20)))
    assert next(making)
    making.close()
    assert delta_of(b"", b"") == b"rs\x026\x00"


def test_two_threads_work_at_the_same_time() -> None:
    found: list[bytes] = []
    basis = noise(1 << 20)
    threads = [threading.Thread(target=lambda: found.append(signature_of(basis))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len(set(found)) == 1


def test_without_librsync_nothing_is_made_and_patches_still_apply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delta = delta_of(b"", b"fresh")
    assert has_librsync()
    monkeypatch.setattr(librsync, "_library", lambda: None)
    assert not has_librsync()
    with pytest.raises(DeltaError, match="not installed"):
        next(iter_signature([b"basis"], 5))
    patch = parse_delta(lambda at, count: delta[at : at + count], len(delta), 0, 5)
    assert patch.read_at(0, 5, lambda at, count: b"") == b"fresh"


def test_a_library_that_is_absent_is_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", missing)
    assert librsync._library.__wrapped__() is None


def test_an_old_library_without_our_sums_is_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(librsync, "MODERN", Style(0x12345678, 4096))
    assert librsync._library.__wrapped__() is None


def test_what_librsync_refuses_is_an_error() -> None:
    with pytest.raises(DeltaError, match="status"):
        list(iter_signature([b"basis"], 5, Style(0x12345678, 4096)))
