"""Key files: what is kept comes back, and what was damaged or mistyped is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import DetachedKey, DetachedKeys
from tardis.model import AuthenticationError
from tests.crypto.slots import IDENTITY, slot_of

ONE = DetachedKey.of(slot_of("one"), IDENTITY)
TWO = DetachedKey.of(slot_of("two", "laptop"), IDENTITY)
OTHER = DetachedKey.of(slot_of("one"), bytes(16))


def test_what_is_kept_comes_back() -> None:
    keys = DetachedKeys((ONE, TWO, OTHER))
    assert DetachedKeys.parse(keys.text(), "here") == keys
    assert DetachedKeys.parse(DetachedKeys().text(), "here") == DetachedKeys()


def test_a_key_is_found_by_repository_and_salt() -> None:
    keys = DetachedKeys((ONE, TWO, OTHER))
    assert keys.find(IDENTITY, TWO.salt) == TWO
    assert keys.find(bytes(16), TWO.salt) is None
    assert keys.of(bytes(16)) == (OTHER,)


def test_a_key_is_there_once() -> None:
    again = replace(ONE, wrapped=bytes(48))
    assert DetachedKeys((ONE, TWO)).with_key(again).keys == (TWO, again)


def test_what_is_forgotten_is_of_one_repository_only() -> None:
    keys = DetachedKeys((ONE, TWO, OTHER))
    assert keys.keeping(IDENTITY, {TWO.salt}).keys == (TWO, OTHER)
    assert keys.keeping(IDENTITY, ()).keys == (OTHER,)


GOOD = DetachedKeys((ONE, TWO)).text().decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[Key 1]\n",
        "\xff\x00",
        GOOD.replace("[Tardis keys]", "[Repository]"),
        GOOD.replace("label = laptop", "label = other"),
        GOOD.replace("argon2id", "scrypt"),
        GOOD.replace(f"salt = {ONE.salt.hex()}", f"salt = {TWO.salt.hex()}"),
        GOOD.replace("passes = 2", "passes = 3"),
        GOOD.replace("\nlabel = main", ""),
    ],
)
def test_what_is_damaged_is_refused(text: str) -> None:
    with pytest.raises(AuthenticationError, match="here is no key file, or it is damaged"):
        DetachedKeys.parse(text.encode("latin-1"), "here")


def test_every_mistyped_letter_of_a_key_is_noticed() -> None:
    at = GOOD.index(ONE.wrapped.hex())
    for place in range(at, at + 96, 5):
        wrong = "0" if GOOD[place] != "0" else "1"
        with pytest.raises(AuthenticationError):
            DetachedKeys.parse((GOOD[:place] + wrong + GOOD[place + 1 :]).encode(), "here")


def test_a_newer_form_is_told() -> None:
    with pytest.raises(AuthenticationError, match="does not know"):
        DetachedKeys.parse(GOOD.replace("format = 1", "format = 2").encode(), "here")


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(AuthenticationError):
        DetachedKeys.parse(noise, "here")
