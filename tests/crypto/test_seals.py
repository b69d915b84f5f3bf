"""Sealed contents: small ones, and large ones whose last piece tells what is whole."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import (
    MOST_MARK,
    NO_PIECES,
    DeltaPlace,
    KeyRing,
    Sealing,
    Seals,
    check_piece,
    digest,
    link_piece,
    places_digest,
)
from tardis.crypto.digests import checksum
from tardis.crypto.seals import DATA, DELTA, SIGNATURE
from tardis.model import IntegrityError
from tardis.store.records import Kind
from tests.crypto.slots import IDENTITY, MASTER, ring

SEALS = Seals(ring())
OTHER = Seals(KeyRing.of(MASTER[::-1], IDENTITY))
DIGEST = bytes(range(32))
WHERE = st.tuples(st.integers(0, 9), st.integers(0, 1 << 40), st.binary(min_size=32, max_size=32))


def test_records_are_sealed_under_their_kinds() -> None:
    assert (DATA, DELTA, SIGNATURE) == (Kind.DATA, Kind.DELTA, Kind.SIGNATURE)


@given(WHERE, st.binary(max_size=200))
def test_a_small_content_comes_back(where: tuple[int, int, bytes], data: bytes) -> None:
    piece = SEALS.seal_small(*where, data)
    check_piece(piece)
    assert SEALS.open_small(*where, piece) == data
    assert SEALS.seal_small(*where, data) != piece


@given(WHERE, WHERE)
def test_a_small_content_belongs_to_its_record(
    one: tuple[int, int, bytes], other: tuple[int, int, bytes]
) -> None:
    piece = SEALS.seal_small(*one, b"data")
    if one != other:
        with pytest.raises(IntegrityError):
            SEALS.open_small(*other, piece)
    with pytest.raises(IntegrityError, match="another key"):
        OTHER.open_small(*one, piece)


def test_a_large_content_comes_back_piece_by_piece() -> None:
    sealing = SEALS.begin()
    parts = [(0, 1 << 20, 0), (1, 1 << 20, 0), (0, 7, 0)]
    pieces = [sealing.part(*part, b"part %d" % at) for at, part in enumerate(parts)]
    end = SEALS.open_end(DIGEST, sealing.end(DIGEST, (2 << 20) + 7))
    assert (end.size, end.segments) == ((2 << 20) + 7, 3)
    assert end.places == places_digest([(1 << 20, 0), (1 << 20, 0), (7, 0)])
    for at, (codec, size, offset) in enumerate(parts):
        opened = SEALS.open_part(codec, size, (at, offset), end.whole, pieces[at])
        assert opened == b"part %d" % at


def test_a_piece_has_one_place_in_one_content() -> None:
    sealing, another = SEALS.begin(), SEALS.begin()
    piece = sealing.part(0, 9, 4096, b"x")
    whole = SEALS.open_end(DIGEST, sealing.end(DIGEST, 9)).whole
    other = SEALS.open_end(DIGEST, another.end(DIGEST, 9)).whole
    assert SEALS.open_part(0, 9, (0, 4096), whole, piece) == b"x"
    for wrong in (
        (1, 9, (0, 4096), whole),
        (0, 8, (0, 4096), whole),
        (0, 9, (1, 4096), whole),
        (0, 9, (0, 0), whole),
        (0, 9, (0, 4096), other),
    ):
        with pytest.raises(IntegrityError):
            SEALS.open_part(*wrong, piece)


def test_the_last_piece_belongs_to_its_content_and_is_no_other_piece() -> None:
    sealing = SEALS.begin()
    part, end = sealing.part(0, 9, 0, b"x"), sealing.end(DIGEST, 9)
    for wanted, piece in ((DIGEST[::-1], end), (DIGEST, part)):
        with pytest.raises(IntegrityError):
            SEALS.open_end(wanted, piece)
    small = SEALS.seal_small(0, 64, DIGEST, bytes(64))
    with pytest.raises(IntegrityError):
        SEALS.open_end(DIGEST, small)


def gone_on(times: int, basis: bytes = b"") -> tuple[list[bytes], Sealing]:
    """Return the pieces of an upload that was gone on with so often, one piece each time."""
    sealing, pieces = SEALS.begin(basis), []
    assert isinstance(sealing, Sealing)
    for number in range(times + 1):
        if number:
            mark = SEALS.open_mark(sealing.mark(DIGEST), basis)
            sealing = SEALS.go_on(mark, [(9, 0)] * number, basis)
        pieces.append(sealing.part(0, 9, 0, b"part %d" % number))
    return pieces, sealing


def test_a_mark_tells_how_far_it_was() -> None:
    pieces, sealing = gone_on(2)
    mark = SEALS.open_mark(sealing.mark(DIGEST))
    assert (mark.parts, mark.looks) == (3, DIGEST)
    assert [first for first, _ in mark.wholes] == [0, 1, 2]
    assert len({whole for _, whole in mark.wholes}) == 3
    linked = NO_PIECES
    for piece in pieces:
        linked = link_piece(linked, piece)
    assert mark.pieces == linked == sealing.pieces


@pytest.mark.parametrize("basis", [b"", DIGEST[::-1]])
def test_what_was_gone_on_with_comes_back_and_has_a_place_of_its_own(basis: bytes) -> None:
    pieces, sealing = gone_on(2, basis)
    end = SEALS.open_end(DIGEST, sealing.end(DIGEST, 27), basis)
    opened = SEALS.open_delta_part if basis else SEALS.open_part
    assert (end.size, end.segments, end.places) == (27, 3, places_digest([(9, 0)] * 3))
    for number, piece in enumerate(pieces):
        whole = end.whole_of(number)
        assert opened(0, 9, (number, 0), whole, piece) == b"part %d" % number
        for other in {end.whole_of(one) for one in range(3)} - {whole}:
            with pytest.raises(IntegrityError):
                opened(0, 9, (number, 0), other, piece)


def test_a_place_is_never_sealed_for_twice_though_a_mark_is_used_twice() -> None:
    sealing = SEALS.begin()
    sealing.part(0, 9, 0, b"beginning")
    mark = SEALS.open_mark(sealing.mark(DIGEST))
    one, other = (SEALS.go_on(mark, [(9, 0)]) for _ in range(2))
    piece = one.part(0, 9, 0, b"one")
    other.part(0, 9, 0, b"two")
    whole = SEALS.open_end(DIGEST, other.end(DIGEST, 18)).whole_of(1)
    with pytest.raises(IntegrityError):
        SEALS.open_part(0, 9, (1, 0), whole, piece)


def test_a_mark_belongs_to_its_kind_and_its_basis() -> None:
    whole, delta = SEALS.begin().mark(DIGEST), SEALS.begin(DIGEST).mark(DIGEST)
    assert SEALS.open_mark(whole).parts == SEALS.open_mark(delta, DIGEST).parts == 0
    for piece, basis in ((whole, DIGEST), (delta, b""), (delta, DIGEST[::-1])):
        with pytest.raises(IntegrityError):
            SEALS.open_mark(piece, basis)
    with pytest.raises(IntegrityError):
        OTHER.open_mark(whole)


def test_after_far_too_many_times_there_is_no_mark_any_more() -> None:
    most = next(times for times in range(1, 999) if not gone_on(times)[1].mark(DIGEST))
    assert most > 100
    assert len(gone_on(most - 1)[1].mark(DIGEST)) <= MOST_MARK
    end = gone_on(most)[1].end(DIGEST, 9)
    assert len(SEALS.open_end(DIGEST, end).later) == most


DELTA_PLACE = DeltaPlace(1, 200_000, DIGEST, DIGEST[::-1])


def test_a_small_delta_comes_back_with_its_length() -> None:
    piece = SEALS.seal_delta(DELTA_PLACE, 77, b"delta")
    check_piece(piece)
    assert SEALS.open_delta(DELTA_PLACE, piece) == (77, b"delta")
    for wrong in (
        DELTA_PLACE._replace(codec=0),
        DELTA_PLACE._replace(size=1),
        DELTA_PLACE._replace(digest=DIGEST[::-1]),
        DELTA_PLACE._replace(basis=DIGEST),
    ):
        with pytest.raises(IntegrityError):
            SEALS.open_delta(wrong, piece)
    whole = SEALS.seal_small(1, 200_000, DIGEST, b"whole")
    for other in (SEALS.seal_signature(DIGEST, b"sums"), whole):
        with pytest.raises(IntegrityError):
            SEALS.open_delta(DELTA_PLACE, other)


def test_a_large_delta_is_bound_to_what_it_stands_on() -> None:
    sealing = SEALS.begin(DIGEST[::-1])
    piece, last = sealing.part(0, 9, 0, b"x"), sealing.end(DIGEST, 9)
    end = SEALS.open_end(DIGEST, last, DIGEST[::-1])
    assert SEALS.open_delta_part(0, 9, (0, 0), end.whole, piece) == b"x"
    with pytest.raises(IntegrityError):
        SEALS.open_part(0, 9, (0, 0), end.whole, piece)
    for basis in (b"", DIGEST):
        with pytest.raises(IntegrityError):
            SEALS.open_end(DIGEST, last, basis)


@given(st.binary(max_size=100))
def test_a_signature_belongs_to_its_content(signature: bytes) -> None:
    piece = SEALS.seal_signature(DIGEST, signature)
    assert SEALS.open_signature(DIGEST, piece) == signature
    assert SEALS.seal_signature(DIGEST, signature) != piece
    for seals, wanted in ((SEALS, DIGEST[::-1]), (OTHER, DIGEST)):
        with pytest.raises(IntegrityError):
            seals.open_signature(wanted, piece)
    with pytest.raises(IntegrityError):
        SEALS.open_signature(DIGEST, piece[:20])


def test_every_changed_byte_of_a_piece_is_refused_also_where_the_checksum_is_made_to_fit() -> None:
    pieces: dict[bytes, Callable[[bytes], object]] = {
        SEALS.seal_small(0, 9, DIGEST, b"something"): lambda one: SEALS.open_small(
            0, 9, DIGEST, one
        ),
        SEALS.seal_delta(DELTA_PLACE, 9, b"a delta"): lambda one: SEALS.open_delta(
            DELTA_PLACE, one
        ),
        SEALS.seal_signature(DIGEST, b"some sums"): lambda one: SEALS.open_signature(DIGEST, one),
        SEALS.begin().end(DIGEST, 9): lambda one: SEALS.open_end(DIGEST, one),
        SEALS.begin().mark(DIGEST): SEALS.open_mark,
    }
    for piece, opened in pieces.items():
        opened(piece)
        for at in range(len(piece)):
            flipped = piece[:at] + bytes((piece[at] ^ 0x20,)) + piece[at + 1 :]
            with pytest.raises(IntegrityError):
                opened(flipped)
            if at >= 32:
                with pytest.raises(IntegrityError):
                    opened(checksum(flipped[32:]) + flipped[32:])


@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(0, 1 << 40)), max_size=5))
def test_every_change_of_the_places_is_noticed(places: list[tuple[int, int]]) -> None:
    found = places_digest(places)
    assert found == places_digest(iter(places))
    assert found != places_digest([*places, (0, 0)])
    if places:
        assert found != places_digest(places[1:])


def test_a_lineage_gives_no_path_away() -> None:
    sealed = SEALS.lineage(b"roots:/home/me")
    assert sealed == SEALS.lineage(b"roots:/home/me") != SEALS.lineage(b"roots:/home/you")
    assert b"home" not in sealed
    assert sealed != OTHER.lineage(b"roots:/home/me")
    assert digest(ring().digest, b"roots:/home/me")[:16] not in sealed


@given(st.binary(max_size=100))
def test_texts_hold_no_zero_byte_and_come_back(value: bytes) -> None:
    text = SEALS.names.seal_text(value, b"target", b"name")
    assert SEALS.names.open_text(text, b"target", b"name") == value
    assert b"\0" not in text and b"/" not in text
    if value:
        with pytest.raises(IntegrityError):
            SEALS.names.open_text(text, b"target", b"other")


@pytest.mark.skipif(not os.environ.get("TARDIS_TEST_LONG"), reason="full counts only")
def test_a_million_pieces_share_nothing() -> None:
    sealing = SEALS.begin()
    heads = {sealing.part(0, 0, 0, b"")[33:49] for _ in range(1_000_000)}
    assert len(heads) == 1_000_000
