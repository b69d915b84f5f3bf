"""Contents that are not what they should be never pass for it."""

import os
from pathlib import Path

import pytest

from tardis.model import StoredContent
from tests.history.memory_reader import MemoryStore
from tests.history.restoring import out, run, store

__all__ = ["out", "store"]


def corrupt(store: MemoryStore, size: int, *, is_large: bool = False) -> StoredContent:
    number = store.add_content(b"a" * size, is_large=is_large)
    store.file(1, b"f", content=number, size=size)
    store.damage(number, b"b" * size)
    return store.contents[number]


@pytest.mark.near
@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("damaged", ["keep", "rename", "delete"])
def test_a_damaged_file_is_kept_renamed_or_left_out(
    store: MemoryStore, out: Path, damaged: str, is_large: bool
) -> None:
    content = corrupt(store, 100, is_large=is_large)
    done = run(store, out, damaged=damaged)
    assert [problem.path for problem in done.problems] == [b"home/f"]
    name = {"keep": "f", "rename": f"f-CORRUPT-{content.digest.hex()}"}.get(damaged)
    assert os.listdir(out / "home") == ([name] if name else [])
    assert done.files == 0


@pytest.mark.near
def test_a_long_name_still_has_room_for_the_mark(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"a" * 10)
    store.file(1, b"n" * 255, content=number, size=10)
    store.damage(number, b"b" * 10)
    run(store, out)
    (name,) = os.listdir(out / "home")
    assert len(name) == 255
    assert name.startswith("nnn") and "-CORRUPT-" in name


def test_nothing_is_kept_of_what_cannot_be_read_at_all(store: MemoryStore, out: Path) -> None:
    for name, content in ((b"gone", 77), (b"never", None)):
        store.file(1, name, None, content=content, size=5)
    number = store.add_content(b"there")
    store.file(1, b"lost", content=number, size=5)
    del store.data[number]
    done = run(store, out)
    assert [problem.path for problem in done.problems] == [
        b"home/gone",
        b"home/lost",
        b"home/never",
    ]
    assert "could never be read" in done.problems[2].reason
    assert os.listdir(out / "home") == []


@pytest.mark.near
def test_a_content_longer_than_declared_stops_there(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"x" * 5_000_000, is_large=True)
    store.resize(number, 10)
    store.file(1, b"bomb", content=number, size=10)
    done = run(store, out, damaged="keep")
    assert "longer than the store says" in done.problems[0].reason
    assert os.listdir(out / "home") == []


@pytest.mark.near
def test_a_content_shorter_than_declared_is_damaged(store: MemoryStore, out: Path) -> None:
    number = store.add_content(b"x" * 10, is_large=True)
    store.resize(number, 20)
    store.file(1, b"short", content=number, size=20)
    done = run(store, out)
    assert "shorter than the store says" in done.problems[0].reason
