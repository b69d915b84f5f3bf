"""Keys out of a store and back: only what was proved is removed, and nothing is lost on the way."""

from dataclasses import replace
from pathlib import Path

import pytest

from tardis.admin import (
    add_password,
    change_password,
    create_client,
    extract_keys,
    first_keys,
    insert_keys,
    remove_password,
    remove_stored_keys,
    rotate_keys,
    set_password,
)
from tardis.model import AuthenticationError, StoreError
from tardis.store import KeyFile, Place, change_keys, opening
from tests.admin.keyed import BOX, keys_in, known, new, sealed_store


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return sealed_store(tmp_path / "base", b"one")


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(str(tmp_path / "box.keys"))


def detach(place: Place, file: KeyFile) -> bytes:
    """Take the keys out of the store; return the master key."""
    master = known(b"one").master(keys_in(place))
    extract_keys(place, BOX, file)
    remove_stored_keys(place, BOX, known(b"one", key_file=file))
    return master


def test_a_client_can_be_made_with_its_keys_in_a_file(tmp_path: Path, file: KeyFile) -> None:
    place = sealed_store(tmp_path / "base", b"one", file)
    assert [slot.wrapped for slot in keys_in(place).slots] == [b""]
    assert len(known(b"one", key_file=file).master(keys_in(place))) == 32
    with pytest.raises(StoreError, match="kept in a key file"):
        known(b"one").master(keys_in(place))
    clear = Place(str(tmp_path / "clear"))
    create_client(clear, BOX)
    set_password(clear, BOX, new(b"two", key_file=file))
    assert known(b"two", key_file=file).master(keys_in(clear))


def test_extracted_keys_open_what_the_store_opens(place: Place, file: KeyFile) -> None:
    add_password(place, BOX, known(b"one"), new(b"two", "laptop"))
    assert extract_keys(place, BOX, file) == ["main", "laptop"]
    inside = known(b"one").master(keys_in(place))
    assert known(b"one", key_file=file).master(keys_in(place)) == inside
    assert known(b"two", "laptop", file).master(keys_in(place)) == inside


def test_keys_leave_the_store_once_the_file_has_opened_it(place: Place, file: KeyFile) -> None:
    master = detach(place, file)
    assert [slot.wrapped for slot in keys_in(place).slots] == [b""]
    assert known(b"one", key_file=file).master(keys_in(place)) == master
    with pytest.raises(StoreError, match="no keys to remove"):
        remove_stored_keys(place, BOX, known(b"one", key_file=file))
    with pytest.raises(StoreError, match="no keys to extract"):
        extract_keys(place, BOX, file)


def test_nothing_leaves_the_store_before_it_is_proved(place: Place, file: KeyFile) -> None:
    before = keys_in(place)
    with pytest.raises(AuthenticationError, match="cannot read"):
        remove_stored_keys(place, BOX, known(b"one", key_file=file))
    extract_keys(place, BOX, file)
    with pytest.raises(AuthenticationError, match="password is wrong"):
        remove_stored_keys(place, BOX, known(b"wrong", key_file=file))
    add_password(place, BOX, known(b"one"), new(b"two", "laptop"))
    with pytest.raises(AuthenticationError, match="older"):
        remove_stored_keys(place, BOX, known(b"one", key_file=file))
    remove_password(place, BOX, "laptop")
    slot = before.slots[0]
    file.keep(before.repository.id, [replace(slot, wrapped=slot.wrapped[:-1] + b"x")])
    with pytest.raises(StoreError, match="another key"):
        remove_stored_keys(place, BOX, known(b"one", key_file=file))
    assert keys_in(place) == before


def test_inserted_keys_need_no_file_any_more(place: Place, file: KeyFile) -> None:
    add_password(place, BOX, known(b"one"), new(b"two", "laptop"))
    before = keys_in(place)
    detach(place, file)
    done = insert_keys(place, BOX, known(b"two", "laptop", file))
    assert done.labels == ("main", "laptop") and done.left == ()
    assert keys_in(place) == before


def test_a_keyslot_that_the_store_lost_is_made_anew(place: Place, file: KeyFile) -> None:
    add_password(place, BOX, known(b"one"), new(b"two", "paper"))
    master = known(b"one").master(keys_in(place))
    extract_keys(place, BOX, file)
    remove_password(place, BOX, "paper")
    done = insert_keys(place, BOX, known(b"two", "paper", file))
    assert set(done.labels) == {"main", "paper"}
    assert known(b"two", "paper").master(keys_in(place)) == master


