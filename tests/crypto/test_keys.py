"""One master key, and the keys that follow from it."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import KeyRing, new_master, rotated, rotations_of
from tardis.crypto.keys import hkdf, is_possible
from tests.crypto.slots import IDENTITY

RFC_5869 = [
    (
        "0b" * 22,
        bytes(range(13)).hex(),
        bytes(range(0xF0, 0xFA)).hex(),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(80)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]


@pytest.mark.parametrize("key, salt, label, wanted", RFC_5869)
def test_the_published_vectors_come_out(key: str, salt: str, label: str, wanted: str) -> None:
    found = hkdf(bytes.fromhex(key), bytes.fromhex(label), len(wanted) // 2, bytes.fromhex(salt))
    assert found.hex() == wanted


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16))
def test_no_key_follows_from_another_place_or_purpose(master: bytes, identity: bytes) -> None:
    ring = KeyRing.of(master, identity)
    other = KeyRing.of(master, bytes(one ^ 1 for one in identity))
    keys = {ring.digest, ring.content, ring.names, other.digest, other.content, other.names}
    assert len(keys) == 6 and master not in keys
    assert list(map(len, (ring.digest, ring.content, ring.names))) == [32, 32, 64]
    assert KeyRing.of(master, identity) == ring


def test_what_follows_from_a_master_key_never_changes() -> None:
    ring = KeyRing.of(bytes(range(32)), bytes(range(16)))
    assert ring.digest.hex() == "b5924c542464d6f30f758e15806a3ee6a8b6c665b78e5fc4903698f7c26e47d7"
    assert ring.content.hex() == "00923d8f4781a29f3424b1b50a747a21dcb3c18344411d029aeb9d58c450f2b6"
    assert ring.names.hex() == (
        "945d1c95210a9d68a7b8867be23cc8ff695d2d618a8503279c6fc6f17b990cbd"
        "d5c0be15ee39e71f8f8d0f5e88b2b0345131d5485f200953ed85e73de570496a"
    )


def test_keys_show_themselves_to_nobody() -> None:
    ring = KeyRing.of(bytes(32), bytes(16))
    assert repr(ring) == str(ring) == "KeyRing(***)"
    with pytest.raises(TypeError):
        pickle.dumps(ring)


def test_master_keys_are_random() -> None:
    assert len({new_master() for _ in range(100)}) == 100
    assert len(new_master()) == 32


def test_a_rotated_ring_has_a_new_content_key_and_knows_the_older_ones() -> None:
    secrets = [new_master()]
    secrets.append(rotated(secrets[-1]))
    secrets.append(rotated(secrets[-1]))
    assert [len(one) for one in secrets] == [32, 65, 97]
    assert [rotations_of(one) for one in secrets] == [0, 1, 2]
    rings = [KeyRing.of(one, IDENTITY) for one in secrets]
    assert rings[0].older == ()
    assert rings[1].older == (rings[0].content,)
    assert rings[2].older == (rings[1].content, rings[0].content)
    assert len({ring.content for ring in rings}) == 3
    for one in rings:
        assert (one.digest, one.names) == (rings[0].digest, rings[0].names)


def test_no_other_length_can_be_keys() -> None:
    assert is_possible(bytes(32)) and is_possible(rotated(bytes(32)))
    for wrong in (b"", bytes(31), bytes(33), bytes(64), bytes(65), b"\5" + bytes(32)):
        assert not is_possible(wrong)
