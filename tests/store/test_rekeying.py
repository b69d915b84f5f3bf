"""Changing the keys file: whole, alone, and only of a store that is there."""

from pathlib import Path

import pytest

from tardis.crypto import KeysFile
from tardis.model import StoreBusyError, StoreError
from tardis.store import KeptKeys, Place, change_keys, create_store, keys_of, opening, rekeying
from tardis.store.keys import STAGED
from tardis.store.lock import WriterLock
from tests.crypto.slots import slot_of


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Place(str(tmp_path / "base"))
    create_store(made, "box")
    return made


def with_password(keys: KeysFile) -> KeysFile:
    return keys.with_slot(slot_of("pw"))


def test_what_is_changed_is_read(place: Place) -> None:
    before = keys_of(place, "box")
    assert before is not None and not before.slots
    change_keys(place, "box", with_password)
    after = keys_of(place, "box")
    assert after is not None and [one.label for one in after.slots] == ["main"]
    assert after.repository == before.repository


def test_a_store_can_be_made_with_keys(place: Place) -> None:
    before = keys_of(place, "box")
    assert before is not None
    create_store(place, "other", keys=with_password(before))
    assert keys_of(place, "other") == keys_of(place, "other") != before


def test_who_has_no_store_has_no_keys(place: Place) -> None:
    assert keys_of(place, "nobody") is None
    with pytest.raises(StoreError):
        change_keys(place, "nobody", with_password)
    assert keys_of(place, "nobody") is None


def test_nothing_changes_while_a_run_goes_on(place: Place) -> None:
    before = keys_of(place, "box")
    lock = WriterLock(place.layout("box").lock)
    lock.take("a run")
    with pytest.raises(StoreBusyError):
        change_keys(place, "box", with_password)
    lock.close()
    assert keys_of(place, "box") == before


def test_a_change_that_fails_changes_nothing_and_lets_go(place: Place) -> None:
    before = keys_of(place, "box")

    def fails(_keys: KeysFile) -> KeysFile:
        raise StoreError("no")

    with pytest.raises(StoreError, match="no"):
        change_keys(place, "box", fails)
    assert keys_of(place, "box") == before
    change_keys(place, "box", with_password)


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
def test_a_crash_leaves_the_old_keys_or_the_new(
    place: Place, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys_of(place, "box")

    def dies(*_args: object, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, dies)
        with pytest.raises(KeyboardInterrupt):
            change_keys(place, "box", with_password)
    assert keys_of(place, "box") == before
    change_keys(place, "box", with_password)
    after = keys_of(place, "box")
    assert after is not None and after.slots


def test_kept_keys_are_read_once_and_again_when_they_are_others(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(where: Place, client: str) -> KeysFile | None:
        read.append(client)
        return keys_of(where, client)

    monkeypatch.setattr(rekeying, "keys_of", noted)
    kept = KeptKeys(place)
    assert kept.of("nobody") is None and kept.of("nobody") is None
    assert [kept.of("box") for _ in range(3)] == [keys_of(place, "box")] * 3
    assert read == ["nobody", "nobody", "box"]
    change_keys(place, "box", with_password)
    found = kept.of("box")
    assert found is not None and found.slots and found == kept.of("box")
    assert read[3:] == ["box"]
    keys = Path(place.layout("box").keys)
    staged = Path(str(keys) + STAGED)
    staged.write_bytes(keys.read_bytes())
    assert kept.of("box") == kept.of("box") == found
    assert read[4:] == ["box", "box"], "what is being encrypted is read each time"
    staged.unlink()
    keys.rename(keys.with_suffix(".away"))
    with pytest.raises(StoreError):
        keys_of(place, "box")
    with pytest.raises(StoreError):
        kept.of("box")
    keys.with_suffix(".away").rename(keys)
    monkeypatch.setattr(rekeying, "_MOST_KEPT", 0)
    assert kept.of("box") == found
