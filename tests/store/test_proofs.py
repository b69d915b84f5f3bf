"""Segments are digested as they come."""

import pytest

from tardis.crypto import digest
from tardis.model import IntegrityError
from tardis.store.proofs import SegmentProof
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
