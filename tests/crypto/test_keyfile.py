"""The text of the keys file: what is written is read, what was changed is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import KeysFile
from tardis.crypto.keyfile import MOST_SLOTS
from tardis.model import SCHEMES, Repository, SchemaError, StoreError
from tests.crypto.slots import IDENTITY, MASTER, sealed_keys, slot_of

CLEAR = KeysFile(Repository(bytes(16), "modern", bytes(32)))
GOOD = CLEAR.text().decode()


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(scheme: str, identity: bytes, key: bytes) -> None:
    keys = KeysFile(Repository(identity, scheme, key))
    assert KeysFile.parse(keys.text(), "here") == keys


@pytest.mark.parametrize("passwords", [("one",), ("one", "two", "three")])
def test_slots_are_written_and_read(passwords: tuple[str, ...]) -> None:
    keys = sealed_keys(*passwords)
    assert KeysFile.parse(keys.text(), "here") == keys
    clear = replace(CLEAR, slots=keys.slots)
    assert KeysFile.parse(clear.text(), "here") == clear


def test_the_text_of_a_sealed_repository_gives_no_key_away() -> None:
    text = sealed_keys("one").text().decode()
    assert "digestkey" not in text and MASTER.hex() not in text
    assert CLEAR.repository.digest_key.hex() in GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rubbish",
        "[Other]\nid = 00\n",
        GOOD.replace("id =", "ident ="),
        GOOD.replace("digestkey = 00", "digestkey = "),
        GOOD.replace("id = 0000", "id = 00"),
        GOOD.replace("00" * 32, "").replace("00" * 16, ""),
        GOOD.replace("id = 0", "id = g"),
        GOOD + GOOD,
        "[Repository]\nformat = 1\nscheme = modern\nid = " + "00" * 16
        + "\ndigest = blake3-256-keyed\nsealed = yes\n",
    ],
)  # fmt: skip
def test_a_damaged_text_is_refused_and_its_place_named(text: str) -> None:
    with pytest.raises(StoreError, match="here is damaged"):
        KeysFile.parse(text.encode(), "here")


@pytest.mark.parametrize(
    "old, new",
    [("scheme = modern", "scheme = classic"), ("format = 1", "format = 2"), ("blake3", "sha9")],
)
def test_a_form_of_another_time_is_not_written_to(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(SchemaError):
        KeysFile.parse(GOOD.replace(old, new).encode(), "here")


def test_every_changed_digit_of_a_slot_is_noticed() -> None:
    lines = sealed_keys("one").text().decode().splitlines()
    first = lines.index("[Slot main]") + 1
    for number in range(first, len(lines)):
        key, _, value = lines[number].partition(" = ")
        if not value or key == "kdf":
            continue
        other = "1" if value[-1] != "1" else "2"
        changed = [*lines[:number], f"{key} = {value[:-1]}{other}", *lines[number + 1 :]]
        with pytest.raises(StoreError, match="here is damaged"):
            KeysFile.parse("\n".join(changed).encode(), "here")


@pytest.mark.parametrize(
    "change", [("argon2id", "md5"), ("[Slot main]", "[Slot ma in]"), ("memory = ", "memory = x")]
)
def test_a_slot_that_cannot_be_is_damage(change: tuple[str, str]) -> None:
    text = sealed_keys("one").text().decode().replace(*change)
    with pytest.raises(StoreError):
        KeysFile.parse(text.encode(), "here")


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises(StoreError):
        KeysFile.parse(noise, "here")


def test_slots_are_found_replaced_added_and_removed() -> None:
    keys = sealed_keys("one", "two")
    assert keys.slot("main") is keys.slots[0] and keys.slot("none") is None
    anew = slot_of("new")
    assert keys.with_slot(anew).slot("main") is anew
    assert len(keys.with_slot(anew).slots) == 2
    assert [one.label for one in keys.with_slot(slot_of("x", "third")).slots] == [
        "main", "two", "third",
    ]  # fmt: skip
    assert [one.label for one in keys.without_slot("main").slots] == ["two"]


def test_the_last_slot_stays() -> None:
    keys = sealed_keys("one", "two").without_slot("main")
    with pytest.raises(StoreError, match="last keyslot stays"):
        keys.without_slot("two")
    with pytest.raises(StoreError, match="no keyslot"):
        keys.without_slot("main")


def test_there_is_an_end_to_slots() -> None:
    keys = CLEAR
    for number in range(MOST_SLOTS):
        keys = keys.with_slot(slot_of("pw", f"s{number}"))
    with pytest.raises(StoreError, match="at the most"):
        keys.with_slot(slot_of("pw", "one-more"))
    assert KeysFile.parse(keys.text(), "here") == keys
    assert keys.repository.id != IDENTITY


def test_rotations_are_told_and_bounded() -> None:
    keys = replace(sealed_keys("one"), rotations=3)
    assert b"rotations = 3" in keys.text()
    assert KeysFile.parse(keys.text(), "here") == keys
    assert b"rotations" not in sealed_keys("one").text()
    for wrong in (b"-1", b"65", b"many"):
        with pytest.raises(StoreError, match="here is damaged"):
            KeysFile.parse(keys.text().replace(b"rotations = 3", b"rotations = " + wrong), "here")
