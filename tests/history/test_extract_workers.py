"""Processes that restore may die, fail or be interrupted; what waits for them is bounded."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tardis.history import ExtractOptions, Restored, extract_walk, restore
from tardis.history.workers import Alone
from tardis.model import Observer, StoredContent, StoreError
from tests.children import children
from tests.history.memory_reader import KEY, MemoryReader, MemoryStore
from tests.history.restoring import EVERYTHING, left_behind, out, run, store

__all__ = ["out", "store"]


@pytest.fixture(autouse=True)
def _every_process_is_waited_for() -> Iterator[None]:
    before = children()
    yield
    assert children() == before


class Dying(MemoryReader):
    """Ends its process while it reads."""

    def read_small(self, content: StoredContent) -> bytes:
        os._exit(7)


class Failing(MemoryReader):
    """Has the store fail as a whole, or a bug."""

    error: Exception = StoreError("the store is gone", hint="look for it")

    def read_small(self, content: StoredContent) -> bytes:
        raise self.error


class Interrupting(MemoryReader):
    """Is interrupted while a file is written."""

    def read_small(self, content: StoredContent) -> bytes:
        raise KeyboardInterrupt


def with_reader(store: MemoryStore, out: Path, kind: type[MemoryReader], jobs: int) -> Restored:
    for number in range(500):
        store.file(1, b"f%d" % number, b"data")
    options = ExtractOptions(os.fsencode(out), jobs=jobs)
    return restore(lambda: kind(store), EVERYTHING, options, Observer())


def test_a_worker_that_dies_is_an_error(store: MemoryStore, out: Path) -> None:
    with pytest.raises(StoreError, match="ended too early, with status 7"):
        with_reader(store, out, Dying, 2)


@pytest.mark.parametrize("jobs", [1, 2])
def test_trouble_with_the_whole_store_is_raised_as_it_was(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    with pytest.raises(StoreError, match="the store is gone") as caught:
        with_reader(store, out, Failing, jobs)
    assert caught.value.hint == "look for it"


def test_a_bug_in_a_worker_keeps_its_call_chain(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "error", ZeroDivisionError("our bug"))
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*our bug"):
        with_reader(store, out, Failing, 2)


class Impatient(Observer):
    """Presses Ctrl-C when some files are made."""

    def advanced(self, files: int, size_bytes: int) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_interrupted_run_leaves_no_process_and_nothing_half_made(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    for number in range(3000):
        store.file(1, b"f%d" % number, b"data" * 1000)
    options = ExtractOptions(os.fsencode(out), jobs=jobs)
    with pytest.raises(KeyboardInterrupt):
        restore(store.reader, EVERYTHING, options, Impatient())
    assert left_behind(out) == []


class Watcher(Observer):
    """Adds up what it hears."""

    def __init__(self) -> None:
        self.files = self.bytes = 0
        self.paths: list[bytes] = []

    def working_on(self, path: bytes) -> None:
        self.paths.append(path)

    def advanced(self, files: int, size_bytes: int) -> None:
        self.files += files
        self.bytes += size_bytes


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_observer_hears_of_every_file_and_byte(
    store: MemoryStore, out: Path, jobs: int
) -> None:
    for number in range(1000):
        store.file(1, b"f%d" % number, b"data")
    store.folder(1, b"sub", None)
    watcher = Watcher()
    restore(store.reader, EVERYTHING, ExtractOptions(os.fsencode(out), jobs=jobs), watcher)
    assert (watcher.files, watcher.bytes) == (1000, 4000)
    assert watcher.paths == [b"home", b"home/sub"]


@pytest.mark.near
def test_what_waits_in_memory_is_bounded(
    store: MemoryStore, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch holds 200 files or 4 MiB, whatever lies in a directory."""
    given: list[tuple[int, int]] = []
    real = Alone.give

    def give(self: Alone, kind: str, batch: list[Any]) -> None:
        pieces = [piece for _, some in batch for piece in some]
        given.append((len(pieces), sum(piece[4] for piece in pieces)))
        real(self, kind, batch)

    monkeypatch.setattr(Alone, "give", give)
    monkeypatch.setattr(extract_walk, "_AHEAD", 10)
    content = store.add_content(b"x" * 30_000)
    for number in range(1000):
        store.file(1, b"f%d" % number, content=content, size=30_000)
    for number in range(100):
        store.folder(1, b"d%d" % number, 100 + number)
        store.file(100 + number, b"f", b"")
    done = run(store, out)
    assert (done.files, done.directories) == (1100, 101)
    assert max(count for count, _ in given) <= extract_walk.BATCH_FILES + 50
    assert max(size for _, size in given) <= extract_walk.BATCH_BYTES + 30_000 * 50


@pytest.mark.near
def test_contents_are_looked_up_by_the_batch(store: MemoryStore, out: Path) -> None:
    for number in range(2 * extract_walk.BATCH_FILES):
        store.file(1, b"f%d" % number, b"%d" % number)
    run(store, out)
    assert store.calls.count("contents") == 2
    assert store.calls.count("children") == 1
    assert bytes(32) == KEY
