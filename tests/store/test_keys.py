"""The keys file is replaced whole; its text is `tardis.crypto.KeysFile`'s."""

from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.store.keys import new_keys, read_keys, write_keys
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
