"""Segments are digested as they come."""

import pytest

from tardis.crypto import NO_PIECES, Seals, digest, link_piece
from tardis.model import IntegrityError
from tardis.store.proofs import PieceProof, SegmentProof, begin_proof
from tardis.streams import compress
from tests.crypto.slots import ring
from tests.store.holes import digest_of, segments_of

KEY = bytes(range(32))
ISLANDS = {4096: b"x" * 4096, 1 << 30: b"y" * 9000}


def test_plain_segments_have_the_digest_of_their_bytes() -> None:
    proof = SegmentProof(KEY, has_holes=False)
    assert [proof.add(b"one"), proof.add(b"two")] == [0, 0]
    assert proof.so_far() == digest(KEY, b"onetwo") and proof.data_bytes == 6
    proof.check(digest(KEY, b"onetwo"), 6)
    with pytest.raises(IntegrityError, match="does not match"):
        proof.check(digest(KEY, b"onetwO"), 6)


def test_segments_with_holes_have_one_of_their_extents() -> None:
    proof = SegmentProof(KEY, has_holes=True)
    before = proof.so_far()
    for start, segment in segments_of(ISLANDS):
        assert proof.add(segment) == start
    assert proof.so_far() not in (before, digest_of(KEY, 1 << 40, ISLANDS))
    proof.check(digest_of(KEY, 1 << 40, ISLANDS), 1 << 40)


def test_extents_lie_within_the_file() -> None:
    proof = SegmentProof(KEY, has_holes=True)
    for _, segment in segments_of(ISLANDS):
        proof.add(segment)
    with pytest.raises(IntegrityError, match="beyond"):
        proof.check(digest_of(KEY, 5000, ISLANDS), 5000)


def test_segments_with_holes_come_in_order() -> None:
    proof = SegmentProof(KEY, has_holes=True)
    (_, segment), *_ = segments_of(ISLANDS)
    proof.add(segment)
    with pytest.raises(IntegrityError):
        proof.add(segment)


def test_segments_are_taken_as_they_are_stored() -> None:
    proof = SegmentProof(KEY, has_holes=False)
    assert (proof.take(0, 3, b"one"), proof.take(1, 3, compress(1, b"two"))) == (0, 0)
    assert proof.so_far() == digest(KEY, b"onetwo")
    for codec, size, data in ((1, 3, b"rubbish"), (1, 2, compress(1, b"two")), (0, 2, b"one")):
        with pytest.raises(IntegrityError):
            proof.take(codec, size, data)


def test_of_sealed_segments_it_shows_that_they_are_as_they_came() -> None:
    sealing, proof = Seals(ring()).begin(), PieceProof(has_holes=False)
    assert proof.so_far() == NO_PIECES
    first, second = (sealing.part(0, 3, 0, data) for data in (b"one", b"two"))
    assert (proof.take(0, 3, first), proof.take(0, 3, second)) == (0, 0)
    assert proof.data_bytes == 6
    assert proof.so_far() == sealing.pieces == link_piece(link_piece(NO_PIECES, first), second)
    proof.check(bytes(32), 99)  # that needs the key
    for wrong in (first[:-1], first[:50] + bytes([first[50] ^ 1]) + first[51:], b""):
        with pytest.raises(IntegrityError):
            proof.take(0, 3, wrong)


@pytest.mark.parametrize("has_holes", [False, True])
def test_the_proof_is_of_the_kind_of_the_store(has_holes: bool) -> None:
    plain = begin_proof(KEY, has_holes=has_holes, is_sealed=False)
    sealed = begin_proof(b"", has_holes=has_holes, is_sealed=True)
    assert isinstance(plain, SegmentProof) and isinstance(sealed, PieceProof)
    assert plain.has_holes == sealed.has_holes == has_holes
