"""Rotated keys: new contents get a new key, old ones stay readable, other passwords end."""

from pathlib import Path

import pytest

from tardis.admin import add_password, create_client, first_keys, lost_by_rotation, rotate_keys
from tardis.crypto import KeyRing, KeysFile, Seals
from tardis.model import AuthenticationError, IntegrityError, StoreError
from tardis.store import KeyFile, Place, opening
from tests.admin.keyed import BOX, keys_in, known, new, sealed_store

DIGEST = bytes(32)


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return sealed_store(tmp_path / "base", b"one")


def seals(place: Place, password: bytes, key_file: KeyFile | None = None) -> Seals:
    keys = keys_in(place)
    secrets = known(password, key_file=key_file).master(keys)
    return Seals(KeyRing.of(secrets, keys.repository.id))


def test_old_contents_stay_readable_and_new_ones_have_a_key_of_their_own(place: Place) -> None:
    before = seals(place, b"one")
    old = before.seal_small(0, 3, DIGEST, b"old")
    name = before.names.seal(b"diary")
    rotate_keys(place, BOX, known(b"one"), new(b"one"))
    after = seals(place, b"one")
    piece = after.seal_small(0, 3, DIGEST, b"new")
    assert after.open_small(0, 3, DIGEST, old) == b"old"
    assert after.open_small(0, 3, DIGEST, piece) == b"new"
    with pytest.raises(IntegrityError, match="another key"):
        before.open_small(0, 3, DIGEST, piece)
    assert after.names.seal(b"diary") == name
    assert after.ring.digest == before.ring.digest
    rotate_keys(place, BOX, known(b"one"), new(b"two"))
    last = seals(place, b"two")
    assert [last.open_small(0, 3, DIGEST, one) for one in (old, piece)] == [b"old", b"new"]
    assert keys_in(place).rotations == 2


def test_the_keyslot_is_new_and_the_others_end(place: Place) -> None:
    add_password(place, BOX, known(b"one"), new(b"two", "laptop"))
    before = keys_in(place)
    assert lost_by_rotation(place, BOX, "main") == ["laptop"]
    rotate_keys(place, BOX, known(b"one"), new(b"one"))
    [slot] = keys_in(place).slots
    old = {one.salt for one in before.slots} | {one.verifier for one in before.slots}
    assert slot.label == "main" and not {slot.salt, slot.verifier} & old


def test_a_key_file_has_the_new_keys(tmp_path: Path) -> None:
    file = KeyFile(str(tmp_path / "box.keys"))
    place = sealed_store(tmp_path / "base", b"one", file)
    old = seals(place, b"one", file).seal_small(0, 3, DIGEST, b"old")
    rotate_keys(place, BOX, known(b"one", key_file=file), new(b"two", key_file=file))
    assert keys_in(place).slots[0].wrapped == b""
    assert seals(place, b"two", file).open_small(0, 3, DIGEST, old) == b"old"
    assert len(file.read().keys) == 1


@pytest.mark.parametrize("step", ["write_keys", "repeat_keys"])
def test_a_crash_leaves_a_store_that_one_password_opens(
    place: Place, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = seals(place, b"one").seal_small(0, 3, DIGEST, b"old")

    def dies(_where: object, _keys: KeysFile) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"tardis.store.rekeying.{step}", dies)
        with pytest.raises(KeyboardInterrupt):
            rotate_keys(place, BOX, known(b"one"), new(b"two"))
    password = b"one" if step == "write_keys" else b"two"
    assert seals(place, password).open_small(0, 3, DIGEST, old) == b"old"
    rotate_keys(place, BOX, known(password), new(b"three"))
    assert seals(place, b"three").open_small(0, 3, DIGEST, old) == b"old"


def test_what_cannot_be_rotated_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AuthenticationError):
        rotate_keys(place, BOX, known(b"wrong"), new(b"two"))
    create_client(place, "clear", keys=first_keys(new(b"one"), "modern"))
    create_client(
        place, "classic", scheme="classic", keys=first_keys(new(b"one"), "classic", is_sealed=True)
    )
    with pytest.raises(StoreError, match="one key for all contents"):
        rotate_keys(place, "classic", known(b"one"), new(b"two"))
    for client in ("clear", "nobody"):
        with pytest.raises(StoreError, match="no keys to rotate"):
            rotate_keys(place, client, known(b"one"), new(b"two"))
    monkeypatch.setattr("tardis.admin.rotation.MOST_ROTATIONS", 1)
    rotate_keys(place, BOX, known(b"one"), new(b"one"))
    with pytest.raises(StoreError, match="rotated 1 times"):
        rotate_keys(place, BOX, known(b"one"), new(b"one"))
    assert keys_in(place).rotations == 1
