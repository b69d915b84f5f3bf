"""Sealed names: found again by equality, readable with the key alone."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import SEALED_NAME_MAX, NameSealer
from tardis.model import IntegrityError

KEY = bytes(range(64))
NAMES = st.binary(min_size=1, max_size=255).filter(lambda name: b"/" not in name)
SEALER = NameSealer(KEY)


def test_the_cipher_is_that_of_the_standard() -> None:
    """Known answer of RFC 5297, appendix A.1, by the library that we use."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    about = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    found = AESSIV(key).encrypt(bytes.fromhex("112233445566778899aabbccddee"), [about])
    assert found.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


def test_a_name_is_sealed_the_same_for_ever() -> None:
    assert SEALER.seal(b"diary.txt") == b"6WVfbcOcGzJNvU962EjUFmFsRnZJt1tlTw"


@given(NAMES)
def test_a_name_comes_back_and_could_be_a_name_itself(name: bytes) -> None:
    sealed = SEALER.seal(name)
    assert SEALER.open(sealed) == name
    assert sealed == NameSealer(KEY).seal(name)
    assert b"/" not in sealed and b"\0" not in sealed and b"=" not in sealed
    assert 22 < len(sealed) <= SEALED_NAME_MAX


def test_the_longest_name_fits() -> None:
    assert len(SEALER.seal(b"x" * 255)) == SEALED_NAME_MAX


@given(NAMES, NAMES)
def test_names_that_differ_are_sealed_apart(one: bytes, other: bytes) -> None:
    assert (SEALER.seal(one) == SEALER.seal(other)) == (one == other)


def test_more_names_than_are_kept_stay_apart_and_come_back() -> None:
    names = [b"name %d" % number for number in range(5000)]
    sealed = list(map(SEALER.seal, names))
    assert len(set(sealed)) == len(names)
    assert list(map(SEALER.seal, names)) == sealed == list(map(NameSealer(KEY).seal, names))
    assert list(map(SEALER.open, sealed)) == names


@given(st.lists(NAMES, max_size=5), st.booleans())
def test_paths_are_sealed_by_component(names: list[bytes], is_absolute: bool) -> None:
    path = (b"/" if is_absolute else b"") + b"/".join(names)
    sealed = SEALER.seal_path(path)
    assert SEALER.open_path(sealed) == path
    assert sealed.count(b"/") == path.count(b"/")
    assert sealed.startswith(b"/") == path.startswith(b"/")
    assert SEALER.seal_path(b"/") == b"/"


def test_every_changed_character_of_a_name_is_noticed() -> None:
    sealed = SEALER.seal(b"diary.txt")
    for position in range(len(sealed)):
        other = b"A" if sealed[position : position + 1] != b"A" else b"B"
        changed = sealed[:position] + other + sealed[position + 1 :]
        with pytest.raises(IntegrityError):
            SEALER.open(changed)


@pytest.mark.parametrize("text", [b"", b"diary.txt", b"A", b"=", b"AAAA", b"\xff" * 24])
def test_what_is_no_sealed_name_is_refused(text: bytes) -> None:
    with pytest.raises(IntegrityError):
        SEALER.open(text)


@given(st.binary(max_size=100), NAMES, NAMES)
def test_a_value_belongs_to_its_name_and_its_purpose(
    value: bytes, name: bytes, other: bytes
) -> None:
    sealed = SEALER.seal_value(value, b"target", name)
    assert SEALER.open_value(sealed, b"target", name) == value
    if not value:
        assert sealed == b""
        return
    wrong = [(b"xattrs", name)] if name == other else [(b"xattrs", name), (b"target", other)]
    for purpose, place in wrong:
        with pytest.raises(IntegrityError):
            SEALER.open_value(sealed, purpose, place)


def test_a_name_is_no_value() -> None:
    sealed = SEALER.seal_value(b"x", b"name")
    assert SEALER.seal(b"x") != sealed
    with pytest.raises(IntegrityError):
        SEALER.open(sealed)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(IntegrityError):
        NameSealer(KEY[::-1]).open(SEALER.seal(b"diary.txt"))