def test_what_does_not_fit_is_not_inserted(place: Place, file: KeyFile, tmp_path: Path) -> None:
    other = sealed_store(tmp_path / "other", b"one")
    extract_keys(other, BOX, file)
    before = keys_in(place)
    with pytest.raises(AuthenticationError, match="another backup"):
        insert_keys(place, BOX, known(b"one", key_file=file))
    extract_keys(place, BOX, file)
    with pytest.raises(AuthenticationError, match="password is wrong"):
        insert_keys(place, BOX, known(b"wrong", key_file=file))
    with pytest.raises(AuthenticationError, match="no key of a keyslot 'laptop'"):
        insert_keys(place, BOX, known(b"one", "laptop", file))
    assert keys_in(place) == before
    change_password(place, BOX, known(b"one"), new(b"two"))
    with pytest.raises(StoreError, match="newer key"):
        insert_keys(place, BOX, known(b"one", key_file=file))
    assert known(b"two").master(keys_in(place))


def test_keys_from_before_a_rotation_are_not_inserted(place: Place, file: KeyFile) -> None:
    extract_keys(place, BOX, file)
    rotate_keys(place, BOX, known(b"one"), new(b"one"))
    change_keys(place, BOX, lambda keys: replace(keys, slots=(replace(keys.slots[0], label="x"),)))
    with pytest.raises(StoreError, match="before the keys were rotated"):
        insert_keys(place, BOX, known(b"one", key_file=file))


def test_a_changed_password_changes_the_file_too(place: Place, file: KeyFile) -> None:
    master = detach(place, file)
    change_password(place, BOX, known(b"one", key_file=file), new(b"two", key_file=file))
    assert known(b"two", key_file=file).master(keys_in(place)) == master
    assert [slot.wrapped for slot in keys_in(place).slots] == [b""]
    assert len(file.read().keys) == 1
    with pytest.raises(StoreError, match="kept in a key file"):
        change_password(place, BOX, known(b"two"), new(b"three"))


def test_a_crash_between_file_and_store_leaves_a_key_that_fits(
    place: Place, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = detach(place, file)

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("tardis.store.rekeying.write_keys", dies)
        with pytest.raises(KeyboardInterrupt):
            change_password(place, BOX, known(b"one", key_file=file), new(b"two", key_file=file))
    assert known(b"one", key_file=file).master(keys_in(place)) == master
    with monkeypatch.context() as patched:
        patched.setattr(KeyFile, "forget_others", dies)
        with pytest.raises(KeyboardInterrupt):
            change_password(place, BOX, known(b"one", key_file=file), new(b"two", key_file=file))
    assert known(b"two", key_file=file).master(keys_in(place)) == master
    change_password(place, BOX, known(b"two", key_file=file), new(b"three", key_file=file))
    assert len(file.read().keys) == 1


def test_further_passwords_are_kept_where_the_first_is(place: Place, file: KeyFile) -> None:
    detach(place, file)
    add_password(place, BOX, known(b"one", key_file=file), new(b"two", "laptop", file))
    assert [slot.wrapped for slot in keys_in(place).slots] == [b"", b""]
    assert known(b"two", "laptop", file).master(keys_in(place))
    remove_password(place, BOX, "laptop", file)
    assert [one.label for one in file.read().keys] == ["main"]


def test_a_store_without_a_password_has_nothing_to_extract(place: Place, file: KeyFile) -> None:
    create_client(place, "other")
    with pytest.raises(StoreError, match="no keys to extract"):
        extract_keys(place, "other", file)
    with pytest.raises(StoreError, match="no store"):
        extract_keys(place, "nobody", file)
    assert not Path(file.path).exists()


def test_keys_of_a_clear_backup_can_be_kept_in_a_file_too(tmp_path: Path, file: KeyFile) -> None:
    place = Place(str(tmp_path / "base"))
    create_client(place, BOX, keys=first_keys(new(b"one"), "modern"))
    master = detach(place, file)
    assert insert_keys(place, BOX, known(b"one", key_file=file)).labels == ("main",)
    assert known(b"one").master(keys_in(place)) == master


def test_keys_of_an_encrypted_classic_backup_stay_in_the_store(
    tmp_path: Path, file: KeyFile
) -> None:
    with pytest.raises(StoreError, match="stay in its keys file"):
        first_keys(new(b"one", "main", file), "classic", is_sealed=True)
    place = Place(str(tmp_path / "base"))
    keys = first_keys(new(b"one"), "classic", is_sealed=True, client=BOX)
    create_client(place, BOX, scheme="classic", keys=keys)
    with pytest.raises(StoreError, match="stay in its keys file"):
        detach(place, file)
    assert not Path(file.path).exists()
    assert len(known(b"one").master(keys_in(place))) == 64
