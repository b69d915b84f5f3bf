"""The keys file names the repository; what it does not know it does not guess."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import SCHEMES, Repository, SchemaError, StoreError
from tardis.store.keys import keys_text, new_repository, parse_keys, read_keys, write_keys


def test_a_fresh_repository_is_unlike_any_other() -> None:
    one, other = new_repository(), new_repository()
    assert one.id != other.id and one.digest_key != other.digest_key
    assert (len(one.id), len(one.digest_key), one.scheme) == (16, 32, "modern")


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(scheme: str, identity: bytes, key: bytes) -> None:
    repository = Repository(identity, scheme, key)
    assert parse_keys(keys_text(repository), "here") == repository


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    for _ in range(2):
        repository = new_repository()
        write_keys(str(path), repository)
        assert read_keys(str(path)) == repository
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


GOOD = keys_text(Repository(bytes(16), "modern", bytes(32))).decode()


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
    ],
)
def test_a_damaged_text_is_refused_and_its_place_named(text: str) -> None:
    with pytest.raises(StoreError, match="here is damaged"):
        parse_keys(text.encode(), "here")


def test_a_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(StoreError):
        parse_keys(b"\xff\xfe", "here")


@pytest.mark.parametrize(
    "old, new",
    [("scheme = modern", "scheme = classic"), ("format = 1", "format = 2"), ("blake3", "sha9")],
)
def test_a_form_of_another_time_is_not_written_to(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(SchemaError):
        parse_keys(GOOD.replace(old, new).encode(), "here")


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(noise: bytes) -> None:
    with pytest.raises(StoreError):
        parse_keys(noise, "here")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use"):
        read_keys(str(tmp_path / "none"))
