"""regenerate --checksum, as a person uses it."""

from pathlib import Path
from typing import Any

import pytest

from tardis.cli import restore_digests
from tests.cli.test_regenerate import call, store
from tests.history.memory_reader import MemoryReader, MemoryStore

__all__ = ["call", "store"]


class Opened(MemoryReader):
    def __enter__(self) -> MemoryReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture(autouse=True)
def opened(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore_digests, "open_client", lambda settings: Opened(store))


def digest(store: MemoryStore, data: bytes) -> str:
    number = next(number for number, known in store.data.items() if known == data)
    return store.contents[number].digest.hex()


def test_a_content_goes_to_standard_output_from_any_set(call: Any, store: MemoryStore) -> None:
    done = call("--checksum", digest(store, b"old\n"))
    assert (done.status, done.out, done.err) == (0, b"old\n", "")


def test_contents_get_their_checksums_or_their_names(
    call: Any, store: MemoryStore, tmp_path: Path
) -> None:
    words = [digest(store, b"old\n"), digest(store, b"new\n").upper()]
    assert call("-c", "-o", str(tmp_path / "out"), *words).status == 0
    assert (tmp_path / "out" / words[0]).read_bytes() == b"old\n"
    assert (tmp_path / "out" / words[1].lower()).read_bytes() == b"new\n"
    assert call("-c", "--recovername", "-o", str(tmp_path / "named"), *words).status == 0
    assert (tmp_path / "named" / "old").read_bytes() == b"old\n"
    assert (tmp_path / "named" / "new").read_bytes() == b"new\n"
    assert call("-c", "-o", str(tmp_path / "one"), words[0]).status == 0
    assert (tmp_path / "one").read_bytes() == b"old\n"


def test_a_name_that_no_file_can_have_is_not_taken(
    call: Any, store: MemoryStore, tmp_path: Path
) -> None:
    store.file(9, b"../evil", b"evil", first_set=3)
    word = digest(store, b"evil")
    assert call("-c", "--recovername", "-o", f"{tmp_path}/out/", word).status == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [word]
    assert not (tmp_path / "evil").exists()


def test_what_exists_is_left_alone_and_damage_is_told(
    call: Any, store: MemoryStore, tmp_path: Path
) -> None:
    word = digest(store, b"old\n")
    target = tmp_path / "f"
    target.write_bytes(b"mine")
    assert "left alone" in call("-c", "-o", str(target), word).err
    assert target.read_bytes() == b"mine"
    number = next(number for number, known in store.data.items() if known == b"old\n")
    store.damage(number, b"OLD\n")
    done = call("-c", "-O", "-o", str(target), word)
    assert (done.status, target.read_bytes()) == (3, b"mine")
    assert call("-c", word).status == 30


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["-c", "xyz"], 2, "xyz is no checksum"),
        (["-c", "ab cd"], 2, "is no checksum"),
        (["-c", ""], 2, "is no checksum"),
        (["-c", "ab" * 32], 14, "holds no content"),
        (["--recovername", "/data/kept"], 2, "needs --checksum"),
        (["-c", "-l", "ab" * 32], 2, "--last cannot be said"),
        (["-c", "--tar", "ab" * 32], 2, "--tar cannot be said"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, words: list[str], status: int, said: str) -> None:
    done = call(*words)
    assert (done.status, said in done.err) == (status, True), done.err


def test_several_need_a_place_that_is_no_store(
    call: Any, store: MemoryStore, tmp_path: Path
) -> None:
    words = [digest(store, b"old\n"), digest(store, b"new\n")]
    assert "need --output" in call("-c", *words).err
    assert "as " + words[0] in call("-c", "-o", str(tmp_path), words[0], words[0]).err
    assert "belongs to the backups" in call("-c", "-o", str(tmp_path / "base"), *words).err
