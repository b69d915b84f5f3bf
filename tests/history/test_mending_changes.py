"""A live tree does not keep still while it is looked at: what changes just then is left alone."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tardis.history import MendOptions, Request, plan_mending
from tardis.model import Entry
from tests.history.memory_reader import MemoryReader, MemoryStore

pytestmark = pytest.mark.near

CHANGED = "it changed while it was looked at; it was left alone"


class Meddling(MemoryReader):
    """Has somebody do something when owners, or the entries of a directory, are asked for."""

    def __init__(self, store: MemoryStore, at: int, meddle: Callable[[], object]) -> None:
        super().__init__(store)
        self.at, self.meddle = at, meddle

    def owners(self, number: int) -> Mapping[tuple[bool, int], bytes]:
        if not self.at:
            self.meddle()
        return super().owners(number)

    def children(self, directory: int, number: int) -> Iterator[Entry]:
        yield from super().children(directory, number)
        if directory == self.at:
            self.meddle()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    (place / "sub/inner").mkdir(parents=True)
    (place / "link").symlink_to("a")
    (place / "sub/file").touch()
    return place


@pytest.fixture
def store(home: Path) -> MemoryStore:
    made = MemoryStore()
    made.root(os.fsencode(home))
    made.link(1, b"link", b"b")
    made.folder(1, b"sub", 2)
    made.file(2, b"file", b"stored")
    made.folder(2, b"inner", 3)
    return made


def plan(
    reader: MemoryReader, path: Path, *, removes: bool = False
) -> tuple[dict[str, str], list[str]]:
    """Return what could not be planned and why, and what is to be done."""
    full = os.fsencode(path)
    wanted = [Request(1, full, full[1:], True)]
    with closing(plan_mending(reader, wanted, MendOptions(removes=removes))) as made:
        troubles = {os.path.basename(one.path).decode(): one.reason for one in made.problems}
        return troubles, [one.doing for one in made.shown()]


def test_a_link_that_becomes_a_file(store: MemoryStore, home: Path) -> None:
    def meddle() -> None:
        (home / "link").unlink()
        (home / "link").write_bytes(b"new work")

    reader = Meddling(store, 0, meddle)
    assert plan(reader, home / "link") == ({"link": CHANGED}, [])


def test_another_directory_in_its_place(store: MemoryStore, home: Path) -> None:
    def meddle() -> None:
        (home / "sub").rename(home / "moved")
        (home / "sub").mkdir()

    (home / "sub/new").touch()
    troubles, doings = plan(Meddling(store, 2, meddle), home, removes=True)
    assert troubles == {"sub": "another directory was put in its place", "inner": CHANGED}
    assert "remove" not in doings
