"""The keys file is replaced whole; its text is `tardis.crypto.KeysFile`'s."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.store.keys import STAGED, new_keys, present_keys, read_keys, ruling, write_keys
from tests.crypto.slots import sealed_keys


def test_a_fresh_repository_is_unlike_any_other() -> None:
    one, other = new_keys().repository, new_keys().repository
    assert one.id != other.id and one.digest_key != other.digest_key
    assert (len(one.id), len(one.digest_key), one.scheme) == (16, 32, "modern")
    assert not one.is_sealed


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    for keys in (new_keys(), sealed_keys("one", "two"), new_keys()):
        write_keys(str(path), keys)
        assert read_keys(str(path)) == keys
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(new_keys().text()[:-20])
    with pytest.raises(StoreError, match=f"{path} is damaged"):
        read_keys(str(path))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use"):
        read_keys(str(tmp_path / "none"))


def test_what_is_staged_rules_once_the_catalog_says_so(tmp_path: Path) -> None:
    path = str(tmp_path / "keys")
    old, new = new_keys(), new_keys()
    write_keys(path, old)
    asked: list[int] = []

    def says(answer: bool) -> Callable[[], bool]:
        def is_ruled() -> bool:
            asked.append(1)
            return answer

        return is_ruled

    assert present_keys(path, says(True)) == old and not asked  # nothing is staged
    write_keys(path + STAGED, new)
    assert present_keys(path, says(False)) == old
    assert present_keys(path, says(True)) == new
    assert ruling(path, says(True)) == path + STAGED and len(asked) == 3

    def put_in_place() -> bool:
        os.replace(path + STAGED, path)
        return True

    assert present_keys(path, put_in_place) == new
