"""The keys of an encrypted backup: worked out once in a run, and only where they are needed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tardis.cli import unlocking
from tardis.cli.settings import load
from tardis.cli.unlocking import unlock
from tardis.config import Settings
from tardis.crypto import KdfCost, KeysFile
from tardis.model import AuthenticationError, UsageError
from tardis.store import Place, change_keys, create_store, opening
from tests.crypto.slots import ring, sealed_keys, slot_of


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every password that was stretched, by one hash instead of the KDF."""
    found: list[bytes] = []

    def quick(password: bytes, salt: bytes, _cost: KdfCost) -> bytes:
        found.append(password)
        return hashlib.sha512(salt + password).digest()

    monkeypatch.setattr(unlocking, "stretch", quick)
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    return found


@pytest.fixture
def place(tmp_path: Path, runs: list[bytes]) -> Place:
    made = Place(str(tmp_path / "base"))
    create_store(made, "box", keys=sealed_keys("right", "other"))
    create_store(made, "clear")
    assert not runs
    return made


def settings(*words: str) -> Settings:
    return load("lstardis", words, {}).settings


def keys_of(place: Place, client: str, *words: str, **how: Any) -> Any:
    return unlock(settings(*words), place, client, **{"may_ask": False, **how})


def test_the_password_brings_the_keys(place: Place) -> None:
    assert keys_of(place, "box", "--password", "right") == ring()
    assert keys_of(place, "box", "--password", "other", "--slot", "two") == ring()


def test_the_kdf_runs_once_however_often_the_keys_are_needed(
    place: Place, runs: list[bytes]
) -> None:
    chosen = settings("--password", "right")
    for _ in range(3):
        assert unlock(chosen, Place(place.base), "box", may_ask=True) == ring()
    assert runs == [b"right"]


@pytest.mark.parametrize(
    "words",
    [["--password", "wrong"], ["--password", "other"], ["--password", "right", "--slot", "none"]],
    ids=" ".join,
)
def test_what_is_wrong_brings_nothing(place: Place, words: list[str]) -> None:
    with pytest.raises(AuthenticationError):
        keys_of(place, "box", *words)


def test_nothing_is_asked_where_nothing_is_needed(place: Place, runs: list[bytes]) -> None:
    assert keys_of(place, "box") is None
    assert keys_of(place, "clear", may_ask=True) is None
    assert keys_of(place, "nobody", may_ask=True) is None
    with pytest.raises(AuthenticationError, match="no terminal"):
        keys_of(place, "box", may_ask=True)
    assert not runs


def test_an_encrypted_backup_is_never_taken_for_one_in_clear(place: Place) -> None:
    for words in (("--password", "right"), ("--password", "wrong")):
        with pytest.raises(UsageError, match="not for logging in only") as caught:
            keys_of(place, "box", *words, "--nocrypt")
        assert "--nocrypt" in caught.value.hint
    assert keys_of(place, "box", "--nocrypt") is None
    assert keys_of(place, "clear", "--nocrypt", may_ask=True) is None


def test_a_password_of_a_clear_backup_is_checked_and_brings_no_keys(place: Place) -> None:
    with pytest.raises(AuthenticationError, match="no such password"):
        keys_of(place, "clear", "--password", "right")

    def with_password(keys: KeysFile) -> KeysFile:
        return keys.with_slot(slot_of("right"))

    change_keys(place, "clear", with_password)
    with pytest.raises(AuthenticationError):
        keys_of(place, "clear", "--password", "wrong")
    assert keys_of(place, "clear") is None
