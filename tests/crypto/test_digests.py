"""Names of contents and directories: keyed, and the same however the bytes arrive."""

import hashlib
import hmac

import blake3
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import (
    MD5_SIZE,
    Digester,
    HoledDigester,
    content_key,
    digest,
    fingerprint,
    is_modern,
    new_digest_key,
    new_repository_id,
)
from tardis.crypto.digests import keyed_classic
from tests import collisions

KEY = bytes(range(32))
KEYS = st.binary(min_size=32, max_size=32)


@given(KEYS, st.lists(st.binary(max_size=50)))
def test_pieces_digest_like_the_whole(key: bytes, pieces: list[bytes]) -> None:
    digester = Digester(key)
    for piece in pieces:
        digester.update(piece)
    assert digester.digest() == digest(key, b"".join(pieces))


@given(st.binary(max_size=50))
def test_it_is_keyed_blake3(data: bytes) -> None:
    assert digest(KEY, data) == blake3.blake3(data, key=KEY).digest()
    assert digest(KEY, data) != blake3.blake3(data).digest()
    assert len(digest(KEY, data)) == 32


def test_the_published_vector_comes_out() -> None:
    key = b"whats the Elvish word for friend"
    assert digest(key, b"").hex().startswith("92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e7")


def test_a_digest_can_be_asked_for_half_way() -> None:
    digester = Digester(KEY)
    digester.update(b"a")
    assert digester.digest() == digest(KEY, b"a")
    digester.update(b"b")
    assert digester.digest() == digest(KEY, b"ab")


@given(KEYS, KEYS)
def test_another_key_gives_other_names(one: bytes, other: bytes) -> None:
    assert (digest(one, b"x") == digest(other, b"x")) is (one == other)


@given(st.lists(st.binary(max_size=20)))
def test_a_fingerprint_is_16_bytes_of_its_parts(parts: list[bytes]) -> None:
    made = fingerprint(KEY, parts)
    assert len(made) == 16
    assert made == digest(KEY, b"".join(parts))[:16]


def test_new_keys_and_ids_are_fresh() -> None:
    assert len({new_digest_key() for _ in range(10)}) == 10
    assert len({new_repository_id() for _ in range(10)}) == 10
    assert (len(new_digest_key()), len(new_repository_id())) == (32, 16)


def test_classic_contents_are_named_by_md5_and_told_apart_by_sha_256() -> None:
    key = content_key("classic", KEY)
    data = b"The quick brown fox"
    assert digest(key, data) == hashlib.md5(data).digest() + hashlib.sha256(data).digest()
    assert content_key("modern", KEY) == KEY
    one, other = digest(key, collisions.ONE), digest(key, collisions.OTHER)
    assert one[:MD5_SIZE] == other[:MD5_SIZE] and len(one) == 48
    assert one != other


@given(st.lists(st.binary(max_size=50)))
def test_classic_pieces_are_digested_as_one(pieces: list[bytes]) -> None:
    digester = Digester(b"")
    for piece in pieces:
        digester.update(piece)
    assert digester.digest() == digest(b"", b"".join(pieces))


def holed(key: bytes, size: int, *segments: bytes) -> bytes:
    digester = HoledDigester(key)
    for segment in segments:
        digester.update(segment)
    assert digester.digest(size) == digester.digest(size)
    return digester.digest(size)


def test_a_file_with_holes_is_digested_under_a_key_of_its_own() -> None:
    context = "Tardis 2026-11-22 content id of a file with holes"
    own = blake3.blake3(KEY, derive_key_context=context).digest()
    told = b"segment" + bytes(4) + (1 << 40).to_bytes(8, "little")
    assert holed(KEY, 1 << 40, b"segment") == digest(own, told)
    assert holed(KEY, 1 << 40, b"segment") != digest(KEY, told)


@given(st.binary(max_size=50), st.integers(0, (1 << 63) - 1))
def test_no_plain_content_has_the_digest_of_one_with_holes(data: bytes, size: int) -> None:
    made = holed(KEY, size, data)
    assert made not in (
        digest(KEY, data),
        digest(KEY, data + bytes(4) + size.to_bytes(8, "little")),
    )
    assert made != holed(KEY, size + 1, data)
    assert made != holed(bytes(32), size, data)


@given(KEYS, st.lists(st.binary(max_size=50)))
def test_sealed_classic_contents_are_named_by_hmacs(key: bytes, pieces: list[bytes]) -> None:
    naming = content_key("classic", keyed_classic(key))
    data = b"".join(pieces)
    wanted = hmac.digest(key, data, "md5") + hmac.digest(key, data, "sha256")
    assert digest(naming, data) == wanted
    digester = Digester(naming)
    for piece in pieces:
        digester.update(piece)
    assert digester.digest() == wanted


def test_only_modern_keys_are_modern() -> None:
    assert is_modern(KEY) and not is_modern(b"") and not is_modern(keyed_classic(KEY))
    assert content_key("modern", KEY) == KEY and content_key("classic", KEY) == b""


def test_the_vectors_of_rfc_2202_and_4231_come_out() -> None:
    key, data = b"Jefe", b"what do ya want for nothing?"
    found = digest(keyed_classic(key), data).hex()
    assert found[:32] == "750c783e6ab0b503eaa86e310a5db738"
    assert found[32:] == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
