"""Keyslots: the right password opens, everything else says what is wrong."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import LoginClient, LoginServer, Stretched, is_password_of, stretch, unwrap
from tardis.crypto.slots import SALT_SIZE, check_label, make_slot, wrap
from tardis.model import AuthenticationError, StoreError
from tests.crypto.slots import FLOOR, IDENTITY, MASTER, quick, slot_of


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_password_that_made_a_slot_opens_it_and_no_other(right: str, wrong: str) -> None:
    slot = slot_of(right)
    assert unwrap(slot, quick(right, slot.salt), IDENTITY) == MASTER
    if wrong != right:
        with pytest.raises(AuthenticationError, match="password is wrong"):
            unwrap(slot, quick(wrong, slot.salt), IDENTITY)


def test_a_slot_made_with_the_kdf_opens_with_one_run_of_it() -> None:
    runs = []

    def stretched(salt: bytes) -> Stretched:
        runs.append(salt)
        return Stretched.of(stretch(b"pw", salt, FLOOR))

    slot = make_slot("main", FLOOR, stretched, (MASTER, IDENTITY), 1)
    assert len(runs) == 1
    assert unwrap(slot, stretched(slot.salt), IDENTITY) == MASTER


def test_one_run_of_the_kdf_also_logs_in() -> None:
    slot = slot_of("pw")
    known = quick("pw", slot.salt)
    client, server = LoginClient(known.login), LoginServer(slot.login_salt, slot.verifier)
    client.check(server.check(client.public, client.prove(slot.login_salt, server.answer)))
    assert is_password_of(slot, known) and not is_password_of(slot, quick("other", slot.salt))


def test_two_slots_of_one_password_have_nothing_in_common() -> None:
    one, other = slot_of("pw"), slot_of("pw", "two")
    assert one.salt != other.salt and one.wrapped != other.wrapped
    assert one.verifier != other.verifier and one.login_salt != other.login_salt
    assert len(one.salt) == SALT_SIZE


def test_what_logs_in_does_not_unwrap() -> None:
    known = quick("pw", bytes(32))
    assert known.login != known.wrapping and known.login not in known.wrapping
    assert repr(known) == "Stretched(***)"


def test_the_keys_of_one_repository_open_no_other() -> None:
    slot = slot_of("pw")
    with pytest.raises(AuthenticationError):
        unwrap(slot, quick("pw", slot.salt), bytes(16))


def test_every_changed_bit_of_a_wrapped_key_is_noticed() -> None:
    slot = slot_of("pw")
    for position in range(8 * len(slot.wrapped)):
        changed = bytearray(slot.wrapped)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(AuthenticationError):
            unwrap(replace(slot, wrapped=bytes(changed)), quick("pw", slot.salt), IDENTITY)


def test_every_changed_field_changes_the_checksum() -> None:
    slot = slot_of("pw")
    others = [
        replace(slot, label="other"),
        replace(slot, cost=replace(slot.cost, passes=3)),
        replace(slot, salt=slot.salt[::-1]),
        replace(slot, wrapped=slot.wrapped[::-1]),
        replace(slot, login_salt=slot.login_salt[::-1]),
        replace(slot, verifier=slot.verifier[::-1]),
        replace(slot, created_ns=8),
        replace(slot, salt=slot.salt + slot.wrapped[:1], wrapped=slot.wrapped[1:]),
    ]
    assert len({one.checksum() for one in (slot, *others)}) == len(others) + 1


def test_a_slot_whose_key_is_elsewhere_says_so() -> None:
    slot = replace(slot_of("pw"), wrapped=b"")
    with pytest.raises(StoreError, match="key file"):
        unwrap(slot, quick("pw", slot.salt), IDENTITY)
    assert is_password_of(slot, quick("pw", slot.salt))


def test_a_key_of_another_length_is_no_master_key() -> None:
    slot = slot_of("pw")
    known = quick("pw", slot.salt)
    with pytest.raises(StoreError, match="wrong length"):
        unwrap(replace(slot, wrapped=wrap(known.wrapping, b"short", IDENTITY)), known, IDENTITY)


@pytest.mark.parametrize("label", ["main", "laptop-2", "a.b_c", "x" * 40])
def test_labels_are_plain_words(label: str) -> None:
    assert check_label(label) == label


@pytest.mark.parametrize("label", ["", "a b", "ä", "x" * 41, "a\nb", "[x]", "..", "--"])
def test_what_could_hurt_a_text_file_is_no_label(label: str) -> None:
    with pytest.raises(StoreError, match="cannot name a keyslot"):
        check_label(label)
