"""Setting, changing, adding and removing passwords: the keys behind them never change."""

import hashlib
from pathlib import Path

import pytest

from tardis.admin import (
    KnownPassword,
    NewPassword,
    add_password,
    change_password,
    create_client,
    first_keys,
    remove_password,
    renew_login,
    set_password,
)
from tardis.crypto import KdfCost, KeysFile, Stretched, is_password_of
from tardis.model import AuthenticationError, StoreError
from tardis.store import Place, keys_of, opening
from tests.crypto.slots import FLOOR


def quick(password: bytes, salt: bytes, _cost: KdfCost) -> bytes:
    return hashlib.sha512(salt + password).digest()


def new(password: bytes, label: str = "main") -> NewPassword:
    return NewPassword(label, lambda: password, quick, FLOOR)


def known(password: bytes, label: str = "main") -> KnownPassword:
    return KnownPassword(label, lambda: password, quick)


def keys(place: Place) -> KeysFile:
    found = keys_of(place, "box")
    assert found is not None
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Place(str(tmp_path / "base"))
    create_client(made, "box")
    return made


def test_a_client_can_be_made_with_a_password(place: Place) -> None:
    made = first_keys(new(b"one"), "modern")
    create_client(place, "other", keys=made)
    assert keys_of(place, "other") == made
    assert len(known(b"one").master(made)) == 32
    assert first_keys(new(b"one"), "classic").repository.scheme == "classic"
    assert first_keys(new(b"one"), "modern").repository.id != made.repository.id


def test_a_password_is_set_once(place: Place) -> None:
    before = keys(place).repository
    set_password(place, "box", new(b"one"))
    assert len(known(b"one").master(keys(place))) == 32
    assert keys(place).repository == before
    with pytest.raises(StoreError, match="password already"):
        set_password(place, "box", new(b"two"))


def test_a_changed_password_opens_the_same_key_and_the_old_one_nothing(place: Place) -> None:
    set_password(place, "box", new(b"one"))
    master = known(b"one").master(keys(place))
    change_password(place, "box", known(b"one"), new(b"two"))
    assert known(b"two").master(keys(place)) == master
    with pytest.raises(AuthenticationError):
        known(b"one").master(keys(place))
    assert len(keys(place).slots) == 1


def test_nothing_changes_with_a_wrong_password(place: Place) -> None:
    set_password(place, "box", new(b"one"))
    before = keys(place)
    for change in (change_password, add_password):
        with pytest.raises(AuthenticationError):
            change(place, "box", known(b"wrong"), new(b"two", "other"))
    with pytest.raises(StoreError, match="no keyslot 'other'"):
        change_password(place, "box", known(b"one", "other"), new(b"two"))
    assert keys(place) == before


def test_a_second_password_opens_the_same(place: Place) -> None:
    set_password(place, "box", new(b"one"))
    master = known(b"one").master(keys(place))
    add_password(place, "box", known(b"one"), new(b"two", "laptop"))
    assert known(b"two", "laptop").master(keys(place)) == master
    assert known(b"one").master(keys(place)) == master
    with pytest.raises(StoreError, match="already"):
        add_password(place, "box", known(b"one"), new(b"three", "laptop"))
    remove_password(place, "box", "main")
    assert known(b"two", "laptop").master(keys(place)) == master
    with pytest.raises(StoreError, match="last keyslot"):
        remove_password(place, "box", "laptop")


def test_a_client_without_a_password_has_none_to_change(place: Place) -> None:
    with pytest.raises(StoreError, match="has no password"):
        change_password(place, "box", known(b"one"), new(b"two"))
    assert not keys(place).slots


def test_a_password_that_is_not_told_changes_nothing(place: Place) -> None:
    def nobody() -> bytes:
        raise AuthenticationError("nobody there")

    with pytest.raises(AuthenticationError):
        set_password(place, "box", NewPassword("main", nobody, quick, FLOOR))
    assert not keys(place).slots


def test_a_login_made_anew_is_another_one_of_the_same_password(place: Place) -> None:
    set_password(place, "box", new(b"one"))
    [before] = keys(place).slots
    with pytest.raises(AuthenticationError):
        renew_login(place, "box", known(b"wrong"))
    renew_login(place, "box", known(b"one"))
    [after] = keys(place).slots
    assert (after.salt, after.wrapped) == (before.salt, before.wrapped)
    assert after.verifier != before.verifier and after.login_salt != before.login_salt
    assert is_password_of(after, Stretched.of(quick(b"one", after.salt, FLOOR)))
